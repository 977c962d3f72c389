#:project Recurrent.Book/Recurrent.Book.csproj

// Concise implementation of recurrent neural networks (Dive into Deep Learning, 8.6): the loop over time becomes a
// layer, and a model is that layer with a linear map on top.
//
//   dotnet run book/rnn-concise.cs

using Recurrent.Book;
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
const long Seed = 1;
const int BatchSize = 32;
const int Steps = 35;

var corpus = Corpus.FromText(text.Content, text.Options with { MaxTokens = 10_000 });
var vocabulary = corpus.Vocabulary;
var hiddenUnits = chapter.Quick ? 64 : 256;

// The layer knows the step and the loop over time, and computes both in one go, forward and backward. Its parameters
// have PyTorch's names, shapes and initial values; unlike those of the chapter before, the matrices are stored as
// (outputs, inputs).
Chapter.Section("The layer");

#region The layer
var layer = new RecurrentLayers("rnn", vocabulary.Count, hiddenUnits, RandomStream.Parameters(Seed));
foreach (var (name, value) in layer.Parameters)
{
    Console.WriteLine($"{name, -12} {value.Shape}");
}
#endregion

// It takes a whole minibatch and the state before it. What it gives is no prediction yet: the hidden state after each
// step, and the one after the last step again, to go on from.
Chapter.Section("Its shapes");

#region Its shapes
IReadOnlyList<Tensor> state = layer.ZeroState(BatchSize);
Tensor X = Tensor.Uniform(new RandomStream(Seed, 100), 1, Steps, BatchSize, vocabulary.Count);
var (Y, next) = layer.Forward(X, state);

Console.WriteLine($"X     {X.Shape}: steps, batch, vocabulary");
Console.WriteLine($"state {state[0].Shape}: batch, hidden");
Console.WriteLine($"Y     {Y.Shape}: steps, batch, hidden");
Console.WriteLine($"next  {next[0].Shape}: batch, hidden");
var last = Y[Steps - 1];
Console.WriteLine($"the last step of Y is the next state: {last.ToArray().SequenceEqual(next[0].ToArray())}");
#endregion

// PyTorch keeps the states of all layers and directions in one tensor, an LSTM's in two. Here each has its own.
Chapter.Section("The state");

#region The state
(string Cell, int Layers, bool BothWays)[] kinds =
[
    ("rnn", 1, false),
    ("gru", 1, false),
    ("lstm", 1, false),
    ("lstm", 2, true),
];
foreach (var (cell, layers, bothWays) in kinds)
{
    var random = RandomStream.Parameters(Seed);
    var one = new RecurrentLayers(cell, vocabulary.Count, hiddenUnits, random, layers, bothWays);
    IReadOnlyList<Tensor> parts = one.ZeroState(BatchSize); // h, or h and c, of each layer and direction
    var (each, name) = (cell == "lstm" ? 2 : 1, $"{cell}, layers: {layers}{(bothWays ? ", both ways" : "")}");
    Tensor h = Stacked(parts.Where((_, i) => i % each == 0)); // (layers · directions, batch, hidden)
    Console.WriteLine($"{name, -26}  here {parts.Count} × {parts[0].Shape}; PyTorch {each} × {h.Shape}");
}

Tensor Stacked(IEnumerable<Tensor> parts) =>
    Tensor.Concatenate([.. parts.Select(part => part.Reshape(1, BatchSize, hiddenUnits))]);
#endregion

// A prediction takes a linear map on top, from hidden units to the vocabulary, for each step of each row.
Chapter.Section("With an output");

#region With an output
var output = new Linear(hiddenUnits, vocabulary.Count, RandomStream.Parameters(Seed).Fork(100));
Tensor rows = Y.Reshape(-1, hiddenUnits);
Console.WriteLine($"rows   {rows.Shape}: steps · batch, hidden");
Console.WriteLine($"logits {output.Forward(rows).Shape}: steps · batch, vocabulary");
#endregion

// Layer and output together are a model: the class RnnModel at the end of this file, which takes any layer. It reads
// tokens: a one-hot vector times a matrix is a column of it, so the vectors need not be made.
Chapter.Section("A model of any layer");

#region Models of layers
RnnModel Model(string cell, int layers = 1, bool bothWays = false)
{
    var random = RandomStream.Parameters(Seed);
    var recurrent = new RecurrentLayers(cell, vocabulary.Count, hiddenUnits, random, layers, bothWays);
    return new RnnModel(recurrent, vocabulary.Count, random.Fork(100));
}

var tokens = Indices.From(new int[Steps * BatchSize], Steps, BatchSize);
foreach (var bothWays in new[] { false, true })
{
    var model = Model("rnn", bothWays: bothWays);
    var (logits, _) = model.Forward(tokens, model.InitialState(BatchSize));
    Console.WriteLine(
        $"{(bothWays ? "both ways" : "forward  ")}  the output's weights {model.Parameters[^2].Value.Shape}, "
            + $"logits {logits.Shape}"
    );
}
#endregion

Chapter.Section("Before training");

#region Before training
var ours = Model("rnn");
var generator = new TextGenerator(ours, corpus.Codec, SamplingOptions.Greedy);

Console.WriteLine(text.Prefix + generator.Generate(text.Prefix, 10));
#endregion

// The Trainer does what the chapter before wrote out, with its settings by default: sequential partition, 32 rows of 35
// steps, learning rate 1, clipping to norm 1, 500 epochs. The library's own model begins with the same weights.
Chapter.Section("Training");

#region Training
var options = new TrainerOptions { Epochs = chapter.Quick ? 4 : 500, Seed = Seed };
ILanguageModel theirs = LanguageModel.Create("rnn", vocabulary.Count, hiddenUnits, seed: Seed);
Copy(theirs, ours);
List<EpochReport> reports = Train(ours, options);

var every = chapter.Quick ? 1 : 50;
foreach (var report in reports.Where(report => report.Epoch % every == 0))
{
    Console.WriteLine($"epoch {report.Epoch, 3}: perplexity {report.Perplexity:F3}");
}
List<EpochReport> others = Train(theirs, options with { Epochs = every });
var equal = others.Zip(reports, (other, report) => other.Loss == report.Loss).Count(isEqual => isEqual);
Console.WriteLine($"LanguageModel.Create: the same loss, to the last bit, in {equal} of {others.Count} epochs");

List<EpochReport> Train(ILanguageModel model, TrainerOptions options) =>
    [.. new Trainer(model, corpus.Tokens, options).Run()];

static void Copy(ILanguageModel from, ILanguageModel to)
{
    foreach (var (source, target) in from.Parameters.Zip(to.Parameters))
    {
        target.Value.CopyFrom(source.Value);
    }
}
#endregion

chapter.Show(
    "rnn-concise-perplexity",
    new LineChart(
        "Training the concise RNN",
        new Axis("epoch"),
        new Axis("perplexity") { IsLogarithmic = true },
        Curve.PerEpoch("", [.. reports.Select(report => report.Perplexity)])
    )
);

Chapter.Section("After training");

#region After training
// A generator keeps the weights that it was made of.
generator = new TextGenerator(ours, corpus.Codec, SamplingOptions.Greedy);
Console.WriteLine(text.Prefix + generator.Generate(text.Prefix, 50));
Console.WriteLine("traveller" + generator.Generate("traveller", 50));
#endregion

// How fast a training is depends on the machine, so that goes to standard error. What it has to compute does not: the
// products of a token, forward; back it takes twice as many.
Chapter.Section("Speed");

#region Speed
ShowSpeed("from scratch", LanguageModel.Create("rnn-scratch", vocabulary.Count, 2 * hiddenUnits));
ShowSpeed("from scratch", LanguageModel.Create("rnn-scratch", vocabulary.Count, hiddenUnits));
ShowSpeed("the layer", Model("rnn"));

void ShowSpeed(string name, ILanguageModel model)
{
    Tensor[] matrices =
    [
        .. model.Parameters.Select(parameter => parameter.Value).Where(value => value.Shape.Rank == 2),
    ];
    name = $"{name}, {matrices[1].Shape[0]} units";
    Console.WriteLine($"{name, -23}  {matrices.Sum(matrix => matrix.Count), 7:N0} products for each token");
    var speeds = Train(model, new TrainerOptions { Epochs = chapter.Quick ? 1 : 10 });
    Console.Error.WriteLine($"{name}: {speeds.Max(report => report.TokensPerSecond):N0} tokens/s on {model.Device}");
}
#endregion

// The class does not know which cell it is given.
Chapter.Section("GRU and LSTM");

#region GRU and LSTM
foreach (var cell in new[] { "rnn", "gru", "lstm" })
{
    var few = options with { Epochs = chapter.Quick ? 1 : 20 };
    var (own, ready) = (Model(cell), LanguageModel.Create(cell, vocabulary.Count, hiddenUnits));
    Copy(ready, own);
    Console.WriteLine(
        $"{cell, -4}  parts of the state: {own.InitialState(BatchSize).Parts.Count}; after {few.Epochs} epochs "
            + $"{Train(own, few)[^1].Perplexity, 6:F3}, LanguageModel.Create's {Train(ready, few)[^1].Perplexity, 6:F3}"
    );
}
#endregion

// A layer that the library does not have: leaky units, which keep a part of what they were at each step. LeakyLayer is
// at the end of this file.
Chapter.Section("A layer of one's own");

#region Training leaky units
foreach (var rate in new[] { 1f, 0.5f, 0.25f })
{
    var leaky = new LeakyLayer(vocabulary.Count, hiddenUnits, rate, RandomStream.Parameters(Seed));
    var top = new Linear(hiddenUnits, vocabulary.Count, RandomStream.Parameters(Seed).Fork(100));
    var report = Train(
        new RnnModel(leaky, leaky.ZeroState, leaky.Forward, top),
        options with
        {
            Epochs = chapter.Quick ? 1 : 100,
        }
    )[^1];
    Console.WriteLine($"α = {rate, -4}  perplexity {report.Perplexity:F3} after {report.Epoch} epochs");
}
#endregion

// Exercise: can you make it overfit? A tenth of the text is held out.
Chapter.Section("Overfitting");

#region Overfitting
List<EpochReport> little = Train(Model("rnn"), options with { Epochs = 6 * every, Validation = 0.1 });
foreach (var report in little.Where(report => report.Epoch % every == 0))
{
    Console.WriteLine(
        $"epoch {report.Epoch, 3}: perplexity {report.Perplexity, 5:F2}, held out {report.ValidationPerplexity, 5:F2}"
    );
}
var best = little.MinBy(report => report.ValidationLoss)!;
Console.WriteLine($"held out it was best after epoch {best.Epoch}: {best.ValidationPerplexity:F2}");

var whole = Corpus.FromText(text.Content, text.Options); // all characters
var longer = options with { Epochs = chapter.Quick ? 1 : 20, Validation = 0.1 };
var end = new Trainer(Model("rnn"), whole.Tokens, longer).Run().Last();
Console.WriteLine(
    $"the whole text, {whole.Tokens.Length:N0} characters, after epoch {end.Epoch}: "
        + $"perplexity {end.Perplexity:F2}, held out {end.ValidationPerplexity:F2}"
);
#endregion

chapter.Show(
    "rnn-concise-overfitting",
    new LineChart(
        "A tenth of the text held out",
        new Axis("epoch"),
        new Axis("perplexity") { IsLogarithmic = true },
        Curve.PerEpoch("learned", [.. little.Select(report => report.Perplexity)]),
        Curve.PerEpoch("held out", [.. little.Select(report => report.ValidationPerplexity!.Value)])
    )
);

// Exercise: more layers.
Chapter.Section("More layers");

#region More layers
foreach (var layers in new[] { 1, 2, 3 })
{
    var at = Train(Model("rnn", layers), options with { Epochs = 3 * every })
        .Where(report => report.Epoch % every == 0)
        .Select(report => $"{report.Perplexity, 6:F2}");
    Console.WriteLine($"{layers} {(layers == 1 ? "layer " : "layers")}  {string.Join(" ", at)}");
}
#endregion

// Exercise: the autoregressive model of 8.1 with a recurrent network.
Chapter.Section("The sine wave again");

#region The sine wave
const int T = 1000;
const int Known = 604; // as in 8.1
const int Window = 64;
var noise = new RandomStream(Seed, 100);
float[] x = [.. Enumerable.Range(0, T).Select(i => (float)Math.Sin(0.01 * (i + 1)) + (0.2f * noise.Normal((ulong)i)))];

var wave = new RecurrentLayers("rnn", 1, 32, RandomStream.Parameters(Seed));
var height = new Linear(32, 1, RandomStream.Parameters(Seed).Fork(100));

// Of values (steps, batch, 1): the prediction after each.
(Tensor Next, IReadOnlyList<Tensor> State) Read(Tensor values, IReadOnlyList<Tensor> state)
{
    var (H, after) = wave.Forward(values, state);
    return (height.Forward(H), after);
}

Parameter[] parameters = [.. wave.Parameters, .. height.Parameters];
var adam = new Adam(parameters);
for (var update = 0; update < (chapter.Quick ? 10 : 1500); update++)
{
    var drawn = RandomStream.Batching(Seed).Fork((ulong)update);
    int[] starts = [.. Enumerable.Range(0, 16).Select(i => drawn.Below(Known - Window, (ulong)i))];
    Tensor From(int offset) => // (steps, batch, 1)
        Tensor.From(
            [.. from t in Enumerable.Range(offset, Window) from start in starts select x[start + t]],
            Window,
            starts.Length,
            1
        );
    var (predicted, _) = Read(From(0), wave.ZeroState(starts.Length));
    foreach (var parameter in parameters)
    {
        parameter.Value.ClearGradient();
    }
    Tensor.SquaredLoss(predicted, From(1)).Backward();
    GradientClipping.ByGlobalNorm(parameters, maxNorm: 1);
    adam.Update(learningRate: 0.003);
}

// The prediction of each value from the second on, from observed ones before it up to a time, then from its own.
float[] Predict(int upTo)
{
    using var noGradient = GradientMode.Disable();
    var (next, state) = Read(Tensor.From(x.AsSpan(0, upTo), upTo, 1, 1), wave.ZeroState(1));
    List<float> all = [.. next.ToArray()];
    while (all.Count < T - 1)
    {
        (next, state) = Read(Tensor.From([all[^1]], 1, 1, 1), state);
        all.Add(next.ToScalar());
    }
    return [.. all];
}

double Error(float[] predicted) => // after the known values
    Math.Sqrt(predicted.Zip(x.Skip(1), (one, other) => Math.Pow(one - other, 2)).Skip(Known - 1).Average());

var (oneStep, onItsOwn) = (Predict(upTo: T - 1), Predict(upTo: Known));
Console.WriteLine($"one step ahead, after time {Known}: error {Error(oneStep):F3}");
Console.WriteLine($"on its own from time {Known} on:    error {Error(onItsOwn):F3}");
#endregion

double[] late = [.. Enumerable.Range(Known + 1, T - Known).Select(time => (double)time)];
chapter.Show(
    "rnn-concise-sine",
    new LineChart(
        "The series of 8.1, by a recurrent network",
        new Axis("time (steps)"),
        new Axis("x"),
        new Series("observed", late, [.. x[Known..].Select(value => (double)value)]) { Style = SeriesStyle.Points },
        new Series("one step ahead", late, [.. oneStep[(Known - 1)..].Select(value => (double)value)]),
        new Series("on its own", late, [.. onItsOwn[(Known - 1)..].Select(value => (double)value)])
    )
);

#region RnnModel
/// <summary>Any recurrent layer with a linear output: the book's RNNModel.</summary>
sealed class RnnModel(
    ILayer layer,
    Func<int, IReadOnlyList<Tensor>> zeroState,
    Func<Indices, IReadOnlyList<Tensor>, (Tensor Y, IReadOnlyList<Tensor> State)> read,
    Linear output
) : ILanguageModel
{
    public RnnModel(RecurrentLayers layer, int vocabularySize, RandomStream random)
        : this(
            layer,
            layer.ZeroState,
            (tokens, state) => layer.Forward(tokens, state),
            new Linear(layer.OutputSize, vocabularySize, random) // 2H inputs where both directions are read
        ) { }

    public ModelConfiguration Configuration { get; } = new() { Kind = "my-rnn", VocabularySize = output.Bias.Count };

    public IReadOnlyList<Parameter> Parameters { get; } = [.. layer.Parameters, .. output.Parameters];

    public bool KeepsTensors => false; // so that each step takes up the memory of the one before

    public ModelState InitialState(int batch) => new(zeroState(batch)); // begin_state

    public (Tensor Logits, ModelState State) Forward(Indices tokens, ModelState state, RandomStream? dropout = null)
    {
        var (Y, next) = read(tokens, state.Parts); // (steps, batch, hidden)
        Tensor logits = output.Forward(Y.Reshape(-1, output.Weight.Shape[1])); // (steps · batch, vocabulary)
        return (logits, new ModelState(next));
    }
}
#endregion

#region LeakyLayer
/// <summary>h ← (1 − α)·h + α·tanh(x·W_xh + h·W_hh + b).</summary>
sealed class LeakyLayer : ILayer
{
    private readonly int _inputs;
    private readonly float _rate;
    private readonly Tensor _inputWeights;
    private readonly Tensor _hiddenWeights;
    private readonly Tensor _bias;

    public LeakyLayer(int inputs, int hidden, float rate, RandomStream random)
    {
        var bound = 1 / MathF.Sqrt(hidden);
        (_inputs, _rate) = (inputs, rate);
        _inputWeights = Tensor.Uniform(random.Fork(0), bound, inputs, hidden).RequireGradient();
        _hiddenWeights = Tensor.Uniform(random.Fork(1), bound, hidden, hidden).RequireGradient();
        _bias = Tensor.Zeros(hidden).RequireGradient();
        Parameters = [new("W_xh", _inputWeights), new("W_hh", _hiddenWeights), new("b_h", _bias)];
    }

    public IReadOnlyList<Parameter> Parameters { get; }

    public IReadOnlyList<Tensor> ZeroState(int batch) => [Tensor.Zeros(batch, _bias.Count)];

    public (Tensor Y, IReadOnlyList<Tensor> State) Forward(Indices tokens, IReadOnlyList<Tensor> state)
    {
        var (X, H) = (Tensor.OneHot(tokens, _inputs), state[0]); // (steps, batch, vocabulary), (batch, hidden)
        var outputs = new Tensor[tokens.Rows];
        for (var t = 0; t < outputs.Length; t++)
        {
            Tensor candidate = Tensor.Tanh(
                Tensor.MatMul(X[t], _inputWeights) + Tensor.MatMul(H, _hiddenWeights) + _bias
            );
            H = outputs[t] = (H * (1 - _rate)) + (candidate * _rate);
        }
        return (Tensor.Concatenate(outputs), [H]); // (steps · batch, hidden)
    }
}
#endregion
