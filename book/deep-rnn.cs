#:project Recurrent.Book/Recurrent.Book.csproj

// Deep recurrent networks (Dive into Deep Learning, 9.3): layers one upon another.
//
//   dotnet run book/deep-rnn.cs

using Recurrent.Book;
using Recurrent.Datasets;
using Recurrent.Decoding;
using Recurrent.Layers;
using Recurrent.Models;
using Recurrent.Optimizing;
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

// A recurrent network of three layers over four steps: each state is computed from the one before it in time and the
// one below it.
List<DiagramNode> nodes = [];
List<DiagramArrow> arrows = [];
const int Layers = 3;
const int Times = 4;
for (var t = 1; t <= Times; t++)
{
    nodes.Add(new($"x{t}", t, Layers + 1, $"X_{{{t}}}"));
    nodes.Add(new($"o{t}", t, 0, $"O_{{{t}}}") { Colour = 1 });
    for (var l = 1; l <= Layers; l++)
    {
        nodes.Add(new($"h{l}{t}", t, Layers + 1 - l, $"H⁽{"⁰¹²³"[l]}⁾_{{{t}}}") { Colour = 0 });
        arrows.Add(new(l == 1 ? $"x{t}" : $"h{l - 1}{t}", $"h{l}{t}"));
        if (t > 1)
        {
            arrows.Add(new($"h{l}{t - 1}", $"h{l}{t}"));
        }
    }
    arrows.Add(new($"h{Layers}{t}", $"o{t}"));
}
chapter.Show("deep-rnn-layers", new Diagram("Three recurrent layers over four steps", nodes, arrows));

// A recurrent network can be made deeper by giving the hidden states of one recurrent layer, a sequence as well, to a
// second one as its input. Each layer keeps a state of its own. So a stack of two layers does what the two do one after
// the other:
Chapter.Section("Two layers are one after the other");

#region Two layers
RandomStream Stream(long seed) => new(seed, Stream: 0);
var lower = new RecurrentLayers("lstm", vocabularySize, hiddenSize, Stream(1));
var upper = new RecurrentLayers("lstm", inputSize: hiddenSize, hiddenSize, Stream(2));
var deep = new RecurrentLayers("lstm", vocabularySize, hiddenSize, Stream(3), layers: 2);
foreach (var (parameter, source) in deep.Parameters.Zip(lower.Parameters.Concat(upper.Parameters)))
{
    parameter.Value.CopyFrom(source.Value);
    Console.WriteLine($"  {parameter.Name, -12} {parameter.Value.Shape}");
}

using (GradientMode.Disable())
{
    var (steps, batch) = (35, 2);
    var tokens = Indices.From(corpus.Tokens.Span[..(steps * batch)], steps, batch);
    var (states, _) = lower.Forward(tokens, lower.ZeroState(batch));
    var (outputs, _) = upper.Forward(states, upper.ZeroState(batch));
    var (deepOutputs, deepState) = deep.Forward(tokens, deep.ZeroState(batch));
    Console.WriteLine(
        $"output {deepOutputs.Shape}; the state, h and c of each layer: {deepState.Count} of {deepState[0].Shape}"
    );
    Console.WriteLine(
        $"the same values as one after the other: {deepOutputs.ToArray().SequenceEqual(outputs.ToArray())}"
    );
}
#endregion

// The same from scratch, for any number of plain layers: the state has a part for each, and the step goes up through
// them. It gives what the library's layers give from the same weights.
Chapter.Section("From scratch");

#region From scratch
static IReadOnlyList<Parameter> DeepParameters(int layers, int V, int H, RandomStream random)
{
    var drawn = 0ul;
    Tensor Normal(int rows, int columns) => Tensor.Normal(random.Fork(drawn++), 0.05f, rows, columns);

    List<Parameter> parameters = [];
    for (var l = 1; l <= layers; l++)
    {
        parameters.Add(new($"W_xh({l})", Normal(l == 1 ? V : H, H)));
        parameters.Add(new($"W_hh({l})", Normal(H, H)));
        parameters.Add(new($"b_h({l})", Tensor.Zeros(H)));
    }
    parameters.Add(new("W_hq", Normal(H, V)));
    parameters.Add(new("b_q", Tensor.Zeros(V)));
    return parameters;
}

static (Tensor Y, ModelState State) DeepStep(Tensor X, ModelState state, IReadOnlyList<Tensor> p)
{
    var H = new Tensor[state.Parts.Count];
    for (var l = 0; l < H.Length; l++)
    {
        var below = l == 0 ? X : H[l - 1];
        H[l] = Tensor.Tanh(
            Tensor.MatMul(below, p[3 * l]) + Tensor.MatMul(state.Parts[l], p[(3 * l) + 1]) + p[(3 * l) + 2]
        );
    }
    return (Tensor.MatMul(H[^1], p[^2]) + p[^1], new ModelState(H));
}

var scratch = new RnnFromScratch(
    new ModelConfiguration { VocabularySize = vocabularySize, HiddenSize = hiddenSize },
    Stream(4),
    parameters: (V, H, random) => DeepParameters(layers: 2, V, H, random),
    initialState: (batch, H) => new ModelState(Tensor.Zeros(batch, H), Tensor.Zeros(batch, H)),
    step: DeepStep
);
var plain = Create("rnn", layers: 2, hiddenSize);
Tensor[] q = [.. scratch.Parameters.Select(parameter => parameter.Value)];
Tensor[] same = // the library's order: input, state, bias of each, and a bias for the state's product too
[
    .. Enumerable
        .Range(0, 2)
        .SelectMany(l =>
            (Tensor[])
                [Tensor.Transpose(q[3 * l]), Tensor.Transpose(q[(3 * l) + 1]), q[(3 * l) + 2], Tensor.Zeros(hiddenSize)]
        ),
    Tensor.Transpose(q[^2]),
    q[^1],
];
using (GradientMode.Disable())
{
    foreach (var (parameter, value) in plain.Parameters.Zip(same))
    {
        parameter.Value.CopyFrom(value);
    }
    var tokens = Indices.From(corpus.Tokens.Span[..70], 35, 2);
    var (ours, _) = scratch.Forward(tokens, scratch.InitialState(2));
    var (theirs, _) = plain.Forward(tokens, plain.InitialState(2));
    var largest = ours.ToArray().Zip(theirs.ToArray(), (a, b) => Math.Abs(a - b)).Max();
    Console.WriteLine($"two plain layers, outputs {ours.Shape}: the same to {largest:0E-0}");
}
#endregion

// The concise model of two layers is the one of the last chapter with one number changed. The learning rate is the
// book's for this chapter: 2.
Chapter.Section("Training");

#region Training
ILanguageModel Create(string kind, int layers, int hiddenSize, Device? device = null) =>
    LanguageModel.Create(
        new ModelConfiguration
        {
            Kind = kind,
            VocabularySize = vocabularySize,
            HiddenSize = hiddenSize,
            Layers = layers,
        },
        RandomStream.Parameters(seed: 1),
        device
    );

List<double> Train(ILanguageModel network, int epochs, bool isShown = false)
{
    var options = new TrainerOptions
    {
        BatchSize = 32,
        Steps = 35,
        LearningRate = 2,
        ClipNorm = 1,
        Epochs = chapter.Quick ? 2 : epochs,
    };
    List<double> epochByEpoch = [];
    var seconds = 0.0;
    foreach (var report in new Trainer(network, corpus.Tokens, options).Run())
    {
        epochByEpoch.Add(report.Perplexity);
        seconds += report.Elapsed.TotalSeconds;
        if (isShown && (report.Epoch == 1 || report.Epoch % 50 == 0 || report.Epoch == options.Epochs))
        {
            Console.WriteLine($"epoch {report.Epoch, 3}  perplexity {report.Perplexity, 5:F2}  {Predict(network)}");
        }
    }
    Console.Error.WriteLine($"{network.Configuration.Kind}: {seconds:F1} s");
    return epochByEpoch;
}

string Predict(ILanguageModel network, string? prefix = null, int length = 30) =>
    (prefix ?? text.Prefix)
    + new TextGenerator(network, corpus.Codec, SamplingOptions.Greedy with { AllowsUnknown = true }).Generate(
        prefix ?? text.Prefix,
        length
    );

var model = Create("lstm", layers: 2, hiddenSize);
Console.WriteLine($"{model.Parameters.Sum(parameter => parameter.Value.Count):N0} weights");
Console.WriteLine($"untrained:                 {Predict(model)}");
var perplexity = Train(model, 500, isShown: true);
string[] prefixes = [text.Prefix, text.Prefix[(text.Prefix.TrimEnd().LastIndexOf(' ') + 1)..]];
foreach (var prefix in prefixes)
{
    Console.WriteLine(Predict(model, prefix, 50));
}
#endregion

chapter.Show(
    "deep-rnn-perplexity",
    new LineChart(
        "Two layers of LSTM: perplexity of each epoch",
        new Axis("epoch"),
        new Axis("perplexity") { IsLogarithmic = true },
        [Curve.PerEpoch("", perplexity)]
    )
);

// What does each layer do? How much of a state is another after one more character, by the layer.
Chapter.Section("What the layers do");

#region What the layers do
using (GradientMode.Disable())
{
    foreach (var (parameter, trained) in lower.Parameters.Concat(upper.Parameters).Zip(model.Parameters))
    {
        parameter.Value.CopyFrom(trained.Value);
    }
    var steps = Math.Min(2_000, corpus.Tokens.Length);
    var tokens = Indices.From(corpus.Tokens.Span[..steps], steps, 1);
    var (below, _) = lower.Forward(tokens, lower.ZeroState(1));
    var (above, _) = upper.Forward(below, upper.ZeroState(1));
    foreach (var (name, states) in new[] { ("lower", below), ("upper", above) })
    {
        float[][] H = [.. states.ToArray().Chunk(hiddenSize)];
        foreach (var apart in new[] { 1, 2, 5, 10 })
        {
            var likeness = Enumerable.Range(0, steps - apart).Average(t => Cosine(H[t], H[t + apart]));
            Console.WriteLine($"{name} layer, states {apart, 2} apart: cosine {likeness:F2}");
        }
    }
}

static double Cosine(float[] x, float[] y) =>
    x.Zip(y, (a, b) => (double)a * b).Sum() / Math.Sqrt(x.Sum(a => (double)a * a) * y.Sum(a => (double)a * a));
#endregion

// The number of layers is a setting like the number of units. A small network shows what it changes, and what another
// cell does.
Chapter.Section("Layers and cells");

#region Layers and cells
var units = chapter.Quick ? 8 : 64;
(string Kind, int Layers)[] settings = [("lstm", 3), ("lstm", 2), ("gru", 2), ("lstm", 1), ("rnn", 2)];
var small = settings.Select(one => Create(one.Kind, one.Layers, units, Device.Cpu(threads: 1))).ToArray();
List<double>[] tried = new List<double>[small.Length];
Parallel.For(0, small.Length, new() { MaxDegreeOfParallelism = 2 }, i => tried[i] = Train(small[i], 250));
Console.WriteLine("               weights  epoch 50    100    250");
foreach (var (((kind, layers), network), epochs) in settings.Zip(small).Zip(tried).OrderBy(one => one.First.First))
{
    double At(int epoch) => epochs[Math.Min(epoch, epochs.Count) - 1];
    Console.WriteLine(
        $"{kind, -4}, {layers} {(layers == 1 ? "layer " : "layers")} "
            + $"{network.Parameters.Sum(one => one.Value.Count), 7:N0}  "
            + $"{At(50), 8:F2}  {At(100), 5:F2}  {At(250), 5:F2}"
    );
}
#endregion

// Exercise: more books. The last tenth of the text is kept for the test; what is read is the rest of it, or that and
// another book, the same number of characters in all.
Chapter.Section("More books");

#region More books
var another = chapter.ReadAnother(Dataset.WarOfTheWorlds);
var whole = Corpus.FromText(text.Content, text.Options);
var split = whole.Tokens.Length * 9 / 10;
ReadOnlyMemory<int> oneBook = whole.Tokens[..split];
ReadOnlyMemory<int> twoBooks = (int[])[.. whole.Codec.Encode(another.Content), .. oneBook.ToArray()];
var read = chapter.Quick ? 4_000 : 2_000_000; // characters
(string Name, ReadOnlyMemory<int> Tokens)[] shelves = [("one book", oneBook), ("two books", twoBooks)];
var tests = new (double Seen, double Unseen)[shelves.Length];
Parallel.For(
    0,
    shelves.Length,
    i =>
    {
        var reader = LanguageModel.Create(
            new ModelConfiguration
            {
                Kind = "gru",
                VocabularySize = whole.Vocabulary.Count,
                HiddenSize = chapter.Quick ? 8 : 128,
            },
            RandomStream.Parameters(seed: 1),
            Device.Cpu(threads: 1)
        );
        var options = new TrainerOptions
        {
            Optimizer = OptimizerKind.Adam,
            LearningRate = 0.003,
            Steps = 35,
            BatchSize = 32,
            ClipNorm = 1,
            Epochs = Math.Max(1, read / shelves[i].Tokens.Length),
        };
        var seen = new Trainer(reader, shelves[i].Tokens, options).Run().Last().Perplexity;
        tests[i] = (seen, Unseen(reader));
    }
);
foreach (var ((name, tokens), (seen, unseen)) in shelves.Zip(tests))
{
    Console.WriteLine(
        $"{name, -9}  {tokens.Length, 7:N0} characters, {Math.Max(1, read / tokens.Length), 2} epochs: "
            + $"perplexity {seen:F2}, of the unseen tenth {unseen:F2}"
    );
}

double Unseen(ILanguageModel reader)
{
    using var noGradient = GradientMode.Disable();
    var (losses, state) = (new List<double>(), reader.InitialState(1));
    for (var start = split; start + 101 <= whole.Tokens.Length; start += 100)
    {
        (var logits, state) = reader.Forward(
            Indices.From(reader.Device, whole.Tokens.Span.Slice(start, 100), 100, 1),
            state
        );
        losses.Add(Tensor.SoftmaxCrossEntropy(logits, whole.Tokens.Span.Slice(start + 1, 100).ToArray()).ToScalar());
    }
    return Math.Exp(losses.Average());
}
#endregion
