#:project Recurrent.Book/Recurrent.Book.csproj

// Sequence models (Dive into Deep Learning, 8.1): predict the next value of a series from the last four, and see how
// far into the future that carries.
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

// The model: two fully-connected layers with ReLU between them, 4 → 10 → 1.
#region The model
var hidden = new Linear(Tau, 10, RandomStream.Parameters(Seed).Fork(0));
var output = new Linear(10, 1, RandomStream.Parameters(Seed).Fork(1));
Parameter[] parameters =
[
    new("hidden.weight", hidden.Weight),
    new("hidden.bias", hidden.Bias),
    new("output.weight", output.Weight),
    new("output.bias", output.Bias),
];

Tensor Net(Tensor inputs) => output.Forward(Tensor.Relu(hidden.Forward(inputs))); // (n, τ) → (n, 1)
#endregion

// Training: in each epoch all examples once, 16 at a time in random order; squared loss; a step of Adam after each
// minibatch.
Chapter.Section("Training");

#region Training
const int BatchSize = 16;
var epochs = chapter.Quick ? 2 : 5;
var optimizer = new Adam(parameters);
for (var epoch = 1; epoch <= epochs; epoch++)
{
    int[] order = RandomStream.Batching(Seed).Fork((ulong)epoch).Permutation(Training);
    foreach (var batch in order.Chunk(BatchSize))
    {
        Tensor X = Tensor.From(
            batch.SelectMany(i => features[(i * Tau)..((i + 1) * Tau)]).ToArray(),
            batch.Length,
            Tau
        );
        Tensor Y = Tensor.From(batch.Select(i => labels[i]).ToArray(), batch.Length, 1);
        foreach (var parameter in parameters)
        {
            parameter.Value.ClearGradient();
        }
        Tensor.SquaredLoss(Net(X), Y).Backward();
        optimizer.Update(learningRate: 0.01);
    }
    var all = Net(Tensor.From(features.AsSpan(0, Training * Tau), Training, Tau));
    var loss = Tensor.SquaredLoss(all, Tensor.From(labels.AsSpan(0, Training), Training, 1));
    Console.WriteLine($"epoch {epoch}, loss: {loss.ToScalar():F4}");
}
#endregion

// One step ahead: from four observed values to the next. The noise cannot be foreseen, so no model's error can fall
// below 0.2 for long.
Chapter.Section("One step ahead");
using var noGradient = GradientMode.Disable(); // from here on nothing is trained
#region One step ahead
float[] oneStep = Net(Tensor.From(features, Examples, Tau)).ToArray(); // (examples), for times τ + 1 and on

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
    multiStep[i] = Net(Tensor.From(multiStep.AsSpan(i - Tau, Tau), 1, Tau)).ToScalar();
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
    columns.Add(Net(lastFour).ToArray());
}

int[] steps = [1, 4, 16, 64];
foreach (var k in steps)
{
    var c = Tau + k - 1;
    Console.WriteLine($"{k, 2} steps ahead: error {Error(columns[c], x.AsSpan(c, Starts)):F3}");
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

// A line of a chart: values at one time after the other.
static Series Curve(string name, int firstTime, float[] values) =>
    new(name, [.. values.Select((_, i) => (double)(firstTime + i))], [.. values.Select(v => (double)v)]);
