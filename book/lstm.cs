#:project Recurrent.Book/Recurrent.Book.csproj

// Long short-term memory (Dive into Deep Learning, 9.2): a recurrent network with a memory beside its state.
//
//   dotnet run book/lstm.cs

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

chapter.Show(
    "lstm-cell",
    new Diagram(
        "A unit of long short-term memory",
        [
            new("C", 0, 0, "C_{t−1}") { Colour = 2 },
            new("FC", 1, 0, "⊙") { Shape = NodeShape.Circle },
            new("sum", 3, 0, "+") { Shape = NodeShape.Circle },
            new("nextC", 5, 0, "C_{t}") { Colour = 2 },
            new("IC", 3, 1, "⊙") { Shape = NodeShape.Circle },
            new("tanh", 5, 1, "tanh"),
            new("F", 1, 2, "F_{t}\nσ") { Colour = 1 },
            new("I", 2, 2, "I_{t}\nσ") { Colour = 1 },
            new("candidate", 3, 2, "C̃_{t}\ntanh") { Colour = 2 },
            new("O", 4, 2, "O_{t}\nσ") { Colour = 1 },
            new("OC", 5, 2, "⊙") { Shape = NodeShape.Circle },
            new("nextH", 6, 2, "H_{t}") { Colour = 0 },
            new("H", 2, 4, "H_{t−1}") { Colour = 0 },
            new("X", 3, 4, "X_{t}"),
        ],
        new("C", "FC"),
        new("FC", "sum"),
        new("sum", "nextC"),
        new("F", "FC"),
        new("I", "IC"),
        new("candidate", "IC"),
        new("IC", "sum"),
        new("nextC", "tanh"),
        new("tanh", "OC"),
        new("O", "OC"),
        new("OC", "nextH"),
        new("H", "F"),
        new("H", "I"),
        new("H", "candidate"),
        new("H", "O"),
        new("X", "F"),
        new("X", "I"),
        new("X", "candidate"),
        new("X", "O")
    )
);

// An LSTM, older than the GRU by almost two decades, keeps two tensors from step to step: the hidden state H, which the
// output reads, and the memory cell C, which only the unit itself sees. Three gates rule the cell: the forget gate F
// says how much of the old cell stays, the input gate I how much of a candidate comes in, and the output gate O how
// much of the cell shows in H. With F at 1 and I at 0 a cell keeps its value over any number of steps.
Chapter.Section("Parameters");

var device = Device.Cpu(threads: 1);

#region Parameters
static IReadOnlyList<Parameter> LstmParameters(Device device, int vocabularySize, int hiddenSize, RandomStream random)
{
    var drawn = 0ul;
    Tensor Normal(int rows, int columns) => Tensor.Normal(device, random.Fork(drawn++), 0.01f, rows, columns);

    List<Parameter> parameters = [];
    foreach (var part in new[] { "i", "f", "o", "c" }) // input, forget and output gate, candidate
    {
        parameters.Add(new($"W_x{part}", Normal(vocabularySize, hiddenSize)));
        parameters.Add(new($"W_h{part}", Normal(hiddenSize, hiddenSize)));
        parameters.Add(new($"b_{part}", Tensor.Zeros(device, hiddenSize)));
    }
    parameters.Add(new("W_hq", Normal(hiddenSize, vocabularySize)));
    parameters.Add(new("b_q", Tensor.Zeros(device, vocabularySize)));
    return parameters;
}

foreach (var (name, value) in LstmParameters(device, vocabularySize, hiddenSize, RandomStream.Parameters(seed: 1)))
{
    Console.WriteLine($"  {name, -5} {value.Shape}");
}
#endregion

// One step is its equations. X is (batch, V), one-hot; H and C are (batch, H); * multiplies element by element.
#region Step
static (Tensor H, Tensor C, Tensor F) Unit(Tensor X, Tensor H, Tensor C, IReadOnlyList<Tensor> parameters)
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
    return (H, C, F);
}

static (Tensor Y, ModelState State) LstmStep(Tensor X, ModelState state, IReadOnlyList<Tensor> parameters)
{
    var (H, C, _) = Unit(X, state.Parts[0], state.Parts[1], parameters);
    var (W_hq, b_q) = (parameters[12], parameters[13]);
    return (Tensor.MatMul(H, W_hq) + b_q, new ModelState(H, C));
}
#endregion

// A bias of 100 opens a gate, and one of −100 shuts it.
Chapter.Section("Gates at their ends");

#region Gates at their ends
using (GradientMode.Disable())
{
    Tensor[] p = [.. LstmParameters(device, vocabularySize, hiddenSize, new(5, 0)).Select(one => one.Value)];
    int[] tokens = corpus.Tokens.Span[..100].ToArray();
    var X = Tensor.OneHot(Indices.From(device, tokens, tokens.Length, 1), vocabularySize);
    var (firstH, firstC) = (Drawn(6), Drawn(7));

    (Tensor H, Tensor C) Run(float input, float forget, float output)
    {
        p[2].CopyFrom(Filled(input));
        p[5].CopyFrom(Filled(forget));
        p[8].CopyFrom(Filled(output));
        var (H, C) = (firstH, firstC);
        for (var t = 0; t < tokens.Length; t++)
        {
            (H, C, _) = Unit(X[t], H, C, p);
        }
        return (H, C);
    }
    Tensor Drawn(long seed) => Tensor.Normal(device, new RandomStream(seed, 0), 1, 1, hiddenSize);
    Tensor Filled(float value) => Tensor.From(device, Enumerable.Repeat(value, hiddenSize).ToArray(), hiddenSize);

    var (shownH, kept) = Run(input: -100, forget: 100, output: 100);
    Console.WriteLine($"F = 1, I = 0, O = 1: after 100 steps C is the first, {Difference(kept, firstC):0.0E0} apart");
    Console.WriteLine($"                     and H is tanh C, {Difference(shownH, Tensor.Tanh(firstC)):0.0E0} apart");
    var (hiddenH, hidden) = Run(input: -100, forget: 100, output: -100);
    Console.WriteLine(
        $"F = 1, I = 0, O = 0: C is still the first, {Difference(hidden, firstC):0.0E0} apart, "
            + $"and H shows nothing of it: {hiddenH.ToArray().Max(Math.Abs):0.0E0}"
    );
    var (_, all) = Run(input: 100, forget: 100, output: 0);
    Console.WriteLine($"F = 1, I = 1:        C adds up 100 candidates: from −1 to 1 it has come to {Largest(all):F1}");
}

static float Largest(Tensor x) => x.ToArray().Max(Math.Abs);
static float Difference(Tensor x, Tensor y) => x.ToArray().Zip(y.ToArray(), (a, b) => Math.Abs(a - b)).Max();
#endregion

// The loop over time, the training and the prediction know nothing of gates or cells: the chapter's network takes the
// parameters, the initial state, now of two tensors, and the step as functions; everything else stays as it was for the
// plain network. The concise model is one line.
#region Models
var scratch = new RnnFromScratch(
    new ModelConfiguration { VocabularySize = vocabularySize, HiddenSize = hiddenSize },
    RandomStream.Parameters(seed: 1),
    parameters: (V, H, random) => LstmParameters(device, V, H, random),
    initialState: (batch, H) => new ModelState(Tensor.Zeros(device, batch, H), Tensor.Zeros(device, batch, H)),
    step: LstmStep
);
var concise = Concise("lstm", hiddenSize);

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
Console.WriteLine($"concise:      {Predict(concise, text.Prefix)}");
#endregion

// Both trainings at once, one thread each.
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
    var speed = reports.Sum(report => report.Tokens) / reports.Sum(report => report.Elapsed.TotalSeconds);
    Console.Error.WriteLine(
        $"{model.Configuration.Kind}, {model.Configuration.HiddenSize} units, one thread: "
            + $"{speed:N0} characters a second"
    );
    return [.. reports.Select(report => report.Perplexity)];
}

List<double>[] TrainAll(int epochs, params ILanguageModel[] all) =>
    [.. all.AsParallel().AsOrdered().WithDegreeOfParallelism(2).Select(model => Train(model, epochs))];

var perplexity = TrainAll(500, scratch, concise);

Console.WriteLine("epoch  from scratch  concise");
foreach (var epoch in chapter.Quick ? [1, 2] : (int[])[1, 50, 100, 150, 200, 250, 300, 350, 400, 450, 500])
{
    Console.WriteLine($"{epoch, 5}  {perplexity[0][epoch - 1], 12:F2}  {perplexity[1][epoch - 1], 7:F2}");
}
foreach (var prefix in prefixes)
{
    Console.WriteLine($"from scratch  {Predict(scratch, prefix)}");
}
foreach (var prefix in prefixes)
{
    Console.WriteLine($"concise       {Predict(concise, prefix)}");
}
#endregion

chapter.Show(
    "lstm-perplexity",
    new LineChart(
        "LSTM: perplexity of each epoch",
        new Axis("epoch"),
        new Axis("perplexity") { IsLogarithmic = true },
        [Curve.PerEpoch("from scratch", perplexity[0]), Curve.PerEpoch("concise", perplexity[1])]
    )
);

// The library's layer does all time steps of a minibatch in one operator, some times faster. It is defined as
// PyTorch's, and here the book and PyTorch agree: the same weights give the same states.
Chapter.Section("The layer is the same unit");

#region The layer
using (GradientMode.Disable())
{
    Tensor[] p = [.. scratch.Parameters.Select(parameter => parameter.Value)];
    var layer = new RecurrentLayers("lstm", vocabularySize, hiddenSize, new(1, 0), device: device);
    // The layer keeps the weights of a kind in one matrix, transposed: the rows of I, F, the candidate and O.
    int[] order = [0, 3, 9, 6]; // where the weights of a part begin
    Copy("weight_ih_l0", [.. order.Select(i => Tensor.Transpose(p[i]))]);
    Copy("weight_hh_l0", [.. order.Select(i => Tensor.Transpose(p[i + 1]))]);
    Copy("bias_ih_l0", [.. order.Select(i => p[i + 2])]);
    Copy("bias_hh_l0", [Tensor.Zeros(device, 4 * hiddenSize)]);

    var (steps, batch) = (35, 2);
    var tokens = Indices.From(device, corpus.Tokens.Span[..(steps * batch)], steps, batch);
    var (outputs, _) = layer.Forward(tokens, layer.ZeroState(batch));
    var X = Tensor.OneHot(tokens, vocabularySize);
    var (H, C) = (Tensor.Zeros(device, batch, hiddenSize), Tensor.Zeros(device, batch, hiddenSize));
    var largest = 0f;
    for (var t = 0; t < steps; t++)
    {
        (H, C, _) = Unit(X[t], H, C, p);
        largest = Math.Max(largest, Difference(H, outputs[t]));
    }
    Console.WriteLine($"outputs of the layer {outputs.Shape}; of the loop: the same to {largest:0E-0}");

    void Copy(string name, Tensor[] parts) =>
        layer.Parameters.First(one => one.Name == name).Value.CopyFrom(Tensor.Concatenate(parts));
}
foreach (var (name, value) in concise.Parameters)
{
    Console.WriteLine($"  {name, -17} {value.Shape}");
}
#endregion

// What the trained cells do while they read: how long they keep a value, and how large it grows.
Chapter.Section("What the memory holds");

#region What the memory holds
var readLength = Math.Min(2_000, corpus.Tokens.Length);
List<float[]> cells = []; // (steps, H)
List<float[]> forgetGates = [];
List<float[]> states = [];
using (GradientMode.Disable())
{
    Tensor[] p = [.. scratch.Parameters.Select(parameter => parameter.Value)];
    var (H, C) = (Tensor.Zeros(device, 1, hiddenSize), Tensor.Zeros(device, 1, hiddenSize));
    for (var t = 0; t < readLength; t++)
    {
        var X = Tensor.OneHot(Indices.From(device, [corpus.Tokens.Span[t]], 1, 1), vocabularySize);
        (H, C, var F) = Unit(X[0], H, C, p);
        cells.Add(C.ToArray());
        forgetGates.Add(F.ToArray());
        states.Add(H.ToArray());
    }
}
double[] halfLives =
[
    .. Enumerable.Range(0, hiddenSize).Select(cell => Math.Log(0.5) / Math.Log(forgetGates.Average(F => F[cell]))),
];
Console.WriteLine("half is gone after      cells");
foreach (var (least, most) in new[] { (0.0, 0.5), (0.5, 1), (1, 2), (2, 4), (4, 1000) })
{
    var range = most < 1000 ? $"{least:F1} to {most:F1} steps" : $"more than {least:F1} steps";
    Console.WriteLine($"{range, -22}  {halfLives.Count(life => life >= least && life < most), 5}");
}
var sizes = cells.SelectMany(C => C.Select(Math.Abs)).ToArray();
Console.WriteLine(
    $"C: {100.0 * sizes.Count(size => size > 1) / sizes.Length:F0}% of the values lie outside −1 to 1, "
        + $"the largest is {sizes.Max():F1} in size"
);
Console.WriteLine($"H: the largest is {states.Max(H => H.Max(Math.Abs)):F2} in size");
#endregion

var (shown, from) = (32, 3);
int[] slowest = [.. Enumerable.Range(0, hiddenSize).OrderByDescending(cell => halfLives[cell])];
int[] picked = [.. Enumerable.Range(0, 12).Select(i => slowest[i * (hiddenSize - 1) / 11])];
chapter.Show(
    "lstm-memory",
    new HeatMap(
        "Memory cells while the text is read, those that keep longest above",
        [.. picked.Select(cell => $"{cell}")],
        [.. Enumerable.Range(from, shown).Select(t => Sign(corpus.Tokens.Span[t]))],
        [.. picked.Select(cell => Enumerable.Range(from, shown).Select(t => (double)cells[t][cell]).ToArray())],
        "C of a memory cell"
    )
);

string Sign(int token) => corpus.Vocabulary[token] is " " ? "␣" : corpus.Vocabulary[token];

// What gates cost: the same number of hidden units in a plain network, a GRU and an LSTM, and an LSTM made as large as
// the GRU.
Chapter.Section("What it costs");

#region What it costs
var small = chapter.Quick ? 8 : 64;
(string Kind, int Units)[] compared = [("rnn", small), ("gru", small), ("lstm", small), ("lstm", small * 55 / 64)];
var models = compared.Select(one => Concise(one.Kind, one.Units)).ToArray();
var small500 = TrainAll(500, models);
Console.WriteLine("              weights  products a character  state  epoch 250    500");
foreach (var (((kind, units), model), epochs) in compared.Zip(models).Zip(small500))
{
    double At(int epoch) => epochs[Math.Min(epoch, epochs.Count) - 1];
    var gates = model.Parameters[1].Value.Shape[0] / units; // the candidate too
    // One-hot input picks a row of its matrix and multiplies nothing.
    var products = (gates * units * units) + (units * vocabularySize);
    Console.WriteLine(
        $"{kind, -4} of {units, 3}  {model.Parameters.Sum(one => one.Value.Count), 8:N0}  {products, 20:N0}  "
            + $"{model.InitialState(1).Parts.Sum(part => part.Count), 5}  {At(250), 9:F2}  "
            + $"{At(500), 5:F2}"
    );
}
#endregion

Chapter.Section("Exercises");

// Forget gates that begin open keep what they get, until training teaches them otherwise.
#region Forget gates that begin open
float[] firstBiases = [-1, 0, 1, 2];
ILanguageModel[] begun =
[
    .. firstBiases.Select(bias =>
    {
        var model = Concise("lstm", small);
        var biases = model.Parameters.First(one => one.Name == "rnn.bias_ih_l0").Value;
        float[] values = biases.ToArray(); // of I, F, the candidate and O
        values.AsSpan(small, small).Fill(bias);
        biases.CopyFrom(Tensor.From(biases.Device, values, values.Length));
        return model;
    }),
];
foreach (var (bias, epochs) in firstBiases.Zip(TrainAll(250, begun)))
{
    Console.WriteLine(
        $"forget bias {bias, 2}: perplexity {epochs[Math.Min(99, epochs.Count - 1)]:F2}, later {epochs[^1]:F2}"
    );
}
#endregion

// Words in place of non-words: the model proposes characters, and only those are taken that go on to a word.
#region Words only
var words = Corpus.FromText(text.Content, text.Options with { Tokenizer = text.Words }).Vocabulary.Tokens.ToHashSet();
HashSet<string> beginnings = [.. words.SelectMany(word => Enumerable.Range(1, word.Length).Select(n => word[..n]))];
foreach (var isFree in new[] { true, false })
{
    string[] written = // whole words only, so neither the first nor the last
    [.. Write(begun[1], 600, isFree).Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).SkipLast(1)];
    Console.WriteLine(
        $"{(isFree ? "free" : "words only")}: {written.Count(words.Contains)} of {written.Length} are words; "
            + string.Join(' ', written.Take(10))
    );
}

string Write(ILanguageModel model, int length, bool isFree)
{
    using var noGradient = GradientMode.Disable();
    var (written, word, state, token) = (" ", "", model.InitialState(1), corpus.Vocabulary.Encode([" "])[0]);
    for (var i = 0; i < length; i++)
    {
        (var logits, state) = model.Forward(Indices.From(model.Device, [token], 1, 1), state);
        double[] powers = [.. logits.ToArray().Select((logit, sign) => IsAllowed(sign) ? Math.Exp(logit) : 0)];
        var chance = RandomStream.Sampling(seed: 1).Uniform((ulong)i) * powers.Sum();
        token = Math.Max(Array.FindLastIndex(powers, power => power > 0), 0);
        token = Array.FindIndex(powers, power => (chance -= power) < 0) is >= 0 and var found ? found : token;
        written += corpus.Vocabulary[token];
        word = corpus.Vocabulary[token] == " " ? "" : word + corpus.Vocabulary[token];
    }
    return written;

    bool IsAllowed(int sign) =>
        sign != Vocabulary.UnknownIndex
        && (
            isFree
            || (
                corpus.Vocabulary[sign] == " "
                    ? words.Contains(word)
                    : beginnings.Contains(word + corpus.Vocabulary[sign])
            )
        );
}
#endregion

// The series of 8.1, a sine with noise, read by an LSTM one value at a time.
#region A series
float[] series =
[
    .. Enumerable
        .Range(1, 1000)
        .Select(t => (float)Math.Sin(0.01 * t) + (0.2f * new RandomStream(1, 100).Normal((ulong)t - 1))),
];
var reader = new RecurrentLayers("lstm", 1, 32, RandomStream.Parameters(seed: 1), device: device);
var next = new Linear(32, 1, RandomStream.Parameters(seed: 2), device: device);
Parameter[] weights = [.. reader.Parameters, .. next.Parameters];
var optimizer = new Adam(weights);
const int Windows = 16; // of 64 values each, from the first 600
for (var step = 0; step < (chapter.Quick ? 4 : 600); step++)
{
    int[] starts =
    [
        .. Enumerable.Range(0, Windows).Select(i => RandomStream.Batching(1).Below(536, (ulong)((step * Windows) + i))),
    ];
    float[] read = [.. Enumerable.Range(0, 64).SelectMany(t => starts.Select(start => series[start + t]))]; // (64, 16)
    float[] follows = [.. Enumerable.Range(1, 64).SelectMany(t => starts.Select(start => series[start + t]))];
    var (outputs, _) = reader.Forward(Tensor.From(device, read, 64, Windows, 1), reader.ZeroState(Windows));
    foreach (var parameter in weights)
    {
        parameter.Value.ClearGradient();
    }
    Tensor.SquaredLoss(next.Forward(outputs), Tensor.From(device, follows, 64, Windows, 1)).Backward();
    GradientClipping.ByGlobalNorm(weights, maxNorm: 1);
    optimizer.Update(learningRate: step < 400 ? 0.01 : 0.001);
}
using (GradientMode.Disable())
{
    foreach (var known in new[] { 999, 604 }) // and from there on it reads its own predictions
    {
        var (state, predicted) = (reader.ZeroState(1), new float[1000]);
        for (var t = 0; t < 999; t++)
        {
            (var output, state) = reader.Forward(
                Tensor.From(device, [t < known ? series[t] : predicted[t]], 1, 1, 1),
                state
            );
            predicted[t + 1] = next.Forward(output[0]).ToScalar();
        }
        var error = Math.Sqrt(Enumerable.Range(604, 396).Average(t => Math.Pow(predicted[t] - series[t], 2)));
        Console.WriteLine($"a series, {(known == 999 ? "one step" : "many steps")} ahead: error {error:F3}");
    }
}
#endregion
