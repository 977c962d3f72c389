#:project Recurrent.Book/Recurrent.Book.csproj

// Implementation of recurrent neural networks from scratch (Dive into Deep Learning, 8.5): a character model out of
// matrix products, tanh and a loop, trained on The Time Machine until it knows the text nearly by heart.
//
//   dotnet run book/rnn-from-scratch.cs
//
// While it trains, standard error shows every tenth epoch of both samplers and what the network writes then. With
// RECURRENT_ALL_EPOCHS=1 the last section compares all 500 epochs with the library's, which takes as long again.

using Recurrent.Batching;
using Recurrent.Book;
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
var hiddenUnits = chapter.Quick ? 64 : 512;

// A token is a number, but a larger number is not "more" of anything. So each token becomes a vector as long as the
// vocabulary, 1 at its own place and 0 elsewhere. A minibatch (batch, steps) is turned round, so that its outermost
// axis is time: the loop over the steps then takes inputs[t], one character of every row.
Chapter.Section("One-hot");

#region One-hot
Tensor oneHot = Tensor.OneHot([0, 2], vocabulary.Count, 2); // (2, vocabulary)
Console.WriteLine($"token 0: {string.Join(' ', oneHot[0].ToArray())}");
Console.WriteLine($"token 2: {string.Join(' ', oneHot[1].ToArray())}");

int[] example = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]; // (2, 5): two rows of five steps
Indices exampleX = Indices.Transposed(Device.Default, example, rows: 2, columns: 5); // (5, 2)
Console.WriteLine($"two rows of five steps: {Tensor.OneHot(exampleX, vocabulary.Count).Shape}");
#endregion

// Three matrices and two biases are all that is learned. The matrices begin small and random, the biases as zeros.
Chapter.Section("Parameters");

#region Parameters
static Parameter[] GetParameters(int vocabularySize, int hiddenUnits, Device device)
{
    var random = RandomStream.Parameters(Seed);
    Tensor Normal(ulong place, int rows, int columns) =>
        Tensor.Normal(device, random.Fork(place), 0.01f, rows, columns);

    Parameter[] parameters =
    [
        new("W_xh", Normal(0, vocabularySize, hiddenUnits)), // input to hidden
        new("W_hh", Normal(1, hiddenUnits, hiddenUnits)), // hidden to hidden: the memory
        new("b_h", Tensor.Zeros(device, hiddenUnits)),
        new("W_hq", Normal(2, hiddenUnits, vocabularySize)), // hidden to output
        new("b_q", Tensor.Zeros(device, vocabularySize)),
    ];
    foreach (var parameter in parameters)
    {
        parameter.Value.RequireGradient();
    }
    return parameters;
}

foreach (var (name, value) in GetParameters(vocabulary.Count, hiddenUnits, Device.Default))
{
    Console.WriteLine($"{name, -4} {value.Shape}: {value.Count:N0}");
}
#endregion

// The network. Inside the loop stand the two equations; around it, one step after the other. The state is a list of
// parts: here H alone, but an LSTM has two.
#region The network
static Tensor[] InitState(int batchSize, int hiddenUnits, Device device) =>
    [Tensor.Zeros(device, batchSize, hiddenUnits)];

static (Tensor Y, Tensor[] State) Rnn(Tensor inputs, Tensor[] state, Parameter[] parameters)
{
    var (W_xh, W_hh, b_h) = (parameters[0].Value, parameters[1].Value, parameters[2].Value);
    var (W_hq, b_q) = (parameters[3].Value, parameters[4].Value);
    var H = state[0]; // (batch, hidden)
    var outputs = new Tensor[inputs.Shape[0]];
    for (var t = 0; t < outputs.Length; t++) // inputs[t] is (batch, vocabulary)
    {
        H = Tensor.Tanh(Tensor.MatMul(inputs[t], W_xh) + Tensor.MatMul(H, W_hh) + b_h);
        outputs[t] = Tensor.MatMul(H, W_hq) + b_q;
    }
    return (Tensor.Concatenate(outputs), [H]); // (steps · batch, vocabulary)
}
#endregion

// Why tanh? Inputs spread evenly around 0 come out spread around 0, and its slope there is 1.
Chapter.Section("Why tanh");

#region Why tanh
(string Name, Func<Tensor, Tensor> Function)[] activations =
[
    ("tanh", Tensor.Tanh),
    ("sigmoid", Tensor.Sigmoid),
    ("ReLU", Tensor.Relu),
];
foreach (var (name, function) in activations)
{
    Tensor x = Tensor.From([.. Enumerable.Range(-300, 601).Select(i => i / 100f)], 601).RequireGradient();
    Tensor y = function(x); // of −3.00, −2.99, … 3.00
    var mean = Math.Round(y.Mean().ToScalar(), 3) + 0; // no −0
    y.Sum().Backward();
    Console.WriteLine($"{name, -7} mean {mean:F3}, steepest slope {x.Gradient!.ToArray().Max():F2}");
}
#endregion

// The class of the book: parameters, first state and step are functions that are handed in, and can be exchanged.
Chapter.Section("The class");

#region The network of this chapter
RnnModelScratch NewNet(Device device) => new(vocabulary.Count, hiddenUnits, device, GetParameters, InitState, Rnn);

var untrained = NewNet(Device.Default);
var (exampleY, exampleState) = untrained.Forward(exampleX, untrained.BeginState(batchSize: 2));
Console.WriteLine($"Y {exampleY.Shape}: one prediction for each character");
Console.WriteLine($"a state of {exampleState.Length} part, {exampleState[0].Shape}: one for each row");
#endregion

// Prediction: read the prefix for the sake of the state, then take the likeliest next character, read that too, and so
// on. An untrained network repeats itself.
Chapter.Section("Prediction before training");

#region Prediction
string Predict(string prefix, int length, RnnModelScratch net)
{
    using var noGradient = GradientMode.Disable();
    var state = net.BeginState(batchSize: 1);
    Tensor Read(int token)
    {
        (var Y, state) = net.Forward(Indices.From(net.Device, [token], 1, 1), state);
        return Y; // (1, vocabulary)
    }
    List<int> tokens = [.. vocabulary.Encode(Tokenizer.Characters.Tokenize(prefix))];
    foreach (var token in tokens.SkipLast(1))
    {
        Read(token); // the warm-up: what it would predict is of no interest
    }
    while (length-- > 0)
    {
        tokens.Add(Read(tokens[^1]).ArgMax()[0]);
    }
    return string.Concat(vocabulary.Decode(tokens));
}

Console.WriteLine(Predict(text.Prefix, 10, untrained));
#endregion

// Gradients flow back through all 35 steps, and through W_hh once for each: they may grow with every step. Clipping
// shortens them, all parameters together as one vector, to a length of at most θ. The direction stays.
Chapter.Section("Clipping");

#region Clipping
static double Clip(IReadOnlyList<Parameter> parameters, double theta)
{
    var norm = Math.Sqrt(parameters.Sum(parameter => parameter.Value.Gradient!.SumOfSquares()));
    if (norm > theta)
    {
        foreach (var parameter in parameters)
        {
            parameter.Value.Gradient!.ScaleInPlace((float)(theta / norm));
        }
    }
    return norm; // as it was
}

Parameter[] pair = [new("a", Tensor.From([3], 1).RequireGradient()), new("b", Tensor.From([4], 1).RequireGradient())];
(pair[0].Value * pair[0].Value + pair[1].Value * pair[1].Value).Backward(); // gradients 6 and 8
var before = Clip(pair, theta: 1);
var (shorterA, shorterB) = (pair[0].Value.Gradient!.ToScalar(), pair[1].Value.Gradient!.ToScalar());
Console.WriteLine($"norm {before} becomes {Clip(pair, theta: 1):F3}: 6 and 8 become {shorterA:F1} and {shorterB:F1}");
#endregion

// Training. The loss of a minibatch is the mean cross-entropy of its predictions, and every weight takes a step down
// its gradient. Under sequential partition each row goes on where it ended, so the state keeps its values; only the
// values, because the way back through all minibatches before would have no end. Under random sampling every minibatch
// begins from zeros.
#region One epoch
double TrainEpoch(BatchSampler sampler, RnnModelScratch net, int epoch, TensorPool pool, List<double> norms)
{
    var state = net.BeginState(BatchSize);
    var (sum, tokens) = (0.0, 0);
    foreach (var minibatch in sampler.Epoch(corpus.Tokens, RandomStream.Batching(Seed), epoch))
    {
        using var scope = pool.OpenScope(); // each minibatch takes up the memory of the one before
        if (!sampler.CarriesState)
        {
            state = net.BeginState(BatchSize);
        }
        var X = Indices.From(net.Device, minibatch.X.Span, Steps, BatchSize);
        var Y = Indices.From(net.Device, minibatch.Y.Span, Steps, BatchSize);
        var (outputs, end) = net.Forward(X, state);
        var loss = Tensor.SoftmaxCrossEntropy(outputs, Y); // a mean
        foreach (var parameter in net.Parameters)
        {
            parameter.Value.ClearGradient();
        }
        loss.Backward();
        norms.Add(Clip(net.Parameters, theta: 1));
        Descend(net.Parameters, learningRate: 1);
        foreach (var (part, after) in state.Zip(end))
        {
            part.CopyFrom(after); // detached: values alone, without the way that led to them
        }
        sum += (double)loss.ToScalar() * minibatch.X.Length;
        tokens += minibatch.X.Length;
    }
    return Math.Exp(sum / tokens);
}

// Stochastic gradient descent: w ← w − η·g.
static void Descend(Parameter[] parameters, float learningRate)
{
    foreach (var parameter in parameters)
    {
        parameter.Value.AddInPlace(parameter.Value.Gradient!, -learningRate);
    }
}
#endregion

// 500 epochs under each sampler, both at once, one thread each.
Chapter.Section("Training");

#region Training
var epochs = chapter.Quick ? 4 : 500;
string[] prefixes = [text.Prefix.Trim(), text.Prefix.Trim().Split(' ')[^1]]; // "time traveller", "traveller"

TrainingRun Train(string name, BatchSampler sampler, RnnModelScratch net, int epochs)
{
    List<double> perplexities = [];
    List<double> norms = [];
    Dictionary<int, string> samples = [];
    float[][] halfway = [];
    using var pool = new TensorPool(net.Device);
    var start = TimeProvider.System.GetTimestamp();
    for (var epoch = 1; epoch <= epochs; epoch++)
    {
        perplexities.Add(TrainEpoch(sampler, net, epoch, pool, norms));
        if (epoch == 1 || epoch == epochs || epoch % 10 == 0)
        {
            samples[epoch] = Predict(prefixes[0], 50, net);
            Console.Error.WriteLine($"{name}, epoch {epoch}: perplexity {perplexities[^1]:F3}, {samples[epoch]}");
        }
        if (epoch == epochs / 2)
        {
            halfway = ValuesOf(net.Parameters);
        }
    }
    var speed = norms.Count * BatchSize * Steps / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    Console.Error.WriteLine($"{name}: perplexity {perplexities[^1]:F1}, {speed:N0} tokens/s on {net.Device}");
    return new TrainingRun(name, net, perplexities, norms, samples, halfway);
}

static float[][] ValuesOf(IReadOnlyList<Parameter> parameters) => [.. parameters.Select(each => each.Value.ToArray())];

(string Name, BatchSampler Sampler)[] samplers =
[
    ("sequential partition", new SequentialPartition(BatchSize, Steps)),
    ("random sampling", new RandomSampling(BatchSize, Steps)),
];
TrainingRun[] trained =
[
    .. samplers.AsParallel().AsOrdered().Select(s => Train(s.Name, s.Sampler, NewNet(Device.Cpu(threads: 1)), epochs)),
];

int[] shown = chapter.Quick ? [1, 4] : [1, 10, 20, 50, 100, 150, 200, 250, 300, 400, 500];
foreach (var run in trained)
{
    Console.WriteLine(run.Name);
    Console.WriteLine("epoch  perplexity  what the network writes");
    foreach (var epoch in shown)
    {
        Console.WriteLine($"{epoch, 5}  {run.Perplexities[epoch - 1], 10:F3}  {run.Samples[epoch]}");
    }
    Console.WriteLine($"perplexity {run.Perplexities[^1]:F1}");
    Console.WriteLine(Predict(prefixes[0], 50, run.Net));
    Console.WriteLine(Predict(prefixes[1], 50, run.Net));
}
#endregion

chapter.Show(
    "rnn-from-scratch-perplexity",
    new LineChart(
        "Training from scratch",
        new Axis("epoch"),
        new Axis("perplexity") { IsLogarithmic = true },
        [.. trained.Select(run => Curve.PerEpoch(run.Name, run.Perplexities))]
    )
);

// Under random sampling every window begins from zeros, under sequential partition hardly any does. So the second
// network is lost where a text begins: how well does each predict the character at each place of a window?
Chapter.Section("Where a text begins");

#region Where a text begins
double[] PerplexityByStep(RnnModelScratch net)
{
    using var noGradient = GradientMode.Disable();
    double[] loss = new double[Steps];
    Minibatch[] minibatches = [.. samplers[1].Sampler.Epoch(corpus.Tokens, RandomStream.Batching(Seed), epochs + 1)];
    foreach (var (X, Y, _) in minibatches.Select(each => (each.X, each.Y, each.Steps)))
    {
        var state = net.BeginState(BatchSize);
        for (var t = 0; t < Steps; t++)
        {
            var (from, to) = (t * BatchSize, (t + 1) * BatchSize); // step t of every row
            (var outputs, state) = net.Forward(Indices.From(net.Device, X.Span[from..to], 1, BatchSize), state);
            loss[t] += Tensor.SoftmaxCrossEntropy(outputs, Y.Span[from..to]).ToScalar() / minibatches.Length;
        }
    }
    return [.. loss.Select(Math.Exp)];
}

int[] places = [1, 2, 3, 5, 10, 20, 35];
Console.WriteLine($"perplexity at step    {string.Join(' ', places.Select(place => $"{place, 6}"))}");
foreach (var run in trained)
{
    var byStep = PerplexityByStep(run.Net);
    Console.WriteLine($"{run.Name, -21} {string.Join(' ', places.Select(place => $"{byStep[place - 1], 6:F2}"))}");
}
#endregion

// What does W_hh add? Without it H knows the character before it alone, as a table of pairs does. Parameters and step
// are exchanged; the class, the loop and the clipping stay.
Chapter.Section("Without W_hh");

#region Without W_hh
static (Tensor Y, Tensor[] State) Mlp(Tensor inputs, Tensor[] state, Parameter[] parameters)
{
    var (W_xh, b_h, W_hq, b_q) = (parameters[0].Value, parameters[1].Value, parameters[2].Value, parameters[3].Value);
    var outputs = new Tensor[inputs.Shape[0]];
    for (var t = 0; t < outputs.Length; t++)
    {
        outputs[t] = Tensor.MatMul(Tensor.Tanh(Tensor.MatMul(inputs[t], W_xh) + b_h), W_hq) + b_q;
    }
    return (Tensor.Concatenate(outputs), state);
}

static Parameter[] WithoutW_hh(int vocabularySize, int hiddenUnits, Device device) =>
    [.. GetParameters(vocabularySize, hiddenUnits, device).Where(parameter => parameter.Name != "W_hh")];

var mlp = new RnnModelScratch(vocabulary.Count, hiddenUnits, Device.Default, WithoutW_hh, InitState, Mlp);
var few = chapter.Quick ? 2 : 100;
var forgetful = Train("without W_hh", samplers[0].Sampler, mlp, few);
Console.WriteLine($"without W_hh, {few} epochs: {forgetful.Perplexities[^1], 6:F3}");
Console.WriteLine($"with W_hh, {few} epochs:    {trained[0].Perplexities[few - 1], 6:F3}");
Console.WriteLine($"the best table of pairs:  {PairPerplexity(corpus.Tokens.Span), 6:F3}");

// exp of the mean of −log P(x′ | x), where P(x′ | x) is how often x′ follows x in this text.
static double PairPerplexity(ReadOnlySpan<int> tokens)
{
    var (pairs, firsts) = (new Dictionary<(int, int), int>(), new Dictionary<int, int>());
    for (var i = 0; i < tokens.Length - 1; i++)
    {
        var both = (tokens[i], tokens[i + 1]);
        pairs[both] = pairs.GetValueOrDefault(both) + 1;
        firsts[tokens[i]] = firsts.GetValueOrDefault(tokens[i]) + 1;
    }
    return Math.Exp(-pairs.Sum(p => p.Value * Math.Log(p.Value / (double)firsts[p.Key.Item1])) / (tokens.Length - 1));
}
#endregion

// What did clipping do? The norms as they were before it.
Chapter.Section("What was clipped");

#region What was clipped
var span = epochs / (chapter.Quick ? 2 : 5);
foreach (var run in trained)
{
    Console.WriteLine(run.Name);
    Console.WriteLine("   epochs  clipped  median norm  largest norm");
    foreach (var (i, chunk) in run.Norms.Chunk(span * run.Norms.Count / epochs).Index())
    {
        double[] norms = [.. chunk.Order()];
        var clipped = norms.Count(norm => norm > 1) / (double)norms.Length;
        var range = $"{(i * span) + 1}–{(i + 1) * span}";
        Console.WriteLine($"{range, 9}  {clipped, 7:P0}  {norms[norms.Length / 2], 11:F2}  {norms[^1], 12:F2}");
    }
}
#endregion

// One step from the weights of halfway, where every gradient is clipped, as far as one likes along −g: how much does
// the loss of that minibatch change?
Chapter.Section("How far to step");

#region How far to step
var middle = NewNet(Device.Default);
float[][] gradient = [];
Move(0);

(Tensor Loss, double Norm) GoBack(Minibatch minibatch)
{
    var X = Indices.From(middle.Device, minibatch.X.Span, Steps, BatchSize);
    var Y = Indices.From(middle.Device, minibatch.Y.Span, Steps, BatchSize);
    var loss = Tensor.SoftmaxCrossEntropy(middle.Forward(X, middle.BeginState(BatchSize)).Y, Y);
    foreach (var parameter in middle.Parameters)
    {
        parameter.Value.ClearGradient();
    }
    loss.Backward();
    return (loss, GradientClipping.GlobalNorm(middle.Parameters));
}

var steepest = samplers[1]
    .Sampler.Epoch(corpus.Tokens, RandomStream.Batching(Seed), (epochs / 2) + 1)
    .MaxBy(minibatch => GoBack(minibatch).Norm)!;
var (lossBefore, longest) = GoBack(steepest);
gradient = [.. middle.Parameters.Select(parameter => parameter.Value.Gradient!.ToArray())];
Console.WriteLine($"loss {lossBefore.ToScalar():F3}, norm of the gradient {longest:F2}");
foreach (var length in new[] { 0.01, 0.1, 0.5, 1, longest, 2 * longest, 4 * longest, 8 * longest })
{
    Move(length / longest);
    var change = GoBack(steepest).Loss.ToScalar() - lossBefore.ToScalar();
    Console.WriteLine(
        $"a step of {length, 5:F2}: loss {change, 7:+0.000;−0.000}, {Math.Abs(change) / length:F2} times the step"
    );
}

void Move(double rate) // from the weights of halfway
{
    Write(middle.Parameters, trained[1].Halfway);
    foreach (var (parameter, values) in middle.Parameters.Zip(gradient))
    {
        parameter.Value.AddInPlace(Tensor.From(values, parameter.Value.Shape.ToArray()), (float)-rate);
    }
}
#endregion

// How much of a gradient is left k steps back? To each state zeros are added, which change nothing; but they may be
// asked for their gradient, which is that of the state.
Chapter.Section("Gradients across time");

#region Gradients across time
double[] NormsByDistance(RnnModelScratch net, Minibatch minibatch)
{
    var zeros = new Tensor[Steps];
    var (state, Y) = (net.BeginState(BatchSize), (Tensor?)null);
    for (var t = 0; t < Steps; t++)
    {
        zeros[t] = Tensor.Zeros(net.Device, BatchSize, hiddenUnits).RequireGradient();
        var X = Indices.From(net.Device, minibatch.X.Span.Slice(t * BatchSize, BatchSize), 1, BatchSize);
        (Y, state) = net.Forward(X, [state[0] + zeros[t]]);
    }
    Tensor.SoftmaxCrossEntropy(Y!, minibatch.Y.Span[^BatchSize..]).Backward(); // the loss of the last step alone
    return // 1, 2, … 35 steps back
    [.. zeros.Reverse().Select(zero => Math.Sqrt(zero.Gradient!.ToArray().Sum(g => (double)g * g)))];
}

RnnModelScratch WithDeviation(double deviation) // of W_hh
{
    var net = NewNet(Device.Default);
    net.Parameters[1].Value.ScaleInPlace((float)(deviation / 0.01));
    return net;
}

(string Name, RnnModelScratch Net)[] nets =
[
    ("untrained, W_hh from N(0, 0.01²)", WithDeviation(0.01)),
    ("untrained, W_hh from N(0, 0.2²)", WithDeviation(0.2)),
    .. trained.Select(run => ($"trained, {run.Name}", run.Net)),
];
int[] distances = [1, 2, 5, 10, 20, 35];
List<Series> curves = [];
Console.WriteLine($"steps back                       {string.Join(' ', distances.Select(k => $"{k, 8}"))}   a step");
foreach (var (name, each) in nets)
{
    var norms = NormsByDistance(each, steepest);
    double[] left = [.. norms.Select(norm => norm / norms[0])];
    Console.WriteLine(
        $"{name, -32} {string.Join(' ', distances.Select(k => $"{left[k - 1], 8:0.0E+0}"))}  "
            + $"{Math.Pow(left[^1], 1.0 / (Steps - 1)), 7:F2}"
    );
    curves.Add(Curve.PerEpoch(name, [.. left.TakeWhile(value => value > 0)])); // float32 ends at 1E−45
}
Console.WriteLine($"σ·√h: {0.01 * Math.Sqrt(hiddenUnits):F2} and {0.2 * Math.Sqrt(hiddenUnits):F2}");
#endregion

chapter.Show(
    "rnn-from-scratch-gradients",
    new LineChart(
        "What is left of a gradient k steps back",
        new Axis("k, steps back in time"),
        new Axis("norm, 1 step back = 1") { IsLogarithmic = true },
        curves
    )
);

// The library has this very network as RnnFromScratch, with the same replaceable parts, and a Trainer that does the
// steps above. Both go the same way, to the last bit: from the first weights, where nothing is clipped yet, and from
// those of halfway, where every gradient is.
Chapter.Section("The library's model");

#region The library's model
RnnFromScratch TrainLibrary(SamplerKind sampler, int epochs, Device device, float[][]? start = null)
{
    var configuration = new ModelConfiguration { VocabularySize = vocabulary.Count, HiddenSize = hiddenUnits };
    var model = new RnnFromScratch(configuration, RandomStream.Parameters(Seed), device: device);
    Write(model.Parameters, start ?? []);
    var options = new TrainerOptions
    {
        Epochs = epochs,
        Seed = Seed,
        Sampler = sampler,
    };
    _ = new Trainer(model, corpus.Tokens, options).Run().Last();
    return model;
}

bool AreEqual(IReadOnlyList<Parameter> ours, IReadOnlyList<Parameter> theirs) => // to the bit
    ours.Zip(theirs, (a, b) => a.Value.ToArray().SequenceEqual(b.Value.ToArray())).All(same => same);

void Compare(SamplerKind kind, float[][]? start)
{
    var (ours, count, norms) = (NewNet(Device.Default), chapter.Quick ? 2 : 5, new List<double>());
    Write(ours.Parameters, start ?? []);
    using var pool = new TensorPool();
    for (var epoch = 1; epoch <= count; epoch++)
    {
        TrainEpoch(samplers[(int)kind].Sampler, ours, epoch, pool, norms);
    }
    var library = TrainLibrary(kind, count, Device.Default, start);
    Console.WriteLine(
        $"{count} epochs from {(start is null ? "the first weights" : "those of halfway")}, "
            + $"{norms.Count(norm => norm > 1)} of {norms.Count} gradients clipped: "
            + $"all weights are equal: {AreEqual(ours.Parameters, library.Parameters)}"
    );
}

Compare(SamplerKind.Sequential, start: null);
Compare(SamplerKind.Random, trained[1].Halfway);
if (Environment.GetEnvironmentVariable("RECURRENT_ALL_EPOCHS") == "1")
{
    SamplerKind[] kinds = [SamplerKind.Sequential, SamplerKind.Random];
    var libraries = kinds.AsParallel().AsOrdered().Select(kind => TrainLibrary(kind, epochs, Device.Cpu(threads: 1)));
    foreach (var (run, library) in trained.Zip(libraries))
    {
        Console.WriteLine(
            $"{run.Name}, {epochs} epochs: all weights are equal: {AreEqual(run.Net.Parameters, library.Parameters)}"
        );
    }
}
#endregion

static void Write(IReadOnlyList<Parameter> parameters, float[][] values)
{
    foreach (var (parameter, value) in parameters.Zip(values))
    {
        parameter.Value.Write(value);
    }
}

#region The class
// Parameters, first state and step are functions; whoever has others hands them in.
internal sealed class RnnModelScratch(
    int vocabularySize,
    int hiddenUnits,
    Device device,
    Func<int, int, Device, Parameter[]> getParameters,
    Func<int, int, Device, Tensor[]> initState,
    Func<Tensor, Tensor[], Parameter[], (Tensor Y, Tensor[] State)> forward
)
{
    public Device Device => device;

    public Parameter[] Parameters { get; } = getParameters(vocabularySize, hiddenUnits, device);

    public Tensor[] BeginState(int batchSize) => initState(batchSize, hiddenUnits, device);

    public (Tensor Y, Tensor[] State) Forward(Indices tokens, Tensor[] state) => // tokens (steps, batch)
        forward(Tensor.OneHot(tokens, vocabularySize), state, Parameters);
}
#endregion

internal sealed record TrainingRun(
    string Name,
    RnnModelScratch Net,
    List<double> Perplexities, // of each epoch
    List<double> Norms, // of each minibatch's gradient, before clipping
    Dictionary<int, string> Samples, // what the network wrote after an epoch
    float[][] Halfway // the weights after half of the epochs
);
