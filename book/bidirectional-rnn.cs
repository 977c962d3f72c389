#:project Recurrent.Book/Recurrent.Book.csproj

// Bidirectional recurrent networks (Dive into Deep Learning, 9.4), what they are good for, and why they must not be
// used to predict what comes next. It takes about six minutes on two cores: four layers for 500 epochs.
//
//   dotnet run book/bidirectional-rnn.cs

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

// A hidden Markov model: behind each observation stands a state that nobody sees, and the states are a Markov chain.
// Here the weather of a town is hidden, and what somebody did that day is observed. One day's note is lost: which was
// it?
Chapter.Section("A hidden Markov model");

#region A hidden Markov model
string[] weather = ["sun", "cloud", "rain"];
string[] deeds = ["walks", "shops", "reads"];
double[] first = [0.5, 0.3, 0.2]; // P(h₁)
double[][] A = // P(h_{t+1} | h_t): the weather of 8.1
[
    [0.7, 0.2, 0.1],
    [0.3, 0.4, 0.3],
    [0.2, 0.4, 0.4],
];
double[][] B = // P(x_t | h_t)
[
    [0.8, 0.1, 0.1],
    [0.3, 0.5, 0.2],
    [0.1, 0.2, 0.7],
];
const int Lost = -1; // an observation that is not there says nothing of the state
double Seen(int x, int h) => x == Lost ? 1 : B[h][x];

// pi[t][h] = P(what was observed before t, and h_t = h)
double[][] Forward(int[] x)
{
    var pi = new double[x.Length][];
    pi[0] = first;
    for (var t = 1; t < x.Length; t++)
    {
        pi[t] =
        [
            .. weather.Select((_, j) => weather.Select((_, i) => pi[t - 1][i] * Seen(x[t - 1], i) * A[i][j]).Sum()),
        ];
    }
    return pi;
}

// rho[t][h] = P(what was observed after t, given h_t = h)
double[][] Backward(int[] x)
{
    var rho = new double[x.Length][];
    rho[^1] = [1, 1, 1];
    for (var t = x.Length - 2; t >= 0; t--)
    {
        rho[t] =
        [
            .. weather.Select((_, i) => weather.Select((_, j) => A[i][j] * Seen(x[t + 1], j) * rho[t + 1][j]).Sum()),
        ];
    }
    return rho;
}

// P(x_t | all others) from the weights of the states at t.
double[] Guess(IEnumerable<double> weights)
{
    double[] w = [.. weights];
    return [.. deeds.Select((_, x) => w.Select((weight, h) => weight * B[h][x]).Sum() / w.Sum())];
}
#endregion

#region A lost day
int[] diary = [0, 0, Lost, 2, 2, 1, 2];
var (gap, forwardOf, backwardOf) = (Array.IndexOf(diary, Lost), Forward(diary), Backward(diary));
Console.WriteLine($"             {string.Join("  ", deeds)}");
Show("from before", Guess(forwardOf[gap]));
Show("from after", Guess(backwardOf[gap].Zip(Stationary(), (b, p) => b * p)));
Show("from both", Guess(forwardOf[gap].Zip(backwardOf[gap], (f, b) => f * b)));

// The same by adding up all 3⁷ ways that the weather may have gone.
var ways = 0;
double[] sums = new double[deeds.Length];
foreach (var way in Ways(diary.Length))
{
    ways++;
    var p = first[way[0]];
    for (var t = 0; t < diary.Length; t++)
    {
        p *= Seen(diary[t], way[t]) * (t + 1 < diary.Length ? A[way[t]][way[t + 1]] : 1);
    }
    for (var x = 0; x < deeds.Length; x++)
    {
        sums[x] += p * B[way[gap]][x];
    }
}
Show("all ways", [.. sums.Select(sum => sum / sums.Sum())]);
Console.WriteLine($"ways: {ways:N0}; products of the recursions: {2 * 9 * (diary.Length - 1)}");

void Show(string name, double[] guess) =>
    Console.WriteLine($"{name, -11}  {string.Join("  ", guess.Select(p => $"{p, 5:F3}"))}");

static IEnumerable<int[]> Ways(int length) =>
    length == 0
        ?
        [
            [],
        ]
        : Ways(length - 1).SelectMany(way => Enumerable.Range(0, 3).Select(h => (int[])[.. way, h]));

double[] Stationary() // what the weather is like on a day of which nothing is known
{
    var p = first;
    for (var t = 0; t < 100; t++)
    {
        p = [.. weather.Select((_, j) => weather.Select((_, i) => p[i] * A[i][j]).Sum())];
    }
    return p;
}
#endregion

// How often is the likeliest guess right, over many weeks that the model itself has made?
#region Many lost days
var (weeks, chance, drawn) = (chapter.Quick ? 200 : 20_000, new RandomStream(1, 400), 0ul);
var rightGuesses = new int[4];
for (var week = 0; week < weeks; week++)
{
    var x = new int[7];
    var h = Draw(first);
    for (var t = 0; t < x.Length; t++)
    {
        x[t] = Draw(B[h]);
        h = Draw(A[h]);
    }
    var truth = x[3];
    x[3] = Lost;
    var (before, after) = (Forward(x)[3], Backward(x)[3]);
    var none = Stationary();
    IEnumerable<double>[] known = [none, before, none.Zip(after, (p, b) => p * b), before.Zip(after, (f, b) => f * b)];
    foreach (var (i, weights) in known.Index())
    {
        var guess = Guess(weights);
        rightGuesses[i] += Array.IndexOf(guess, guess.Max()) == truth ? 1 : 0;
    }
}
string[] knowing = ["nothing", "what came before", "what came after", "both"];
foreach (var (name, count) in knowing.Zip(rightGuesses))
{
    Console.WriteLine($"right, knowing {name, -16}  {100.0 * count / weeks:F1}%");
}

int Draw(double[] p)
{
    var u = chance.Uniform(drawn++);
    return u < p[0] ? 0
        : u < p[0] + p[1] ? 1
        : 2;
}
#endregion

// A bidirectional layer is two layers: one reads the sequence from its beginning, the other from its end, and the
// output at each step is both hidden states side by side. So it has read the whole sequence, the future as well as the
// past.
List<DiagramNode> nodes = [];
List<DiagramArrow> arrows = [];
for (var t = 1; t <= 4; t++)
{
    nodes.AddRange([
        new($"x{t}", (2 * t) - 1.5, 3, $"X_{{{t}}}"),
        new($"f{t}", (2 * t) - 2, 2, $"→H_{{{t}}}") { Colour = 0 },
        new($"b{t}", (2 * t) - 1, 1, $"←H_{{{t}}}") { Colour = 2 },
        new($"o{t}", (2 * t) - 1.5, 0, $"O_{{{t}}}") { Colour = 1 },
    ]);
    arrows.AddRange([new($"x{t}", $"f{t}"), new($"x{t}", $"b{t}"), new($"f{t}", $"o{t}"), new($"b{t}", $"o{t}")]);
    if (t > 1)
    {
        arrows.AddRange([new($"f{t - 1}", $"f{t}"), new($"b{t}", $"b{t - 1}")]);
    }
}
chapter.Show("bidirectional-rnn-layers", new Diagram("A bidirectional layer over four steps", nodes, arrows));

Chapter.Section("Two directions");

#region Two directions
RandomStream Stream(long seed) => new(seed, Stream: 0);
var both = new RecurrentLayers("lstm", vocabularySize, hiddenSize, Stream(1), bidirectional: true);
foreach (var (name, value) in both.Parameters)
{
    Console.WriteLine($"  {name, -20} {value.Shape}");
}

var forward = new RecurrentLayers("lstm", vocabularySize, hiddenSize, Stream(2));
var backward = new RecurrentLayers("lstm", vocabularySize, hiddenSize, Stream(3));
foreach (var (parameter, source) in both.Parameters.Zip(forward.Parameters.Concat(backward.Parameters)))
{
    parameter.Value.CopyFrom(source.Value);
}
using (GradientMode.Disable())
{
    const int Steps = 35;
    int[] tokens = corpus.Tokens[..Steps].ToArray(); // (steps, 1)
    var sequence = Indices.From(tokens, Steps, columns: 1);
    var backwards = Indices.From(tokens.Reverse().ToArray(), Steps, columns: 1);
    var (outputs, _) = both.Forward(sequence, both.ZeroState(batch: 1));
    var (onward, _) = forward.Forward(sequence, forward.ZeroState(batch: 1));
    var (reversed, _) = backward.Forward(backwards, backward.ZeroState(batch: 1));
    var same = true;
    for (var t = 0; t < Steps; t++)
    {
        same &= outputs[t].ToArray().AsSpan(..hiddenSize).SequenceEqual(onward[t].ToArray());
        same &= outputs[t].ToArray().AsSpan(hiddenSize..).SequenceEqual(reversed[Steps - 1 - t].ToArray());
    }
    Console.WriteLine($"output {outputs.Shape}");
    Console.WriteLine($"the same values as of two layers, the second on the reversed sequence: {same}");
}
#endregion

// Now the mistake that the book warns of: such a network as a language model. It has two layers, as the book's.
Chapter.Section("Training a bidirectional language model");

#region Training
var model = LanguageModel.Create(
    new ModelConfiguration
    {
        Kind = "lstm",
        VocabularySize = vocabularySize,
        HiddenSize = hiddenSize,
        Layers = 2,
        Bidirectional = true,
    },
    RandomStream.Parameters(seed: 1)
);
var settings = new TrainerOptions
{
    BatchSize = 32,
    Steps = 35,
    LearningRate = 1,
    ClipNorm = 1,
    Epochs = chapter.Quick ? 2 : 500,
};
List<double> perplexity = [];
foreach (var report in new Trainer(model, corpus.Tokens, settings).Run())
{
    perplexity.Add(report.Perplexity);
    if (
        report.Epoch == 1
        || report.Epoch is 10 or 20 or 30
        || report.Epoch % 50 == 0
        || report.Epoch == settings.Epochs
    )
    {
        Console.WriteLine($"epoch {report.Epoch, 3}  perplexity {report.Perplexity, 5:F2}");
    }
}
#endregion

// The perplexity is excellent, better than any other chapter's and after fewer epochs. And the text that it writes is
// junk.
Chapter.Section("What it predicts");

#region Prediction
var generator = new TextGenerator(model, corpus.Codec, SamplingOptions.Greedy with { AllowsUnknown = true });
string[] prefixes = [text.Prefix, text.Prefix[(text.Prefix.TrimEnd().LastIndexOf(' ') + 1)..]];
foreach (var prefix in prefixes)
{
    Console.WriteLine($"{prefix}{generator.Generate(prefix, length: 50)}");
}
#endregion

// In training, the token to predict after step t is the input of step t + 1, and the second direction has read that. So
// the network learns to look it up. Only at the last step of each minibatch was there nothing to look up. So the
// perplexity with the future at hand says nothing about prediction; this is what it is where the text ends with the
// step that is asked for:
Chapter.Section("The same model without the future");

#region Without the future
const int Window = 35; // steps
List<double> perStep = [];
using (GradientMode.Disable())
{
    var windows = Math.Min(250, (corpus.Tokens.Length - 1) / Window);
    var read = corpus.Tokens.Span[..(windows * Window)];
    var following = corpus.Tokens.Span.Slice(1, windows * Window);
    var x = Indices.Transposed(model.Device, read, windows, Window); // (steps, windows)
    int[] y = Indices.Transposed(model.Device, following, windows, Window).ToArray(); // (steps, windows)
    var (logits, _) = model.Forward(x, model.InitialState(windows)); // (steps · windows, V)
    for (var t = 0; t < Window; t++)
    {
        var labels = y.AsSpan(t * windows, windows);
        var loss = Tensor.SoftmaxCrossEntropy(logits.Slice(t * windows, windows), labels);
        perStep.Add(Math.Exp(loss.ToScalar()));
    }
}
foreach (var ahead in new[] { 34, 20, 10, 2, 1, 0 })
{
    Console.WriteLine($"characters of the future at hand: {ahead, 2}; perplexity {perStep[Window - 1 - ahead], 5:F2}");
}
#endregion

Axis perplexityAxis = new("perplexity") { IsLogarithmic = true };
chapter.Show(
    "bidirectional-rnn-perplexity",
    new LineChart(
        "Two bidirectional layers: perplexity of each epoch",
        new Axis("epoch"),
        perplexityAxis,
        [Curve.PerEpoch("", perplexity)]
    )
);
double[] future = [.. Enumerable.Range(0, Window).Select(t => (double)(Window - 1 - t))];
chapter.Show(
    "bidirectional-rnn-future",
    new LineChart(
        "Perplexity by how much of the future the model sees",
        new Axis("characters of the future at hand"),
        perplexityAxis,
        [new Series("", future, perStep) { Style = SeriesStyle.Points }]
    )
);

// What the two directions are for: a character is missing, and all others are there. The state from the left before the
// gap and the state from the right after it, neither of which has seen the character itself, predict it.
Chapter.Section("Filling a gap");

#region Filling a gap
var whole = Corpus.FromText(text.Content, text.Options);
var split = whole.Tokens.Length * 9 / 10; // the last tenth is kept for the test
foreach (
    var (name, fromLeft, fromRight) in new[] { ("left", true, false), ("right", false, true), ("both", true, true) }
)
{
    var (loss, share) = Fill(fromLeft, fromRight);
    Console.WriteLine($"reads from {name, -5}: right {100 * share:F1}%, perplexity {Math.Exp(loss):F2}");
}

(double Loss, double Right) Fill(bool fromLeft, bool fromRight)
{
    const int Read = 35; // characters, and a gap at each place but the first and the last
    var (batch, units, V) = (64, chapter.Quick ? 8 : 96, whole.Vocabulary.Count);
    var leftLayer = new RecurrentLayers("gru", V, units, Stream(11));
    var rightLayer = new RecurrentLayers("gru", V, units, Stream(12));
    var missing = new Linear((fromLeft ? units : 0) + (fromRight ? units : 0), V, Stream(13));
    Parameter[] parameters =
    [
        .. fromLeft ? leftLayer.Parameters : [],
        .. fromRight ? rightLayer.Parameters : [],
        .. missing.Parameters,
    ];
    var (optimizer, random, updates) = (
        new Adam(parameters),
        RandomStream.Batching(seed: 1),
        chapter.Quick ? 3 : 1_500
    );
    using var pool = new TensorPool();
    for (var update = 0; update < updates; update++)
    {
        using var scope = pool.OpenScope();
        int[] starts =
        [
            .. Enumerable.Range(0, batch).Select(i => random.Below(split - Read, (ulong)((update * batch) + i))),
        ];
        var (logits, labels) = Predict(starts);
        foreach (var parameter in parameters)
        {
            parameter.Value.ClearGradient();
        }
        Tensor.SoftmaxCrossEntropy(logits, labels).Backward();
        GradientClipping.ByGlobalNorm(parameters, maxNorm: 1);
        optimizer.Update(learningRate: 0.01 * (updates - update) / updates);
    }
    using var noGradient = GradientMode.Disable();
    int[] tests = [.. Enumerable.Range(0, (whole.Tokens.Length - split) / Read).Select(i => split + (i * Read))];
    var (unseen, answers) = Predict(tests);
    return (
        Tensor.SoftmaxCrossEntropy(unseen, answers).ToScalar(),
        unseen.ArgMax().Zip(answers, (guess, answer) => guess == answer ? 1.0 : 0).Average()
    );

    (Tensor Logits, int[] Labels) Predict(int[] starts)
    {
        int[] onward =
        [
            .. Enumerable.Range(0, Read).SelectMany(t => starts.Select(start => whole.Tokens.Span[start + t])),
        ];
        int[] back = [.. onward.Chunk(starts.Length).Reverse().SelectMany(step => step)];
        List<Tensor> seen = [];
        if (fromLeft)
        {
            var (states, _) = leftLayer.Forward(
                Indices.From(onward, Read, starts.Length),
                leftLayer.ZeroState(starts.Length)
            );
            seen.Add(states.Slice(0, Read - 2).Reshape(-1, units)); // before the gaps 1 to Read − 2
        }
        if (fromRight)
        {
            var (states, _) = rightLayer.Forward(
                Indices.From(back, Read, starts.Length),
                rightLayer.ZeroState(starts.Length)
            );
            seen.Add(Tensor.Concatenate([.. Enumerable.Range(1, Read - 2).Select(gap => states[Read - 2 - gap])]));
        }
        var sides = seen.Count == 1 ? seen[0] : Tensor.Concatenate(seen, axis: 1);
        return (missing.Forward(sides), onward[starts.Length..^starts.Length]);
    }
}
#endregion

// Exercises: directions with different numbers of units, and more than one bidirectional layer.
Chapter.Section("Exercises");

#region Exercises
using (GradientMode.Disable())
{
    const int Steps = 5;
    int[] tokens = corpus.Tokens[..Steps].ToArray();
    var onward = new RecurrentLayers("gru", vocabularySize, 40, Stream(1));
    var back = new RecurrentLayers("gru", vocabularySize, 24, Stream(2));
    var (f, _) = onward.Forward(Indices.From(tokens, Steps, 1), onward.ZeroState(1));
    var (b, _) = back.Forward(Indices.From([.. tokens.Reverse()], Steps, 1), back.ZeroState(1));
    var H = Tensor.Concatenate([
        .. Enumerable.Range(0, Steps).Select(t => Tensor.Concatenate([f[t], b[Steps - 1 - t]], axis: 1)),
    ]);
    Console.WriteLine($"40 units onward and 24 back: {H.Reshape(Steps, 1, 64).Shape}");

    var two = new RecurrentLayers("gru", vocabularySize, 32, Stream(3), layers: 2, bidirectional: true);
    foreach (
        var parameter in two.Parameters.Where(parameter =>
            parameter.Name.StartsWith("weight_ih", StringComparison.Ordinal)
        )
    )
    {
        Console.WriteLine($"two layers of 32 units: {parameter.Name, -20} {parameter.Value.Shape}");
    }
}
#endregion
