#:project Recurrent.Book/Recurrent.Book.csproj

// Gated recurrent units (Dive into Deep Learning, 9.1): a recurrent network that decides what to keep and what to
// forget.
//
//   dotnet run book/gru.cs

using System.Collections.Concurrent;
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
var corpus = Corpus.FromText(text.Content, text.Options with { MaxTokens = chapter.Quick ? 2_000 : 10_000 });
var vocabularySize = corpus.Vocabulary.Count; // V
var hiddenSize = chapter.Quick ? 16 : 256; // H
Console.WriteLine(
    $"{corpus.Tokens.Length:N0} characters, {vocabularySize} vocabulary entries, {hiddenSize} hidden units"
);

// Trainings that do not depend on each other run side by side, one thread each.
static T[] SideBySide<T>(params Func<T>[] runs) =>
    [
        .. Partitioner
            .Create(runs, loadBalance: true)
            .AsParallel()
            .AsOrdered()
            .WithDegreeOfParallelism(2)
            .Select(run => run()),
    ];

// What a network should be able to do with what it has read: keep it, skip what does not matter, and drop all of it
// where something new begins. A sequence of each task ends in the question which of a and b it was.
Chapter.Section("Keep, skip, reset");

#region Keep, skip, reset
const int Break = 2; // a is 0 and b is 1
const int Signs = 8; // 3 to 7 mean nothing

// A sequence (length) and its answer.
(int[] Sequence, int Answer) Keep(Func<int, int> draw, int length) // the first of many
{
    int[] sequence = [.. Enumerable.Range(0, length).Select(_ => draw(2))];
    return (sequence, sequence[0]);
}
(int[] Sequence, int Answer) Skip(Func<int, int> draw, int length) // the second of two, among signs without a meaning
{
    int[] sequence = [.. Enumerable.Range(0, length).Select(_ => Break + 1 + draw(Signs - Break - 1))];
    var first = draw((length / 2) - 1);
    (sequence[first], sequence[first + 1 + draw((length / 2) - first)]) = (draw(2), draw(2));
    return (sequence, sequence.Last(sign => sign < Break));
}
(int[] Sequence, int Answer) Reset(Func<int, int> draw, int length) // the first after the last break
{
    var (sequence, _) = Keep(draw, length);
    sequence[draw(length / 2)] = Break;
    sequence[draw(length / 2)] = Break;
    return (sequence, sequence[Array.LastIndexOf(sequence, Break) + 1]);
}

// The share of right answers to unseen questions after so many updates.
double Learn(string unit, Func<Func<int, int>, int, (int[] Sequence, int Answer)> task, int length)
{
    const int Batch = 64;
    var (drawn, random, own) = (0ul, RandomStream.Batching(seed: 1), Device.Cpu(threads: 1));
    var layer = new RecurrentLayers(
        unit == "plain" ? "rnn" : "gru",
        Signs,
        32,
        RandomStream.Parameters(seed: 1),
        device: own
    );
    var answer = new Linear(32, 2, RandomStream.Parameters(seed: 2), device: own);
    Parameter[] parameters = [.. layer.Parameters, .. answer.Parameters];
    if (unit == "open GRU")
    {
        OpenUpdateGates(parameters, 32);
    }
    var optimizer = new Adam(parameters);
    var rounds = chapter.Quick ? 4 : 1_000;
    using var pool = new TensorPool(own);
    for (var round = 0; round < rounds; round++)
    {
        using var scope = pool.OpenScope();
        var (logits, answers) = Ask(Batch);
        foreach (var parameter in parameters)
        {
            parameter.Value.ClearGradient();
        }
        Tensor.SoftmaxCrossEntropy(logits, answers).Backward();
        GradientClipping.ByGlobalNorm(parameters, maxNorm: 1);
        optimizer.Update(learningRate: 0.005);
    }
    using (GradientMode.Disable())
    {
        var (logits, answers) = Ask(2000);
        return logits.ArgMax().Zip(answers, (guess, right) => guess == right ? 1.0 : 0).Average();
    }

    (Tensor Logits, int[] Answers) Ask(int questions)
    {
        var asked = Enumerable
            .Range(0, questions)
            .Select(_ => task(bound => random.Below(bound, drawn++), length))
            .ToArray();
        int[] signs = [.. asked.SelectMany(one => one.Sequence)];
        var read = Indices.Transposed(own, signs, questions, length); // (steps, questions)
        var (states, _) = layer.Forward(read, layer.ZeroState(questions));
        return (answer.Forward(states[length - 1]), [.. asked.Select(one => one.Answer)]);
    }
}

// A first bias of 2: the update gates let 88% of the state through, until training teaches them otherwise.
static void OpenUpdateGates(IReadOnlyList<Parameter> parameters, int hiddenSize)
{
    var bias = parameters[2].Value; // of R, Z and the candidate
    float[] values = bias.ToArray();
    values.AsSpan(hiddenSize, hiddenSize).Fill(2);
    bias.CopyFrom(Tensor.From(bias.Device, values, values.Length));
}

int[] lengths = [10, 20, 40];
string[] kinds = ["plain", "GRU", "open GRU"];
(string Name, Func<Func<int, int>, int, (int[], int)> Task)[] tasks =
[
    ("keep", Keep),
    ("skip", Skip),
    ("reset", Reset),
];
var learnt = SideBySide<double>([
    .. from task in tasks
    from kind in kinds
    from length in lengths
    select (Func<double>)(() => Learn(kind, task.Task, length)),
]);
Console.WriteLine($"right answers after steps  {string.Join("  ", lengths.Select(length => $"{length, 5}"))}");
foreach (var (i, row) in learnt.Chunk(lengths.Length).Index())
{
    var name = $"{tasks[i / kinds.Length].Name}, {kinds[i % kinds.Length]}";
    Console.WriteLine($"{name, -25}  {string.Join("  ", row.Select(share => $"{100 * share, 4:F0}%"))}");
}
#endregion

chapter.Show(
    "gru-cell",
    new Diagram(
        "A gated recurrent unit",
        [
            new("H", 0, 0, "H_{t−1}") { Colour = 0 },
            new("X", 2, 4, "X_{t}"),
            new("R", 1, 2, "R_{t}\nσ") { Colour = 1 },
            new("Z", 4, 2, "Z_{t}\nσ") { Colour = 1 },
            new("RH", 1, 1, "⊙") { Shape = NodeShape.Circle },
            new("candidate", 2, 2, "H̃_{t}\ntanh") { Colour = 2 },
            new("ZH", 4, 0, "⊙") { Shape = NodeShape.Circle },
            new("ZC", 4.5, 1, "⊙") { Shape = NodeShape.Circle },
            new("sum", 5, 0, "+") { Shape = NodeShape.Circle },
            new("next", 6, 0, "H_{t}") { Colour = 0 },
        ],
        new("X", "R"),
        new("X", "candidate"),
        new("X", "Z"),
        new("H", "R"),
        new("H", "Z"),
        new("H", "RH"),
        new("R", "RH"),
        new("RH", "candidate"),
        new("H", "ZH"),
        new("Z", "ZH"),
        new("Z", "ZC", "1 − Z_{t}"),
        new("candidate", "ZC"),
        new("ZH", "sum"),
        new("ZC", "sum"),
        new("sum", "next")
    )
);

// A gated recurrent unit has two gates, both functions of the input and of the state, with values between 0 and 1: the
// reset gate R says how much of the old state is seen while a candidate for the new state is made, and the update gate
// Z how much of the old state stays. Each of them, and the candidate, has weights for the input, weights for the state
// and a bias; the output layer has weights and a bias. The weights begin as the book's, from N(0, 0.01²).
Chapter.Section("Parameters");

var device = Device.Cpu(threads: 1);

#region Parameters
static IReadOnlyList<Parameter> GruParameters(Device device, int vocabularySize, int hiddenSize, RandomStream random)
{
    var drawn = 0ul;
    Tensor Normal(int rows, int columns) => Tensor.Normal(device, random.Fork(drawn++), 0.01f, rows, columns);

    List<Parameter> parameters = [];
    foreach (var part in new[] { "z", "r", "h" }) // update gate, reset gate, candidate
    {
        parameters.Add(new($"W_x{part}", Normal(vocabularySize, hiddenSize)));
        parameters.Add(new($"W_h{part}", Normal(hiddenSize, hiddenSize)));
        parameters.Add(new($"b_{part}", Tensor.Zeros(device, hiddenSize)));
    }
    parameters.Add(new("W_hq", Normal(hiddenSize, vocabularySize)));
    parameters.Add(new("b_q", Tensor.Zeros(device, vocabularySize)));
    return parameters;
}

foreach (var (name, value) in GruParameters(device, vocabularySize, hiddenSize, RandomStream.Parameters(seed: 1)))
{
    Console.WriteLine($"  {name, -5} {value.Shape}");
}
#endregion

// One step is its equations. X is (batch, V), one-hot; H is (batch, H); * multiplies element by element.
#region Step
static (Tensor Z, Tensor R, Tensor H) Unit(Tensor X, Tensor H, IReadOnlyList<Tensor> parameters)
{
    var (W_xz, W_hz, b_z) = (parameters[0], parameters[1], parameters[2]);
    var (W_xr, W_hr, b_r) = (parameters[3], parameters[4], parameters[5]);
    var (W_xh, W_hh, b_h) = (parameters[6], parameters[7], parameters[8]);

    var Z = Tensor.Sigmoid(Tensor.MatMul(X, W_xz) + Tensor.MatMul(H, W_hz) + b_z);
    var R = Tensor.Sigmoid(Tensor.MatMul(X, W_xr) + Tensor.MatMul(H, W_hr) + b_r);
    var candidate = Tensor.Tanh(Tensor.MatMul(X, W_xh) + Tensor.MatMul(R * H, W_hh) + b_h);
    return (Z, R, Z * H + (1 - Z) * candidate);
}

static (Tensor Y, ModelState State) GruStep(Tensor X, ModelState state, IReadOnlyList<Tensor> parameters)
{
    var (_, _, H) = Unit(X, state.Parts[0], parameters);
    var (W_hq, b_q) = (parameters[9], parameters[10]);
    return (Tensor.MatMul(H, W_hq) + b_q, new ModelState(H));
}
#endregion

// What the gates can do is seen at their ends. A bias of 100 opens a gate, and one of −100 shuts it.
Chapter.Section("Gates at their ends");

#region Gates at their ends
using (GradientMode.Disable())
{
    Tensor[] p =
    [
        .. GruParameters(device, vocabularySize, hiddenSize, new RandomStream(5, 0)).Select(one => one.Value),
    ];
    foreach (var place in new[] { 0, 1, 3, 4, 6, 7 })
    {
        p[place].ScaleInPlace(5); // weights that are not small any more
    }
    var steps = corpus.Tokens.Span[..100].ToArray();
    var X = Tensor.OneHot(Indices.From(device, steps, steps.Length, 1), vocabularySize);
    var start = Tensor.Normal(device, new RandomStream(6, 0), 1, 1, hiddenSize);

    Tensor Run(float update, float reset, Tensor H)
    {
        p[2].CopyFrom(Filled(update));
        p[5].CopyFrom(Filled(reset));
        for (var t = 0; t < steps.Length; t++)
        {
            (_, _, H) = Unit(X[t], H, p);
        }
        return H;
    }
    Tensor Filled(float value) => Tensor.From(device, Enumerable.Repeat(value, hiddenSize).ToArray(), hiddenSize);

    var kept = Run(update: 100, reset: 0, start);
    Console.WriteLine($"Z = 1:        after 100 steps H is still the first: {Difference(kept, start):0.0E0} apart");
    var plain = start;
    for (var t = 0; t < steps.Length; t++)
    {
        plain = Tensor.Tanh(Tensor.MatMul(X[t], p[6]) + Tensor.MatMul(plain, p[7]) + p[8]);
    }
    var asPlain = Run(update: -100, reset: 100, start);
    Console.WriteLine($"Z = 0, R = 1: from a plain recurrent network {Difference(asPlain, plain):0.0E0} apart");
    var one = Run(update: -100, reset: -100, start);
    var other = Run(update: -100, reset: -100, Tensor.Zeros(device, 1, hiddenSize));
    Console.WriteLine($"Z = 0, R = 0: from two different first states {Difference(one, other):0.0E0} apart");
}

static float Difference(Tensor x, Tensor y) => x.ToArray().Zip(y.ToArray(), (a, b) => Math.Abs(a - b)).Max();
#endregion

// The loop over time, the training and the prediction know nothing of gates: the chapter's network takes the parameters
// and the step as functions, and everything else stays as it was for the plain network. Beside it the library's two
// layers: the GRU as PyTorch has it, and the plain recurrent network.
#region Models
var scratch = new RnnFromScratch(
    new ModelConfiguration { VocabularySize = vocabularySize, HiddenSize = hiddenSize },
    RandomStream.Parameters(seed: 1),
    parameters: (V, H, random) => GruParameters(device, V, H, random),
    initialState: (batch, H) => new ModelState(Tensor.Zeros(device, batch, H)),
    step: GruStep
);

ILanguageModel Concise(string kind, int hiddenSize) =>
    LanguageModel.Create(
        new ModelConfiguration
        {
            Kind = kind,
            VocabularySize = vocabularySize,
            HiddenSize = hiddenSize,
        },
        RandomStream.Parameters(seed: 1),
        Device.Cpu(threads: 1)
    );

var (gru, rnn) = (Concise("gru", hiddenSize), Concise("rnn", hiddenSize));
#endregion

Chapter.Section("Before training");

#region Before training
string[] prefixes = [text.Prefix, text.Prefix[(text.Prefix.TrimEnd().LastIndexOf(' ') + 1)..]];

string Predict(ILanguageModel model, string prefix) =>
    prefix
    + new TextGenerator(model, corpus.Codec, SamplingOptions.Greedy with { AllowsUnknown = true }).Generate(
        prefix,
        length: 50
    );

Console.WriteLine($"from scratch: {Predict(scratch, text.Prefix)}");
Console.WriteLine($"concise:      {Predict(gru, text.Prefix)}");
#endregion

Chapter.Section("Training");

#region Training
List<double> Train(ILanguageModel model, int epochs, double learningRate = 1)
{
    var options = new TrainerOptions
    {
        BatchSize = 32,
        Steps = 35,
        LearningRate = learningRate,
        ClipNorm = 1,
        Epochs = chapter.Quick ? 2 : epochs,
    };
    var reports = new Trainer(model, corpus.Tokens, options).Run().ToList();
    var seconds = reports.Sum(report => report.Elapsed.TotalSeconds);
    Console.Error.WriteLine($"{model.Configuration.Kind} {model.Configuration.HiddenSize}: {seconds:F1} s");
    return [.. reports.Select(report => report.Perplexity)];
}

var perplexity = SideBySide(() => Train(scratch, 500), () => Train(gru, 500), () => Train(rnn, 500));

Console.WriteLine("epoch  from scratch  concise  plain");
foreach (var epoch in chapter.Quick ? [1, 2] : (int[])[1, 50, 100, 150, 200, 250, 300, 350, 400, 450, 500])
{
    var row = perplexity.Select(epochs => epochs[epoch - 1]).ToArray();
    Console.WriteLine($"{epoch, 5}  {row[0], 12:F2}  {row[1], 7:F2}  {row[2], 5:F2}");
}
(string Name, ILanguageModel Model)[] trained = [("from scratch", scratch), ("concise", gru), ("plain", rnn)];
foreach (var (name, model) in trained)
{
    foreach (var prefix in prefixes)
    {
        Console.WriteLine($"{name, -12}  {Predict(model, prefix)}");
    }
}
#endregion

chapter.Show(
    "gru-perplexity",
    new LineChart(
        "Perplexity of each epoch, 256 hidden units",
        new Axis("epoch"),
        new Axis("perplexity") { IsLogarithmic = true },
        [
            Curve.PerEpoch("GRU, from scratch", perplexity[0]),
            Curve.PerEpoch("GRU, concise", perplexity[1]),
            Curve.PerEpoch("plain recurrent network", perplexity[2]),
        ]
    )
);

// The library's layer does all time steps of a minibatch in one operator. "gru-reset-before" is the book's unit. "gru"
// is PyTorch's, whose reset gate acts on the product H·W_hh, not on H before it, and which has a bias for that product.
Chapter.Section("The layer is the same unit");

#region The layer
using (GradientMode.Disable())
{
    Tensor[] p = [.. scratch.Parameters.Select(parameter => parameter.Value)];
    var layer = new RecurrentLayers("gru-reset-before", vocabularySize, hiddenSize, new(1, 0), device: device);
    // The layer keeps the weights of a kind in one matrix, transposed: the rows of R, then Z, then the candidate.
    int[] order = [3, 0, 6]; // where the weights of a part begin
    Copy("weight_ih_l0", [.. order.Select(i => Tensor.Transpose(p[i]))]);
    Copy("weight_hh_l0", [.. order.Select(i => Tensor.Transpose(p[i + 1]))]);
    Copy("bias_ih_l0", [.. order.Select(i => p[i + 2])]);
    Copy("bias_hh_l0", [Tensor.Zeros(device, 3 * hiddenSize)]);

    var (steps, batch) = (35, 2);
    var tokens = Indices.From(device, corpus.Tokens.Span[..(steps * batch)], steps, batch);
    var (outputs, _) = layer.Forward(tokens, layer.ZeroState(batch));
    var X = Tensor.OneHot(tokens, vocabularySize);
    var H = Tensor.Zeros(device, batch, hiddenSize);
    var largest = 0f;
    for (var t = 0; t < steps; t++)
    {
        (_, _, H) = Unit(X[t], H, p);
        largest = Math.Max(largest, Difference(H, outputs[t]));
    }
    Console.WriteLine($"outputs of the layer {outputs.Shape}; of the loop: the same to {largest:0E-0}");

    void Copy(string name, Tensor[] parts) =>
        layer.Parameters.First(parameter => parameter.Name == name).Value.CopyFrom(Tensor.Concatenate(parts));
}
foreach (var (name, value) in gru.Parameters)
{
    Console.WriteLine($"  {name, -17} {value.Shape}");
}
#endregion

// How far back does the loss after the last of 100 steps feel its inputs? The gradient with respect to the input of
// each step says so.
Chapter.Section("How far gradients reach");

#region How far gradients reach
double[] Reach(ILanguageModel model) // the gradient's norm, by how many steps the input lies back (steps)
{
    const int Steps = 100;
    var rows = Math.Min(90, (corpus.Tokens.Length - 1) / Steps);
    var own = model.Parameters[0].Value.Device;
    var layer = new RecurrentLayers(model.Configuration.Kind, vocabularySize, hiddenSize, default, device: own);
    foreach (var (mine, theirs) in layer.Parameters.Zip(model.Parameters))
    {
        mine.Value.CopyFrom(theirs.Value);
    }
    var read = Indices.Transposed(own, corpus.Tokens.Span[..(rows * Steps)], rows, Steps); // (steps, rows)
    int[] next = [.. Enumerable.Range(1, rows).Select(row => corpus.Tokens.Span[row * Steps])];
    var (W, b) = (model.Parameters[^2].Value, model.Parameters[^1].Value);
    var X = Tensor.OneHot(read, vocabularySize).RequireGradient(); // (steps, rows, V)
    var (states, _) = layer.Forward(X, layer.ZeroState(rows));
    Tensor.SoftmaxCrossEntropy(Tensor.Linear(states[Steps - 1], W, b), next).Backward();
    return
    [
        .. Enumerable
            .Range(0, Steps)
            .Select(back => Math.Sqrt(X.Gradient![Steps - 1 - back].ToArray().Sum(g => (double)g * g))),
    ];
}

var open = Concise("gru", hiddenSize);
OpenUpdateGates(open.Parameters, hiddenSize);
(string Name, double[] Norms)[] reach =
[
    ("plain, untrained", Reach(Concise("rnn", hiddenSize))),
    ("GRU, untrained", Reach(Concise("gru", hiddenSize))),
    ("open, untrained", Reach(open)),
    ("plain, trained", Reach(rnn)),
    ("GRU, trained", Reach(gru)),
];
int[] distances = [0, 5, 10, 20, 50, 99];
Console.WriteLine("steps back        " + string.Join("  ", distances.Select(k => $"{k, 7}")));
foreach (var (name, norms) in reach)
{
    Console.WriteLine($"{name, -16}  {string.Join("  ", distances.Select(k => $"{norms[k], 7:0.0E-0}"))}");
}
#endregion

chapter.Show(
    "gru-gradients",
    new LineChart(
        "The gradient of a loss with respect to earlier inputs",
        new Axis("steps back"),
        new Axis("norm of the gradient") { IsLogarithmic = true, Minimum = 1e-8 },
        [
            .. reach.Select(one => new Series(
                one.Name,
                [.. Enumerable.Range(0, one.Norms.Length).Where(k => one.Norms[k] > 1e-8).Select(k => (double)k)],
                [.. one.Norms.Where(norm => norm > 1e-8)]
            )),
        ]
    )
);

// What has the network learned to do with its gates? A unit whose update gate is Z on average keeps a share of Z from
// each step to the next: half of what it holds is gone after log ½ / log Z steps.
Chapter.Section("What the gates do");

#region What the gates do
var (readLength, p0) = (Math.Min(2_000, corpus.Tokens.Length), scratch.Parameters.Select(one => one.Value).ToArray());
List<float[]> updateGates = []; // (steps, H)
List<float[]> resetGates = [];
using (GradientMode.Disable())
{
    var H = Tensor.Zeros(device, 1, hiddenSize);
    for (var t = 0; t < readLength; t++)
    {
        var X = Tensor.OneHot(Indices.From(device, [corpus.Tokens.Span[t]], 1, 1), vocabularySize);
        (var Z, var R, H) = Unit(X[0], H, p0);
        updateGates.Add(Z.ToArray());
        resetGates.Add(R.ToArray());
    }
}
var units = Enumerable
    .Range(0, hiddenSize)
    .Select(unit =>
        (HalfLife: Math.Log(0.5) / Math.Log(updateGates.Average(Z => Z[unit])), Reset: resetGates.Average(R => R[unit]))
    )
    .ToArray();
Console.WriteLine("half is gone after      units   mean of R");
foreach (var (least, most) in new[] { (0.0, 0.5), (0.5, 1), (1, 2), (2, 4), (4, 1000) })
{
    var group = units.Where(unit => unit.HalfLife >= least && unit.HalfLife < most).ToArray();
    var mean = group.Length > 0 ? $"{group.Average(unit => unit.Reset), 9:F2}" : "        –";
    var range = most < 1000 ? $"{least:F1} to {most:F1} steps" : $"more than {least:F1} steps";
    Console.WriteLine($"{range, -22}  {group.Length, 5}   {mean}");
}
var space = corpus.Vocabulary.Encode([" "])[0];
var afterSpace = Enumerable.Range(1, readLength - 1).Where(t => corpus.Tokens.Span[t - 1] == space).ToArray();
var within = Enumerable.Range(1, readLength - 1).Except(afterSpace).ToArray();
if (afterSpace.Length > 0) // in Chinese there are no spaces
{
    foreach (var (name, steps) in new[] { ("a word begins", afterSpace), ("elsewhere", within) })
    {
        Console.WriteLine(
            $"where {name, -14} mean of Z {steps.Average(t => updateGates[t].Average()):F2}, "
                + $"of R {steps.Average(t => resetGates[t].Average()):F2}"
        );
    }
}
#endregion

var (shown, from) = (32, 3);
int[] slowest = [.. Enumerable.Range(0, hiddenSize).OrderByDescending(unit => units[unit].HalfLife)];
int[] picked = [.. Enumerable.Range(0, 12).Select(i => slowest[i * (hiddenSize - 1) / 11])];
chapter.Show(
    "gru-update-gate",
    new HeatMap(
        "The update gate while the text is read",
        [.. picked.Select(unit => $"{unit}")],
        [.. Enumerable.Range(from, shown).Select(t => Sign(corpus.Tokens.Span[t]))],
        [.. picked.Select(unit => Enumerable.Range(from, shown).Select(t => (double)updateGates[t][unit]).ToArray())],
        "Z of a hidden unit"
    )
);

string Sign(int token) => corpus.Vocabulary[token] is " " ? "␣" : corpus.Vocabulary[token];

// Exercises: what if a unit has one of the two gates only? What do the number of hidden units and the learning rate
// change?
Chapter.Section("Exercises");

#region Exercises
RnnFromScratch Part(bool hasUpdate, bool hasReset)
{
    var own = Device.Cpu(threads: 1);
    var configuration = new ModelConfiguration { VocabularySize = vocabularySize, HiddenSize = chapter.Quick ? 8 : 64 };
    return new RnnFromScratch(
        configuration,
        RandomStream.Parameters(seed: 1),
        (V, H, random) => GruParameters(own, V, H, random),
        (batch, H) => new ModelState(Tensor.Zeros(own, batch, H)),
        (X, state, p) =>
        {
            var H = state.Parts[0];
            var seen = H;
            if (hasReset)
            {
                seen = Tensor.Sigmoid(Tensor.MatMul(X, p[3]) + Tensor.MatMul(H, p[4]) + p[5]) * H;
            }
            var candidate = Tensor.Tanh(Tensor.MatMul(X, p[6]) + Tensor.MatMul(seen, p[7]) + p[8]);
            if (hasUpdate)
            {
                var Z = Tensor.Sigmoid(Tensor.MatMul(X, p[0]) + Tensor.MatMul(H, p[1]) + p[2]);
                candidate = Z * H + (1 - Z) * candidate;
            }
            return (Tensor.MatMul(candidate, p[9]) + p[10], new ModelState(candidate));
        }
    );
}

(string Name, ILanguageModel Model, double Rate)[] variants =
[
    ("64 units, both gates", Part(hasUpdate: true, hasReset: true), 1),
    ("64 units, update gate only", Part(hasUpdate: true, hasReset: false), 1),
    ("64 units, reset gate only", Part(hasUpdate: false, hasReset: true), 1),
    ("64 units, no gate", Part(hasUpdate: false, hasReset: false), 1),
    .. new[] { (128, 1.0), (64, 0.5), (64, 1), (64, 2), (32, 1) }.Select(one =>
        ($"concise, {one.Item1} units, rate {one.Item2}", Concise("gru", chapter.Quick ? 8 : one.Item1), one.Item2)
    ),
];
var tried = SideBySide<List<double>>([
    .. variants.Select(variant => (Func<List<double>>)(() => Train(variant.Model, 300, variant.Rate))),
]);
Console.WriteLine("                                weights  epoch 100    200    300");
foreach (var ((name, model, _), epochs) in variants.Zip(tried))
{
    var weights = model.Parameters.Sum(parameter => parameter.Value.Count);
    double At(int epoch) => epochs[Math.Min(epoch, epochs.Count) - 1];
    Console.WriteLine($"{name, -29}  {weights, 8:N0}  {At(100), 9:F2}  {At(200), 5:F2}  {At(300), 5:F2}");
}
#endregion
