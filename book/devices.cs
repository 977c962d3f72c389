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

// The functions of 8.5, as they stand there. Not one knows of cards: the parameters are made on a device, and
// everything else asks them where they are.
Parameter[] GetParameters(int hiddenUnits, Device? device = null)
{
    device ??= Device.Default;
    var random = RandomStream.Parameters(Seed);
    Tensor Normal(ulong place, int rows, int columns) =>
        Tensor.Normal(device, random.Fork(place), 0.01f, rows, columns);

    Parameter[] parameters =
    [
        new("W_xh", Normal(0, vocabulary.Count, hiddenUnits)), // input to hidden
        new("W_hh", Normal(1, hiddenUnits, hiddenUnits)), // hidden to hidden: the memory
        new("b_h", Tensor.Zeros(device, hiddenUnits)),
        new("W_hq", Normal(2, hiddenUnits, vocabulary.Count)), // hidden to output
        new("b_q", Tensor.Zeros(device, vocabulary.Count)),
    ];
    foreach (var parameter in parameters)
    {
        parameter.Value.RequireGradient();
    }
    return parameters;
}

(Tensor Y, Tensor H) Rnn(Tensor inputs, Tensor H, Parameter[] parameters)
{
    var (W_xh, W_hh, b_h) = (parameters[0].Value, parameters[1].Value, parameters[2].Value);
    var (W_hq, b_q) = (parameters[3].Value, parameters[4].Value);
    var outputs = new Tensor[inputs.Shape[0]];
    for (var t = 0; t < outputs.Length; t++)
    {
        H = Tensor.Tanh(Tensor.MatMul(inputs[t], W_xh) + Tensor.MatMul(H, W_hh) + b_h);
        outputs[t] = Tensor.MatMul(H, W_hq) + b_q;
    }
    return (Tensor.Concatenate(outputs), H);
}

string Predict(string prefix, int length, Parameter[] parameters)
{
    using var noGradient = GradientMode.Disable();
    var device = parameters[0].Value.Device;
    var H = Tensor.Zeros(device, 1, parameters[2].Value.Count);
    List<int> tokens = [.. vocabulary.Encode(Tokenizer.Characters.Tokenize(prefix))];
    var read = 0;
    while (true)
    {
        (var Y, H) = Rnn(Tensor.OneHot(Indices.From(device, [tokens[read]], 1, 1), vocabulary.Count), H, parameters);
        read++;
        if (read == tokens.Count)
        {
            if (length-- == 0)
            {
                return string.Concat(vocabulary.Decode(tokens));
            }
            tokens.Add(Y.ArgMax()[0]);
        }
    }
}

double Clip(Parameter[] parameters, double theta)
{
    var squares = 0.0;
    foreach (var parameter in parameters)
    {
        foreach (var g in parameter.Value.Gradient!.ToArray())
        {
            squares += (double)g * g;
        }
    }
    var norm = Math.Sqrt(squares);
    if (norm > theta)
    {
        var scale = (float)(theta / norm);
        foreach (var parameter in parameters)
        {
            parameter.Value.Gradient!.ScaleInPlace(scale);
        }
    }
    return norm;
}

double TrainEpoch(BatchSampler sampler, Parameter[] parameters, int epoch, TensorPool pool)
{
    var device = parameters[0].Value.Device;
    var H = Tensor.Zeros(device, BatchSize, hiddenUnits);
    var (sum, tokens) = (0.0, 0);
    foreach (var minibatch in sampler.Epoch(corpus.Tokens, RandomStream.Batching(Seed), epoch))
    {
        using var scope = pool.OpenScope(); // each minibatch takes up the memory of the one before
        if (!sampler.CarriesState)
        {
            H.ScaleInPlace(0);
        }
        var X = Tensor.OneHot(Indices.From(device, minibatch.X.Span, Steps, BatchSize), vocabulary.Count);
        var (Y, end) = Rnn(X, H, parameters);
        var loss = Tensor.SoftmaxCrossEntropy(Y, Indices.From(device, minibatch.Y.Span, Steps, BatchSize));
        foreach (var parameter in parameters)
        {
            parameter.Value.ClearGradient();
        }
        loss.Backward();
        Clip(parameters, theta: 1);
        Descend(parameters, learningRate: 1);
        H.CopyFrom(end);
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

(Parameter[] Parameters, double Perplexity) Train(Device device)
{
    var parameters = GetParameters(hiddenUnits, device);
    var sampler = new SequentialPartition(BatchSize, Steps);
    using var pool = new TensorPool(device);
    var tokens = sampler.Epoch(corpus.Tokens, RandomStream.Batching(Seed), epoch: 1).Sum(each => each.X.Length);
    var perplexity = TrainEpoch(sampler, parameters, 1, pool); // not timed: programs are compiled in it
    var start = TimeProvider.System.GetTimestamp();
    for (var epoch = 2; epoch <= epochs; epoch++)
    {
        perplexity = TrainEpoch(sampler, parameters, epoch, pool);
    }
    var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    Console.Error.WriteLine($"{HashOf(parameters)}, {(epochs - 1) * tokens / seconds, 7:N0} tokens/s, on {device}");
    return (parameters, perplexity);
}

var trained = new[] { Device.Cpu(threads: 1), Device.Default }.Concat(cards).Select(Train).ToArray();

Console.WriteLine($"perplexity after epoch {epochs}: {trained[^1].Perplexity:F3}");
Console.WriteLine($"SHA-256 of the weights: {HashOf(trained[^1].Parameters)}…");
Console.WriteLine(
    $"the same on every device: {trained.Select(each => HashOf(each.Parameters)).Distinct().Count() == 1}"
);
Console.WriteLine(Predict(text.Prefix, 50, trained[^1].Parameters));
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
