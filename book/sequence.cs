#:project Recurrent.Book/Recurrent.Book.csproj

// Sequence models (Dive into Deep Learning, 8.1): what a sequence's probability is made of, a chain that looks back one
// step, and a network that predicts the next value of a series from the last four, and how far that carries.
//
//   dotnet run book/sequence.cs

using Recurrent.Book;
using Recurrent.Layers;
using Recurrent.Optimizing;
using Recurrent.Pictures;
using Recurrent.Randomness;
using Recurrent.Tensors;

var chapter = Chapter.Open(args);
const long Seed = 1;

// The first picture of the book is a share index over some thirty years. This one is made: each day's price is the day
// before's, moved by a random part of itself. It looks like the real thing, and nobody needs to own the data.
Chapter.Section("A price");

#region A price
const int Days = 2500; // ten years of trading
var market = new RandomStream(Seed, 202);
double[] price = new double[Days]; // (days)
price[0] = 1000;
for (var day = 1; day < Days; day++)
{
    price[day] = price[day - 1] * Math.Exp(0.0004 + (0.012 * market.Normal((ulong)day)));
}
double[] change = [.. price.Skip(1).Zip(price, (today, yesterday) => 100 * Math.Log(today / yesterday))]; // %

foreach (var (name, half) in new[] { ("first", ..(Days / 2)), ("second", (Days / 2)..(Days - 1)) })
{
    var (prices, changes) = (price[half], change[half]);
    Console.WriteLine(
        $"{name, -6} half: mean price {prices.Average(), 6:F0}; daily change: mean {changes.Average():F2} %, "
            + $"deviation {Math.Sqrt(changes.Average(c => c * c) - Math.Pow(changes.Average(), 2)):F2} %"
    );
}
#endregion

chapter.Show(
    "sequence-price",
    new LineChart(
        "A price over ten years (made by this program)",
        new Axis("time (days)"),
        new Axis("price"),
        new Series("", [.. Enumerable.Range(1, Days).Select(day => (double)day)], price)
    )
);

// A latent autoregressive model keeps a summary h of the past: it predicts x from h, and then takes x into h.
List<DiagramNode> nodes = [];
List<DiagramArrow> arrows = [];
string[] times = ["t−1", "t", "t+1"];
for (var i = 0; i < times.Length; i++)
{
    nodes.Add(new($"prediction{i}", i + 1, 0, $"x̂_{{{times[i]}}}") { Shape = NodeShape.Circle, Colour = 1 });
    nodes.Add(new($"state{i}", i + 1, 1, $"h_{{{times[i]}}}") { Shape = NodeShape.Circle, Colour = 0 });
    nodes.Add(new($"input{i}", i + 0.5, 2, $"x_{{{(i == 0 ? "t−2" : times[i - 1])}}}") { Shape = NodeShape.Circle });
    arrows.Add(new(i == 0 ? "before" : $"state{i - 1}", $"state{i}"));
    arrows.Add(new($"input{i}", $"state{i}", i == 0 ? "" : "g"));
    arrows.Add(new($"state{i}", $"prediction{i}"));
}
nodes.AddRange([
    new("before", 0, 1, "…") { Shape = NodeShape.None },
    new("after", times.Length + 1, 1, "…") { Shape = NodeShape.None },
]);
arrows.Add(new($"state{times.Length - 1}", "after"));
chapter.Show("sequence-latent", new Diagram("A latent autoregressive model", nodes, arrows));

// A Markov chain of first order looks back one step: where it goes depends on where it is, and not on how it came
// there. This one is the weather of a town: the probabilities from one day to the next, and some years of days.
Chapter.Section("A Markov chain");

#region A Markov chain
string[] weather = ["sun", "cloud", "rain"];
double[][] P = // P[i][j]: the probability of j tomorrow where today is i
[
    [0.7, 0.2, 0.1],
    [0.3, 0.4, 0.3],
    [0.2, 0.4, 0.4],
];
int[] days = new int[chapter.Quick ? 10_000 : 100_000];
var chance = new RandomStream(Seed, 300);
for (var t = 1; t < days.Length; t++)
{
    var (row, u) = (P[days[t - 1]], chance.Uniform((ulong)t));
    days[t] =
        u < row[0] ? 0
        : u < row[0] + row[1] ? 1
        : 2;
}

// How often one follows the other, of all days that fit the condition.
double Share(Func<int, bool> isSo, Func<int, bool> given)
{
    int[] fit = [.. Enumerable.Range(1, days.Length - 2).Where(given)];
    return fit.Count(isSo) / (double)fit.Length;
}

int[] week = [2, 2, 1, 0]; // rain, rain, cloud, sun
var factors = week.Zip(week.Skip(1), (today, tomorrow) => P[today][tomorrow]).ToArray();
Console.WriteLine(
    $"{string.Join(", ", week.Select(day => weather[day]))}, given the first: "
        + $"{string.Join(" · ", factors.Select(factor => $"{factor:F1}"))} = {factors.Aggregate((p, q) => p * q):F3}"
);
Console.WriteLine("probability of rain tomorrow where today is cloud, in the chain: 0.300");
for (var i = 0; i < weather.Length; i++)
{
    var share = Share(t => days[t + 1] == 2, t => days[t] == 1 && days[t - 1] == i);
    Console.WriteLine($"counted where yesterday was {weather[i], -5}: {share:F3}");
}
#endregion

// Two days ahead it does not matter which of the three the day between is: sum over them. Three days ahead sum again,
// over the results of two: this is dynamic programming, and its work grows with the days, not with the ways.
Chapter.Section("Dynamic programming");

#region Dynamic programming
double[] OneDayOn(double[] today) => // (3) → (3)
    [.. weather.Select((_, j) => weather.Select((_, i) => today[i] * P[i][j]).Sum())];

Console.WriteLine("days after rain    sun  cloud   rain   rain, counted   products         ways");
double[] ahead = [0, 0, 1]; // today it rains
for (var k = 1; k <= 16; k++)
{
    ahead = OneDayOn(ahead);
    if (k is 1 or 2 or 4 or 16)
    {
        var counted = Share(t => days[t + k] == 2, t => t + k < days.Length && days[t] == 2);
        Console.WriteLine(
            $"{k, 15}  {ahead[0]:F3}  {ahead[1]:F3}  {ahead[2]:F3}           {counted:F3}   {9 * k, 8} "
                + $"{Math.Pow(3, k - 1), 12:N0}"
        );
    }
}
#endregion

// The series: a sine wave of a thousand points, disturbed by noise of standard deviation 0.2. x[i] is the value at time
// i + 1.
Chapter.Section("The series");

#region The series
const int T = 1000;
var noise = new RandomStream(Seed, 100);
float[] x = new float[T]; // (T)
for (var i = 0; i < T; i++)
{
    x[i] = (float)Math.Sin(0.01 * (i + 1)) + (0.2f * noise.Normal((ulong)i));
}

Console.WriteLine($"the first five: {string.Join(' ', x[..5].Select(v => $"{v:F3}"))}");
#endregion

Axis time = new("time (steps)");
Axis value = new("x");
chapter.Show("sequence-series", new LineChart("A sine wave with noise", time, value, Curve("", 1, x)));

// An autoregressive model sees the last τ values and nothing before them. Each τ values are the features of one
// example, and the value that comes next is its label. The first 600 examples are for training; the model never sees
// the labels of the others.
Chapter.Section("Features and labels");

#region Features and labels
const int Tau = 4;
const int Examples = T - Tau;
const int Training = 600;
float[] features = new float[Examples * Tau]; // (examples, τ)
float[] labels = x[Tau..]; // (examples)
for (var i = 0; i < Examples; i++)
{
    x.AsSpan(i, Tau).CopyTo(features.AsSpan(i * Tau));
}

Console.WriteLine($"{Examples} examples of {Tau} features, the first {Training} for training");
#endregion

// The model: two fully-connected layers with ReLU between them, 4 → 10 → 1. As in the book the weights begin at
// Xavier's values, which keep what goes through a layer of one size, there and back; biases begin as PyTorch has them.
#region The model
Parameter[] NewNet(int inputs, int hidden) =>
    [.. Layer("hidden", inputs, hidden, fork: 0), .. Layer("output", hidden, 1, fork: 2)];

Parameter[] Layer(string name, int inputs, int outputs, ulong fork)
{
    var (random, xavier) = (RandomStream.Parameters(Seed), Math.Sqrt(6.0 / (inputs + outputs)));
    return
    [
        new($"{name}.weight", Drawn(random.Fork(fork), xavier, outputs, inputs)),
        new($"{name}.bias", Drawn(random.Fork(fork + 1), 1 / Math.Sqrt(inputs), outputs)),
    ];
}

static Tensor Drawn(RandomStream random, double bound, params int[] shape) => // from U(−bound, bound)
    Tensor.Uniform(random, (float)bound, shape).RequireGradient();

static Tensor Predict(Parameter[] net, Tensor inputs) // (n, τ) → (n, 1)
{
    Tensor hidden = Tensor.Relu(Tensor.Linear(inputs, net[0].Value, net[1].Value));
    return Tensor.Linear(hidden, net[2].Value, net[3].Value);
}
#endregion

// Training: in each epoch all examples once, 16 at a time in random order; squared loss; a step of Adam after each
// minibatch.
Chapter.Section("Training");

#region Training
const int BatchSize = 16;
var epochs = chapter.Quick ? 2 : 5;

IEnumerable<float> Train(Parameter[] net, float[] features, float[] labels, int epochs, double learningRate = 0.01)
{
    var width = features.Length / labels.Length;
    var optimizer = new Adam(net);
    for (var epoch = 1; epoch <= epochs; epoch++)
    {
        int[] order = RandomStream.Batching(Seed).Fork((ulong)epoch).Permutation(labels.Length);
        foreach (var batch in order.Chunk(BatchSize))
        {
            float[] rows = [.. batch.SelectMany(i => features[(i * width)..((i + 1) * width)])];
            Tensor X = Tensor.From(rows, batch.Length, width);
            Tensor Y = Tensor.From(batch.Select(i => labels[i]).ToArray(), batch.Length, 1);
            foreach (var parameter in net)
            {
                parameter.Value.ClearGradient();
            }
            Tensor.SquaredLoss(Predict(net, X), Y).Backward();
            optimizer.Update(learningRate);
        }
        yield return Loss(net, features, labels);
    }
}

static float Loss(Parameter[] net, float[] features, float[] labels)
{
    var inputs = Tensor.From(features, labels.Length, features.Length / labels.Length);
    return Tensor.SquaredLoss(Predict(net, inputs), Tensor.From(labels, labels.Length, 1)).ToScalar();
}

var net = NewNet(Tau, 10);
var (seen, right) = (features[..(Training * Tau)], labels[..Training]);
foreach (var (epoch, loss) in Train(net, seen, right, epochs).Index())
{
    Console.WriteLine($"epoch {epoch + 1}, loss: {loss:F4}");
}
#endregion

// Does the loss go on falling? From these weights and from those that PyTorch would begin with, for longer, and with
// smaller steps.
Chapter.Section("When a loss rises");

#region When a loss rises
Watch("PyTorch's weights", PyTorchNet(), 0.01);
Watch("Xavier's weights", NewNet(Tau, 10), 0.01);
Watch("smaller steps", NewNet(Tau, 10), 0.001);

void Watch(string name, Parameter[] net, double rate)
{
    float[] losses = [.. Train(net, seen, right, chapter.Quick ? 2 : 40, rate)];
    var rises = losses.Zip(losses.Skip(1), (before, after) => after > before).Count(isRise => isRise);
    var late = losses[(losses.Length / 2)..];
    Console.WriteLine(
        $"{name, -17} at {rate, -5}: {string.Join(' ', losses.Take(5).Select(loss => $"{loss:F4}"))}; "
            + $"of {losses.Length} epochs {rises, 2} end higher; in the second half {late.Min():F4} to {late.Max():F4}"
    );
}

static Parameter[] PyTorchNet()
{
    var (hidden, output) = (
        new Linear(Tau, 10, RandomStream.Parameters(Seed).Fork(0)),
        new Linear(10, 1, RandomStream.Parameters(Seed).Fork(1))
    );
    return [.. hidden.Parameters, .. output.Parameters];
}
#endregion

// One step ahead: from four observed values to the next. The noise cannot be foreseen, so no model's error can fall
// below 0.2 for long.
Chapter.Section("One step ahead");
#region One step ahead
float[] oneStep = Predict(net, Tensor.From(features, Examples, Tau)).ToArray(); // (examples), for times τ + 1 and on

Console.WriteLine($"error while training: {Error(oneStep.AsSpan(..Training), labels.AsSpan(..Training)):F3}");
Console.WriteLine($"error after it:       {Error(oneStep.AsSpan(Training..), labels.AsSpan(Training..)):F3}");

// The root of the mean squared difference.
static double Error(ReadOnlySpan<float> predictions, ReadOnlySpan<float> observed)
{
    var sum = 0.0;
    for (var i = 0; i < observed.Length; i++)
    {
        sum += (predictions[i] - observed[i]) * (double)(predictions[i] - observed[i]);
    }
    return Math.Sqrt(sum / observed.Length);
}
#endregion

chapter.Show(
    "sequence-one-step",
    new LineChart("One step ahead", time, value, Curve("observed", 1, x), Curve("one step ahead", Tau + 1, oneStep))
);

// But suppose that the data end at time 604. Then the model has to go on from its own predictions, and what it got
// wrong becomes its input. Its errors pile up, and after a few steps the curve has nothing to do with the sine any
// more.
Chapter.Section("Many steps ahead");

#region Many steps ahead
float[] multiStep = [.. x[..(Training + Tau)], .. new float[T - Training - Tau]]; // (T)
for (var i = Training + Tau; i < T; i++)
{
    multiStep[i] = Predict(net, Tensor.From(multiStep.AsSpan(i - Tau, Tau), 1, Tau)).ToScalar();
}

foreach (var t in new[] { 605, 610, 625, 650, 700, 800, 1000 })
{
    Console.WriteLine($"time {t, 4}: predicted {multiStep[t - 1], 6:F3}, sine {Math.Sin(0.01 * t), 6:F3}");
}
Console.WriteLine($"error: {Error(multiStep.AsSpan(Training + Tau), x.AsSpan(Training + Tau)):F3}");
#endregion

chapter.Show(
    "sequence-many-steps",
    new LineChart(
        "Many steps ahead",
        time,
        value,
        Curve("observed", 1, x),
        Curve("one step ahead", Tau + 1, oneStep),
        Curve("from its own predictions", Training + Tau + 1, multiStep[(Training + Tau)..])
    )
);

// How far, then? From every four neighbours in the series predict the next 64 values, all places of the series at once,
// and look at the predictions 1, 4, 16 and 64 steps ahead.
Chapter.Section("k steps ahead");

#region k steps ahead
const int MaxSteps = 64;
const int Starts = T - Tau - MaxSteps + 1;

// Each (starts): column c is c places after the start, observed where c < τ and predicted from there on.
List<float[]> columns = [];
for (var c = 0; c < Tau; c++)
{
    columns.Add(x[c..(c + Starts)]);
}
for (var c = Tau; c < Tau + MaxSteps; c++)
{
    Tensor lastFour = Tensor.Concatenate(
        [.. columns[^Tau..].Select(column => Tensor.From(column, Starts, 1))],
        axis: 1
    );
    columns.Add(Predict(net, lastFour).ToArray());
}

int[] steps = [1, 4, 16, 64];
foreach (var k in steps)
{
    var c = Tau + k - 1;
    Console.WriteLine(
        $"{k, 2} {(k == 1 ? "step " : "steps")} ahead: error {Error(columns[c], x.AsSpan(c, Starts)):F3}"
    );
}
#endregion

chapter.Show(
    "sequence-k-steps",
    new LineChart(
        "k steps ahead",
        time,
        value,
        [.. steps.Select(k => Curve($"{k} ahead", Tau + k, columns[Tau + k - 1]))]
    )
);

// Exercises: how far back should the model look; what do the means of older values add; how large a network does it
// take?
Chapter.Section("Exercises");

#region Exercises
// The error one step ahead after time 600, of a network trained before it.
double ErrorOf(int back, int mean = 1, int hidden = 10)
{
    var first = back * mean;
    float[] inputs = // each the mean of so many neighbours
    [
        .. from t in Enumerable.Range(first, T - first)
        from place in Enumerable.Range(0, back)
        select x.AsSpan(t - first + (place * mean), mean).ToArray().Average(),
    ];
    float[] answers = x[first..];
    var (net, split) = (NewNet(back, hidden), Training);
    _ = Train(net, inputs[..(split * back)], answers[..split], chapter.Quick ? 1 : 30, 0.001).Last();
    float[] predicted = Predict(net, Tensor.From(inputs, answers.Length, back)).ToArray();
    return Error(predicted.AsSpan(split..), answers.AsSpan(split..));
}

foreach (var back in new[] { 1, 2, 4, 8, 16, 32 })
{
    Console.WriteLine($"the last {back, 2} values: error {ErrorOf(back):F3}");
}
foreach (var mean in new[] { 2, 4, 8 })
{
    Console.WriteLine($"4 means of {mean} values each, of the last {4 * mean, 2}: error {ErrorOf(4, mean):F3}");
}
foreach (var hidden in new[] { 2, 10, 100 })
{
    Console.WriteLine($"the last 4 values, {hidden, 3} hidden units: error {ErrorOf(4, 1, hidden):F3}");
}

// Without noise two values are enough: sin(a + b) + sin(a − b) = 2 cos b · sin a.
double[] pure = [.. Enumerable.Range(1, T).Select(t => Math.Sin(0.01 * t))];
var worst = Enumerable.Range(2, T - 2).Max(t => Math.Abs((2 * Math.Cos(0.01) * pure[t - 1]) - pure[t - 2] - pure[t]));
Console.WriteLine($"the sine by its last two values: the error is below 1E-12: {worst < 1e-12}");
#endregion

// A line of a chart: values at one time after the other.
static Series Curve(string name, int firstTime, float[] values) =>
    new(name, [.. values.Select((_, i) => (double)(firstTime + i))], [.. values.Select(v => (double)v)]);
