#:project Recurrent.Book/Recurrent.Book.csproj

// Devices (Dive into Deep Learning: try_gpu and try_all_gpus): where tensors live and are computed, and the network of
// 8.5 trained on every device of this machine, to the same bits.
//
//   dotnet run book/devices.cs
//
// What differs between machines (the devices' names, their times) goes to standard error.

using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Recurrent.Batching;
using Recurrent.Book;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Text;

var chapter = Chapter.Open(args);
var text = chapter.ReadText();
const long Seed = 1;
const int BatchSize = 32;
const int Steps = 35;

var corpus = Corpus.FromText(text.Content, text.Options with { MaxTokens = 10_000 });
var vocabulary = corpus.Vocabulary;
var hiddenUnits = chapter.Quick ? 64 : 512;
var epochs = chapter.Quick ? 2 : 50;

// TryGpu gives a card where there is one that can be used, otherwise the processor; so it never fails, whatever number
// it is asked for. Gpu insists.
Chapter.Section("Trying");

#region Trying
Device here = Device.TryGpu(); // for the rest of this chapter
IReadOnlyList<Device> cards = Device.GpuCount > 0 ? Device.TryAllGpus() : [];
Console.Error.WriteLine($"processor: {Device.Default}");
Console.Error.WriteLine($"{Device.GpuCount} cards; tensors of this chapter are on {here}");
if (Device.GpuCount == 0)
{
    try
    {
        Device.Gpu();
    }
    catch (IOException e)
    {
        Console.Error.WriteLine($"no card here: {e.Message}");
    }
}

Console.WriteLine($"a card that nobody has is the processor: {Device.TryGpu(1000) == Device.Default}");
Console.WriteLine($"the first of all that can be used is that one: {Device.TryAllGpus()[0] == here}");
#endregion

// A tensor is made on a device, and what is computed of it stays there. To is the only way to another.
Chapter.Section("Tensors on a device");

#region Tensors on a device
Tensor x = Tensor.From([1, 2, 3, 4, 5, 6], 2, 3); // no device named: on the processor
Tensor there = x.To(here); // a copy, unless x is there already
Tensor sum = there + there; // computed where its operands are
Tensor back = sum.To(Device.Default);

Console.WriteLine($"made on the processor: {x.Device == Device.Default}");
Console.WriteLine($"the sum is where its operands are: {sum.Device == here}");
Console.WriteLine($"to the device that it is on, the same tensor: {ReferenceEquals(there, there.To(here))}");
Console.WriteLine($"back again: {back}");
#endregion

// Nothing is moved unasked, because a copy hidden in a loop would cost more than the loop. Two devices of the
// processor, each with a thread of its own, show it on any machine.
Chapter.Section("On one device");

#region On one device
Tensor one = Tensor.From(Device.Cpu(threads: 1), [1, 2, 3], 3);
Tensor another = Tensor.From(Device.Cpu(threads: 1), [1, 2, 3], 3);
try
{
    Console.WriteLine(one + another);
}
catch (ArgumentException e)
{
    Console.WriteLine(e.Message);
}
Console.WriteLine(one + another.To(one.Device));
#endregion

// The functions of 8.5 and its class (at the end), as they stand there. Not one knows of cards: the class is given a
// device, and everything else asks it where it is.
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

// The training of 8.5 under sequential partition, on each device that there is: the processor with one thread, the
// processor with all its threads, and the cards.
Chapter.Section("Training on each device");

#region Training on each device
static string HashOf(Parameter[] parameters) =>
    Convert.ToHexString(
        SHA256.HashData(MemoryMarshal.AsBytes<float>(parameters.SelectMany(p => p.Value.ToArray()).ToArray()))
    )[..16];

(RnnModelScratch Net, double Perplexity) Train(Device device)
{
    var net = new RnnModelScratch(vocabulary.Count, hiddenUnits, device, GetParameters, InitState, Rnn);
    var sampler = new SequentialPartition(BatchSize, Steps);
    using var pool = new TensorPool(device);
    var tokens = sampler.Epoch(corpus.Tokens, RandomStream.Batching(Seed), epoch: 1).Sum(each => each.X.Length);
    var perplexity = TrainEpoch(sampler, net, 1, pool, norms: []); // not timed: programs are compiled in it
    var start = TimeProvider.System.GetTimestamp();
    for (var epoch = 2; epoch <= epochs; epoch++)
    {
        perplexity = TrainEpoch(sampler, net, epoch, pool, norms: []);
    }
    var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    Console.Error.WriteLine($"{HashOf(net.Parameters)}, {(epochs - 1) * tokens / seconds, 7:N0} tokens/s, on {device}");
    return (net, perplexity);
}

var trained = new[] { Device.Cpu(threads: 1), Device.Default }.Concat(cards).Select(Train).ToArray();

Console.WriteLine($"perplexity after epoch {epochs}: {trained[^1].Perplexity:F3}");
Console.WriteLine($"SHA-256 of the weights: {HashOf(trained[^1].Net.Parameters)}…");
Console.WriteLine(
    $"the same on every device: {trained.Select(each => HashOf(each.Net.Parameters)).Distinct().Count() == 1}"
);
Console.WriteLine(Predict(text.Prefix, 50, trained[^1].Net));
#endregion

// Exercises. A product of large matrices, one of small ones, and what it costs to ask for each result at once.
Chapter.Section("Large and small");

#region Large and small
double Time(Device device, int size, int products, bool asksEachTime)
{
    using var pool = new TensorPool(device);
    Tensor a = Tensor.Normal(device, new RandomStream(Seed, 1), 0.1f, size, size);
    Tensor b = Tensor.Normal(device, new RandomStream(Seed, 2), 0.1f, size, size);
    Tensor total = Tensor.Zeros(device, size, size);
    Run(products / 10 + 1); // warms up
    var start = TimeProvider.System.GetTimestamp();
    Run(products);
    return TimeProvider.System.GetElapsedTime(start).TotalMicroseconds / products;

    void Run(int count)
    {
        for (var i = 0; i < count; i++)
        {
            using var scope = pool.OpenScope();
            total.AddInPlace(Tensor.MatMul(a, b), 1);
            if (asksEachTime)
            {
                _ = total.ToArray(); // waits until it is there
            }
        }
        _ = total.ToArray();
    }
}

(int Size, int Products)[] tasks = chapter.Quick ? [(8, 10), (16, 10)] : [(16, 2000), (100, 1000), (1024, 20)];
foreach (var each in new[] { Device.Default }.Concat(cards))
{
    foreach (var (size, products) in tasks)
    {
        var (waiting, together) = (Time(each, size, products, true), Time(each, size, products, false));
        Console.Error.WriteLine(
            $"({size}, {size}) products: {waiting, 8:N1} µs each if each is read, {together, 8:N1} µs if the sum is: "
                + each
        );
    }
}
var (wide, narrow) = (tasks[^1].Size, Device.Cpu(threads: 1));
Tensor large = Tensor.Normal(new RandomStream(Seed, 1), 0.1f, wide, wide);
Console.WriteLine(
    "the same values on one thread and on the device that TryGpu gave: "
        + Tensor
            .MatMul(large.To(here), large.To(here))
            .ToArray()
            .SequenceEqual(Tensor.MatMul(large.To(narrow), large.To(narrow)).ToArray())
);
#endregion

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
