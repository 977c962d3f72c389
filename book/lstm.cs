#:project Recurrent.Book/Recurrent.Book.csproj

// Long short-term memory (Dive into Deep Learning, 9.2): a recurrent network with a memory beside its state.
//
//   dotnet run book/lstm.cs

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

// An LSTM, older than the GRU by almost two decades, keeps two tensors from step to step: the hidden state H, which the
// output reads, and the memory cell C, which only the unit itself sees. Three gates rule the cell: the forget gate F
// says how much of the old cell stays, the input gate I how much of a candidate comes in, and the output gate O how
// much of the cell shows in H. With F at 1 and I at 0 a cell keeps its value over any number of steps.
Chapter.Section("Parameters");

#region Parameters
static IReadOnlyList<Parameter> LstmParameters(int vocabularySize, int hiddenSize, RandomStream random)
{
    var drawn = 0ul;
    Tensor Normal(int rows, int columns) => Tensor.Normal(random.Fork(drawn++), 0.05f, rows, columns);

    List<Parameter> parameters = [];
    foreach (var part in new[] { "i", "f", "o", "c" }) // input, forget and output gate, candidate
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

foreach (var (name, value) in LstmParameters(vocabularySize, hiddenSize, RandomStream.Parameters(seed: 1)))
{
    Console.WriteLine($"  {name, -5} {value.Shape}");
}

// One step is its equations. X is (batch, V), one-hot; H and C are (batch, H); * multiplies element by element.
#region Step
static (Tensor H, Tensor C) Unit(Tensor X, Tensor H, Tensor C, IReadOnlyList<Tensor> parameters)
{
    var (W_xi, W_hi, b_i) = (parameters[0], parameters[1], parameters[2]);
    var (W_xf, W_hf, b_f) = (parameters[3], parameters[4], parameters[5]);
    var (W_xo, W_ho, b_o) = (parameters[6], parameters[7], parameters[8]);
    var (W_xc, W_hc, b_c) = (parameters[9], parameters[10], parameters[11]);

    var I = Tensor.Sigmoid(Tensor.MatMul(X, W_xi) + Tensor.MatMul(H, W_hi) + b_i);
    var F = Tensor.Sigmoid(Tensor.MatMul(X, W_xf) + Tensor.MatMul(H, W_hf) + b_f);
    var O = Tensor.Sigmoid(Tensor.MatMul(X, W_xo) + Tensor.MatMul(H, W_ho) + b_o);
    var candidate = Tensor.Tanh(Tensor.MatMul(X, W_xc) + Tensor.MatMul(H, W_hc) + b_c);
    C = F * C + I * candidate;
    H = O * Tensor.Tanh(C);
    return (H, C);
}

static (Tensor Y, ModelState State) LstmStep(Tensor X, ModelState state, IReadOnlyList<Tensor> parameters)
{
    var (H, C) = Unit(X, state.Parts[0], state.Parts[1], parameters);
    var (W_hq, b_q) = (parameters[12], parameters[13]);
    return (Tensor.MatMul(H, W_hq) + b_q, new ModelState(H, C));
}
#endregion

// The loop over time, the training and the prediction know nothing of gates or cells: the chapter's network takes the
// parameters, the initial state, now of two tensors, and the step as functions; everything else stays as it was for the
// plain network.
Chapter.Section("From scratch");

#region From scratch
var scratch = new RnnFromScratch(
    new ModelConfiguration { VocabularySize = vocabularySize, HiddenSize = hiddenSize },
    RandomStream.Parameters(seed: 1),
    parameters: LstmParameters,
    initialState: (batch, H) => new ModelState(Tensor.Zeros(batch, H), Tensor.Zeros(batch, H)),
    step: LstmStep
);
Console.WriteLine($"untrained: {Predict(scratch)}");
var scratchPerplexity = Train(scratch, epochs: chapter.Quick ? 2 : 280);
Console.WriteLine($"trained:   {Predict(scratch)}");
#endregion

string Predict(ILanguageModel model) =>
    text.Prefix
    + new TextGenerator(model, corpus.Codec, SamplingOptions.Greedy with { AllowsUnknown = true }).Generate(
        text.Prefix,
        length: 50
    );

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
// PyTorch's, and here the book and PyTorch agree: the same weights give the same states.
Chapter.Section("The layer is the same unit");

#region The layer
using (GradientMode.Disable())
{
    var p = scratch.Parameters.Select(parameter => parameter.Value).ToArray();
    var layer = new RecurrentLayers("lstm", vocabularySize, hiddenSize, RandomStream.Parameters(seed: 1));
    // The layer keeps the weights of a kind in one matrix, transposed: the rows of I, F, the candidate and O.
    int[] order = [0, 3, 9, 6]; // where the weights of a part begin
    Copy(layer, "weight_ih_l0", Tensor.Concatenate([.. order.Select(i => Tensor.Transpose(p[i]))]));
    Copy(layer, "weight_hh_l0", Tensor.Concatenate([.. order.Select(i => Tensor.Transpose(p[i + 1]))]));
    Copy(layer, "bias_ih_l0", Tensor.Concatenate([.. order.Select(i => p[i + 2])]));
    Copy(layer, "bias_hh_l0", Tensor.Zeros(4 * hiddenSize));

    var (steps, batch) = (35, 2);
    var tokens = Indices.From(corpus.Tokens.Span[..(steps * batch)], steps, batch);
    var (outputs, _) = layer.Forward(tokens, layer.ZeroState(batch));
    var X = Tensor.OneHot(tokens, vocabularySize);
    var (H, C) = (Tensor.Zeros(batch, hiddenSize), Tensor.Zeros(batch, hiddenSize));
    var largest = 0f;
    for (var t = 0; t < steps; t++)
    {
        (H, C) = Unit(X[t], H, C, p);
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
var concise = LanguageModel.Create("lstm", vocabularySize, hiddenSize);
foreach (var (name, value) in concise.Parameters)
{
    Console.WriteLine($"  {name, -17} {value.Shape}");
}
Console.WriteLine($"untrained: {Predict(concise)}");
var concisePerplexity = Train(concise, epochs: chapter.Quick ? 2 : 220);
Console.WriteLine($"trained:   {Predict(concise)}");
#endregion

chapter.Show(
    "lstm-perplexity",
    new LineChart(
        "LSTM: perplexity of each epoch",
        new Axis("epoch"),
        new Axis("perplexity") { IsLogarithmic = true },
        [Curve.PerEpoch("from scratch", scratchPerplexity), Curve.PerEpoch("concise", concisePerplexity)]
    )
);
