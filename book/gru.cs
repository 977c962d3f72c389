#:project Recurrent.Book/Recurrent.Book.csproj

// Gated recurrent units (Dive into Deep Learning, 9.1): a recurrent network that decides what to keep and what to
// forget.
//
//   dotnet run book/gru.cs

using Recurrent.Book;
using Recurrent.Decoding;
using Recurrent.Layers;
using Recurrent.Models;
using Recurrent.Pictures;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Text;
using Recurrent.Training;

var chapter = Chapter.Open(args);
var text = chapter.ReadText();
var corpus = Corpus.FromText(text.Content, text.Options with { MaxTokens = chapter.Quick ? 2_000 : 10_000 });
var vocabularySize = corpus.Vocabulary.Count; // V
var hiddenSize = chapter.Quick ? 16 : 256; // H
Console.WriteLine(
    $"{corpus.Tokens.Length:N0} characters, {vocabularySize} vocabulary entries, {hiddenSize} hidden units"
);

// A plain recurrent network rewrites its whole state at each step, so that what it read some steps ago fades soon, and
// its gradient with it. A gated recurrent unit has two gates, both functions of the input and of the state, with values
// between 0 and 1: the update gate Z says how much of the old state stays, and the reset gate R says how much of it is
// seen while a candidate for the new state is made. Each of them, and the candidate, has weights for the input, weights
// for the state and a bias; the output layer has weights and a bias.
Chapter.Section("Parameters");

#region Parameters
static IReadOnlyList<Parameter> GruParameters(int vocabularySize, int hiddenSize, RandomStream random)
{
    var drawn = 0ul;
    Tensor Normal(int rows, int columns) => Tensor.Normal(random.Fork(drawn++), 0.05f, rows, columns);

    List<Parameter> parameters = [];
    foreach (var part in new[] { "z", "r", "h" }) // update gate, reset gate, candidate
    {
        parameters.Add(new($"W_x{part}", Normal(vocabularySize, hiddenSize)));
        parameters.Add(new($"W_h{part}", Normal(hiddenSize, hiddenSize)));
        parameters.Add(new($"b_{part}", Tensor.Zeros(hiddenSize)));
    }
    parameters.Add(new("W_hq", Normal(hiddenSize, vocabularySize)));
    parameters.Add(new("b_q", Tensor.Zeros(vocabularySize)));
    return parameters;
}
#endregion

foreach (var (name, value) in GruParameters(vocabularySize, hiddenSize, RandomStream.Parameters(seed: 1)))
{
    Console.WriteLine($"  {name, -5} {value.Shape}");
}

// One step is its equations. X is (batch, V), one-hot; H is (batch, H); * multiplies element by element.
#region Step
static (Tensor Y, ModelState State) GruStep(Tensor X, ModelState state, IReadOnlyList<Tensor> parameters)
{
    var H = state.Parts[0];
    var (W_xz, W_hz, b_z) = (parameters[0], parameters[1], parameters[2]);
    var (W_xr, W_hr, b_r) = (parameters[3], parameters[4], parameters[5]);
    var (W_xh, W_hh, b_h) = (parameters[6], parameters[7], parameters[8]);
    var (W_hq, b_q) = (parameters[9], parameters[10]);

    var Z = Tensor.Sigmoid(Tensor.MatMul(X, W_xz) + Tensor.MatMul(H, W_hz) + b_z);
    var R = Tensor.Sigmoid(Tensor.MatMul(X, W_xr) + Tensor.MatMul(H, W_hr) + b_r);
    var candidate = Tensor.Tanh(Tensor.MatMul(X, W_xh) + Tensor.MatMul(R * H, W_hh) + b_h);
    H = Z * H + (1 - Z) * candidate;
    return (Tensor.MatMul(H, W_hq) + b_q, new ModelState(H));
}
#endregion

// The loop over time, the training and the prediction know nothing of gates: the chapter's network takes the parameters
// and the step as functions, and everything else stays as it was for the plain network.
Chapter.Section("From scratch");

#region From scratch
var scratch = new RnnFromScratch(
    new ModelConfiguration { VocabularySize = vocabularySize, HiddenSize = hiddenSize },
    RandomStream.Parameters(seed: 1),
    parameters: GruParameters,
    step: GruStep
);
Console.WriteLine($"untrained: {Predict(scratch)}");
var scratchPerplexity = Train(scratch, epochs: chapter.Quick ? 2 : 300);
Console.WriteLine($"trained:   {Predict(scratch)}");
#endregion

string Predict(ILanguageModel model) =>
    text.Prefix + new TextGenerator(model, corpus.Codec, SamplingOptions.Greedy).Generate(text.Prefix, length: 50);

#region Training
List<double> Train(ILanguageModel model, int epochs)
{
    var options = new TrainerOptions
    {
        BatchSize = 32,
        Steps = 35,
        LearningRate = 1,
        ClipNorm = 1,
        Epochs = epochs,
    };
    List<double> perplexity = [];
    foreach (var report in new Trainer(model, corpus.Tokens, options).Run())
    {
        perplexity.Add(report.Perplexity);
        if (report.Epoch == 1 || report.Epoch % 50 == 0 || report.Epoch == epochs)
        {
            Console.WriteLine($"epoch {report.Epoch, 3}  perplexity {report.Perplexity, 5:F2}");
        }
    }
    return perplexity;
}
#endregion

// The library's layer does all time steps of a minibatch in one operator, some times faster. It is defined as
// PyTorch's, which differs from the book's equations in one place: the reset gate acts on the product H·W_hh, not on H
// before it, and that product has a bias of its own. With the candidate written that way, the same weights give the
// same states.
Chapter.Section("The layer is the same unit");

#region The layer
static Tensor PyTorchStep(Tensor X, Tensor H, IReadOnlyList<Tensor> parameters)
{
    var (W_xz, W_hz, b_z) = (parameters[0], parameters[1], parameters[2]);
    var (W_xr, W_hr, b_r) = (parameters[3], parameters[4], parameters[5]);
    var (W_xh, W_hh, b_h) = (parameters[6], parameters[7], parameters[8]);

    var Z = Tensor.Sigmoid(Tensor.MatMul(X, W_xz) + Tensor.MatMul(H, W_hz) + b_z);
    var R = Tensor.Sigmoid(Tensor.MatMul(X, W_xr) + Tensor.MatMul(H, W_hr) + b_r);
    var candidate = Tensor.Tanh(Tensor.MatMul(X, W_xh) + R * Tensor.MatMul(H, W_hh) + b_h);
    return Z * H + (1 - Z) * candidate;
}

using (GradientMode.Disable())
{
    var p = scratch.Parameters.Select(parameter => parameter.Value).ToArray();
    var layer = new RecurrentLayers("gru", vocabularySize, hiddenSize, RandomStream.Parameters(seed: 1));
    // The layer keeps the weights of a kind in one matrix, transposed: the rows of R, then Z, then the candidate.
    Copy(
        layer,
        "weight_ih_l0",
        Tensor.Concatenate([Tensor.Transpose(p[3]), Tensor.Transpose(p[0]), Tensor.Transpose(p[6])])
    );
    Copy(
        layer,
        "weight_hh_l0",
        Tensor.Concatenate([Tensor.Transpose(p[4]), Tensor.Transpose(p[1]), Tensor.Transpose(p[7])])
    );
    Copy(layer, "bias_ih_l0", Tensor.Concatenate([p[5], p[2], p[8]]));
    Copy(layer, "bias_hh_l0", Tensor.Zeros(3 * hiddenSize));

    var (steps, batch) = (35, 2);
    var tokens = Indices.From(corpus.Tokens.Span[..(steps * batch)], steps, batch);
    var (outputs, _) = layer.Forward(tokens, layer.ZeroState(batch));
    var X = Tensor.OneHot(tokens, vocabularySize);
    var H = Tensor.Zeros(batch, hiddenSize);
    var largest = 0f;
    for (var t = 0; t < steps; t++)
    {
        H = PyTorchStep(X[t], H, p);
        largest = Math.Max(largest, LargestDifference(H, outputs[t]));
    }
    Console.WriteLine($"outputs of the layer {outputs.Shape}; of the loop: the same to {largest:0E-0}");
}

static void Copy(RecurrentLayers layer, string name, Tensor values) =>
    layer.Parameters.First(parameter => parameter.Name == name).Value.CopyFrom(values);

static float LargestDifference(Tensor x, Tensor y) => x.ToArray().Zip(y.ToArray(), (a, b) => Math.Abs(a - b)).Max();
#endregion

// The concise model is that layer and a linear output, with PyTorch's initial weights.
Chapter.Section("Concise");

#region Concise
var concise = LanguageModel.Create("gru", vocabularySize, hiddenSize);
foreach (var (name, value) in concise.Parameters)
{
    Console.WriteLine($"  {name, -17} {value.Shape}");
}
Console.WriteLine($"untrained: {Predict(concise)}");
var concisePerplexity = Train(concise, epochs: chapter.Quick ? 2 : 300);
Console.WriteLine($"trained:   {Predict(concise)}");
#endregion

chapter.Show(
    "gru-perplexity",
    new LineChart(
        "GRU: perplexity of each epoch",
        new Axis("epoch"),
        new Axis("perplexity") { IsLogarithmic = true },
        [Curve.PerEpoch("from scratch", scratchPerplexity), Curve.PerEpoch("concise", concisePerplexity)]
    )
);
