#:project Recurrent.Book/Recurrent.Book.csproj

// Backpropagation through time (Dive into Deep Learning, 8.7): the gradient of a recurrent network written out and
// checked, what its long products do, and three ways to cut them short.
//
//   dotnet run book/bptt.cs

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

var corpus = Corpus.FromText(text.Content, text.Options);
var vocabulary = corpus.Vocabulary;
int[] characters = corpus.Tokens.ToArray();

// What is computed of what, in three steps.
List<DiagramNode> nodes = [new("h0", 0, 2, "h_{0}") { Shape = NodeShape.Circle, Colour = 0 }, new("L", 2, 0, "L")];
List<DiagramArrow> arrows = [];
for (var t = 1; t <= 3; t++)
{
    nodes.AddRange([
        new($"o{t}", t, 1, $"o_{{{t}}}") { Shape = NodeShape.Circle, Colour = 1 },
        new($"h{t}", t, 2, $"h_{{{t}}}") { Shape = NodeShape.Circle, Colour = 0 },
        new($"x{t}", t, 3, $"x_{{{t}}}") { Shape = NodeShape.Circle },
    ]);
    arrows.AddRange([
        new($"x{t}", $"h{t}", "W_{xh}"),
        new($"h{t - 1}", $"h{t}", "W_{hh}"),
        new($"h{t}", $"o{t}", "W_{hq}"),
        new($"o{t}", "L"),
    ]);
}
chapter.Show("bptt-graph", new Diagram("The computational graph of three steps", nodes, arrows));

// The network of 8.5 for one text, in double precision: the input of step t is token t − 1, its label token t.
Chapter.Section("By hand");

#region Forward
(double[][] h, double[][] p, double L) Forward(Weights w, int[] tokens)
{
    var (W_xh, W_hh, b_h, W_hq, b_q) = w;
    var T = tokens.Length - 1;
    var (h, p, L) = (new double[T + 1][], new double[T + 1][], 0.0);
    h[0] = new double[b_h.Length];
    for (var t = 1; t <= T; t++)
    {
        double[] a = Sum(W_xh[tokens[t - 1]], Times(h[t - 1], W_hh), b_h); //  aₜ = xₜ W_xh + hₜ₋₁ W_hh + b_h
        h[t] = [.. a.Select(Math.Tanh)]; //                                    hₜ = tanh(aₜ)
        p[t] = Softmax(Sum(Times(h[t], W_hq), b_q)); //                        oₜ = hₜ W_hq + b_q
        L -= Math.Log(p[t][tokens[t]]) / T; //                                 L = 1/T · Σ l(oₜ, yₜ)
    }
    return (h, p, L);
}

const int Hidden = 64;
Weights drawn = Weights.Of(Drawn(1 / MathF.Sqrt(Hidden)));
int[] passage = characters[..36]; // 35 steps
Console.WriteLine($"loss of {passage.Length - 1} steps: {Forward(drawn, passage).L:F4}");

// Parameters from U(−bound, bound).
Parameter[] Drawn(float bound, int hidden = Hidden, int? entries = null, long seed = Seed)
{
    var (random, V) = (RandomStream.Parameters(seed), entries ?? vocabulary.Count);
    Parameter Of(string name, ulong place, params int[] shape) =>
        new(name, Tensor.Uniform(random.Fork(place), bound, shape).RequireGradient());
    return
    [
        Of("W_xh", 0, V, hidden),
        Of("W_hh", 1, hidden, hidden),
        Of("b_h", 2, hidden),
        Of("W_hq", 3, hidden, V),
        Of("b_q", 4, V),
    ];
}
#endregion

// Back: from the last step to the first. keep[t] is what step t passes on to step t − 1: 1 for all of it.
#region Backward
Weights Backward(Weights w, int[] tokens, double[][] h, double[][] p, double[] keep)
{
    var (W_xh, W_hh, b_h, W_hq, b_q) = w;
    var (g, T) = (w.Zeros(), tokens.Length - 1);
    var back = new double[b_h.Length]; // from step t + 1: 0 at the end
    for (var t = T; t >= 1; t--)
    {
        double[] d_o = [.. p[t]];
        d_o[tokens[t]] -= 1;
        d_o = Scaled(1.0 / T, d_o); //                                ∂L/∂oₜ = (softmax(oₜ) − yₜ) / T
        AddOuter(g.W_hq, h[t], d_o); //                               ∂L/∂W_hq = Σ hₜᵀ · ∂L/∂oₜ
        Add(g.b_q, d_o);

        double[] d_h = Sum(TimesTransposed(d_o, W_hq), back); //      ∂L/∂hₜ = ∂L/∂oₜ · W_hqᵀ + ∂L/∂aₜ₊₁ · W_hhᵀ
        double[] d_a = [.. d_h.Zip(h[t], (d, h) => d * (1 - h * h))]; // ∂L/∂aₜ = ∂L/∂hₜ ∘ (1 − hₜ²)
        AddOuter(g.W_hh, h[t - 1], d_a); //                           ∂L/∂W_hh = Σ hₜ₋₁ᵀ · ∂L/∂aₜ
        Add(g.W_xh[tokens[t - 1]], d_a); //                           ∂L/∂W_xh = Σ xₜᵀ · ∂L/∂aₜ, and xₜ is one-hot
        Add(g.b_h, d_a);
        back = Scaled(keep[t], TimesTransposed(d_a, W_hh)); //        goes on to step t − 1
    }
    return g;
}

static double[] All(int steps) => [.. Enumerable.Repeat(1.0, steps + 1)]; // full: nothing is cut
#endregion

// The same loss by tensors, whose Backward does all that, and by differences: (L(w + ε) − L(w − ε)) / 2ε, weight by
// weight.
Chapter.Section("Three gradients");

#region Three gradients
var (h, p, _) = Forward(drawn, passage);
Weights byHand = Backward(drawn, passage, h, p, All(35));

Parameter[] parameters = Drawn(1 / MathF.Sqrt(Hidden));
var (loss, _) = LossOf(parameters, passage, Tensor.Zeros(1, Hidden), All(35));
loss.Backward();
Weights byTensors = Weights.Of(parameters, ofGradients: true);
Weights byDifferences = Differences(drawn, passage);

for (var i = 0; i < parameters.Length; i++)
{
    var (hand, tensors, differences) = (byHand.Part(i), byTensors.Part(i), byDifferences.Part(i));
    Console.WriteLine(
        $"{parameters[i].Name, -4}  norm {Norm(hand):F6}; apart from Backward by less than 1E-5 of it: "
            + $"{Apart(hand, tensors) < 1e-5}, from the differences by less than 1E-7: "
            + $"{Apart(hand, differences) < 1e-7}"
    );
}

static double Norm(double[] v) => Math.Sqrt(v.Sum(value => value * value));

static double Apart(double[] one, double[] other) => Norm([.. one.Zip(other, (a, b) => a - b)]) / Norm(one);

Weights Differences(Weights w, int[] tokens)
{
    const double ε = 1e-5;
    var g = w.Zeros();
    foreach (var (row, slope) in w.Rows.Zip(g.Rows))
    {
        for (var i = 0; i < row.Length; i++)
        {
            var value = row[i];
            row[i] = value + ε;
            var above = Forward(w, tokens).L;
            row[i] = value - ε;
            slope[i] = (above - Forward(w, tokens).L) / (2 * ε);
            row[i] = value;
        }
    }
    return g;
}
#endregion

// The loop of 8.5 for texts side by side. Where keep is 0 the state is detached; where it is another number than 1,
// the state's value stays and what comes back to it is multiplied.
#region The loss by tensors
(Tensor Loss, Tensor H) LossOf(Parameter[] parameters, int[] tokens, Tensor H, double[] keep)
{
    var (rows, steps) = (H.Shape[0], (tokens.Length / H.Shape[0]) - 1); // tokens (steps + 1, rows)
    Tensor W_xh = parameters[0].Value;
    Tensor W_hh = parameters[1].Value;
    Tensor b_h = parameters[2].Value;
    var states = new Tensor[steps];
    for (var t = 1; t <= steps; t++)
    {
        if (t > 1 && keep[t] == 0)
        {
            H = H.Detach();
        }
        else if (t > 1 && keep[t] != 1)
        {
            H = (H.Detach() * (float)(1 - keep[t])) + (H * (float)keep[t]);
        }
        Tensor xW = Tensor.Lookup(W_xh, tokens.AsSpan((t - 1) * rows, rows)); // one-hot times W_xh
        H = states[t - 1] = Tensor.Tanh(xW + Tensor.MatMul(H, W_hh) + b_h);
    }
    Tensor O = Tensor.MatMul(Tensor.Concatenate(states), parameters[3].Value) + parameters[4].Value;
    return (Tensor.SoftmaxCrossEntropy(O, tokens.AsSpan(rows)), H);
}
#endregion

// ∂L/∂hₜ holds powers of W_hhᵀ. What they do to a vector, from three matrices: as 8.5 draws it, as PyTorch does, and
// after training.
Chapter.Section("Powers of the matrix");

#region Powers
var learned = new RnnFromScratch(
    new ModelConfiguration { VocabularySize = vocabulary.Count, HiddenSize = Hidden },
    RandomStream.Parameters(Seed),
    parameters: (_, _, _) => Drawn(1 / MathF.Sqrt(Hidden))
);
var some = characters[..Math.Min(characters.Length, 10_000)];
var trained = new Trainer(learned, some, new TrainerOptions { Epochs = chapter.Quick ? 2 : 300 }).Run().Last();

Weights small = Weights.Of([
    .. RnnFromScratch.NormalParameters(vocabulary.Count, Hidden, RandomStream.Parameters(Seed)),
]);
(string Name, Weights Of)[] networks =
[
    ("N(0, 0.01²)", small),
    ("U(−1/√H, 1/√H)", drawn),
    ("trained", Weights.Of([.. learned.Parameters])),
];
Console.WriteLine($"trained for {trained.Epoch} epochs, to a perplexity of {trained.Perplexity:F2}");
List<Series> curves = [];
double[] distances = [.. Enumerable.Range(0, 35).Select(k => (double)k)];
foreach (var (name, w) in networks)
{
    double[] v = [.. Enumerable.Range(0, Hidden).Select(i => (double)new RandomStream(Seed, 400).Normal((ulong)i))];
    var grown = new double[1001];
    for (var k = 1; k <= 1000; k++)
    {
        v = Scaled(1 / Norm(v), v);
        v = TimesTransposed(v, w.W_hh);
        grown[k] = grown[k - 1] + Math.Log(Norm(v)); // log of the length of v · (W_hhᵀ)ᵏ
    }
    var radius = Math.Exp((grown[1000] - grown[200]) / 800);
    double[] lengths = BackFromLast(w);
    Console.WriteLine(
        $"{name, -14}  radius {radius:F3}; 34 powers {Math.Exp(grown[34]), 8:G2}, "
            + $"with tanh {lengths[34] / lengths[0], 8:G2}"
    );
    curves.Add(new(name, distances, [.. lengths.Select(length => length / lengths[0])]));
    if (name == "trained")
    {
        curves.Add(
            new("trained, without tanh", distances, [.. distances.Select(k => Math.Exp(grown[(int)k]))])
            {
                Style = SeriesStyle.Dashed,
            }
        );
    }
}

// The lengths of ∂l_T/∂h_T, ∂l_T/∂h_(T−1), …: of the last step's loss alone, averaged over places of the text.
double[] BackFromLast(Weights w)
{
    const int Places = 50;
    var lengths = new double[35];
    for (var place = 0; place < Places; place++)
    {
        int[] tokens = some[(place * 37)..((place * 37) + 36)];
        var (h, p, _) = Forward(w, tokens);
        double[] d_o = [.. p[35]];
        d_o[tokens[35]] -= 1;
        double[] d_h = TimesTransposed(d_o, w.W_hq);
        for (var k = 0; k < 35; k++)
        {
            lengths[k] += Norm(d_h) / Places;
            d_h = TimesTransposed([.. d_h.Zip(h[35 - k], (d, h) => d * (1 - h * h))], w.W_hh);
        }
    }
    return lengths;
}
#endregion

chapter.Show(
    "bptt-powers",
    new LineChart(
        "What is left of the last step's gradient",
        new Axis("steps back"),
        new Axis("length, relative to the last step's") { IsLogarithmic = true, Minimum = 1e-8 },
        curves
    )
);

// Full, cut every four steps, and cut at random.
List<DiagramNode> places = [];
List<DiagramArrow> ways = [];
string[] titles = ["full", "every 4 steps", "at random"];
for (var row = 0; row < 3; row++)
{
    places.Add(new($"title{row}", 0, row, titles[row]) { Shape = NodeShape.None });
    for (var t = 1; t <= 9; t++)
    {
        places.Add(new($"{row} {t}", t, row, $"h_{{{t}}}") { Shape = NodeShape.Circle, Colour = row });
        var isCut = row == 1 ? t is 5 or 9 : row == 2 && t is 2 or 8;
        if (t > 1 && !isCut)
        {
            ways.Add(new($"{row} {t}", $"{row} {t - 1}", row == 2 ? "1/π" : ""));
        }
    }
}
chapter.Show("bptt-truncation", new Diagram("How far the gradient goes back", places, ways));

// How far the gradient of each way is from the full one: on the same passage with the same trained weights.
Chapter.Section("Bias and variance");

#region Bias and variance
Weights model = networks[2].Of;
int[] longer = some[..(chapter.Quick ? 71 : 141)];
var steps = longer.Length - 1;
var read = Forward(model, longer);
double[] GradientOf(double[] keep) =>
    Backward(model, longer, read.h, read.p, keep).W_hh.SelectMany(row => row).ToArray();

double[] full = GradientOf(All(steps));
foreach (var τ in new[] { 1, 5, 10, 35 })
{
    Console.WriteLine($"every {τ, 2} steps          off by {Apart(full, GradientOf(Fixed(steps, τ))):F3}");
}
var draws = chapter.Quick ? 20 : 1000;
foreach (var (mean, isWeighted) in new[] { (5, true), (10, true), (35, true), (5, false), (35, false) })
{
    var (sum, squares) = (new double[full.Length], 0.0);
    for (var draw = 0; draw < draws; draw++)
    {
        double[] keep = AtRandom(steps, mean, new RandomStream(Seed, 500).Fork((ulong)draw));
        double[] z = GradientOf(isWeighted ? keep : [.. keep.Select(weight => weight > 0 ? 1.0 : 0)]);
        Add(sum, z);
        squares += Math.Pow(Apart(full, z), 2);
    }
    Console.WriteLine(
        $"about every {mean, 2}, {(isWeighted ? "weighted" : "not     ")}  one draw off by "
            + $"{Math.Sqrt(squares / draws):F3}, the mean of {draws:N0} by {Apart(full, Scaled(1.0 / draws, sum)):F3}"
    );
}

static double[] Fixed(int steps, int τ) => // 0 after each τ steps
    [.. Enumerable.Range(0, steps + 1).Select(t => (t - 1) % τ == 0 ? 0.0 : 1)];

static double[] AtRandom(int steps, int mean, RandomStream random) // 0, or 1/π with probability π
{
    var π = 1 - (1.0 / mean);
    return [.. Enumerable.Range(0, steps + 1).Select(t => random.Uniform((ulong)t) < π ? 1 / π : 0)];
}
#endregion

// To cut is to detach.
Chapter.Section("Detaching");

#region Detaching
double[] cut = Fixed(35, 7);
Weights cutByHand = Backward(drawn, passage, h, p, cut);
Parameter[] again = Drawn(1 / MathF.Sqrt(Hidden));
LossOf(again, passage, Tensor.Zeros(1, Hidden), cut).Loss.Backward();
Weights detached = Weights.Of(again, ofGradients: true);
Console.WriteLine($"every 7 steps, W_hh: {Apart(byHand.Part(1), cutByHand.Part(1)):F3} off the full gradient");
Console.WriteLine($"by hand and with Detach the same within 1E-5: {Apart(cutByHand.Part(1), detached.Part(1)) < 1e-5}");
#endregion

// Training by each.
Chapter.Section("Training with each");

#region Training
var (window, batch) = chapter.Quick ? (21, 8) : (105, 32);

void Run(string name, Func<int, RandomStream, double[]> keepOf, int window)
{
    long[] seeds = chapter.Quick ? [1] : [1, 2, 3];
    var start = TimeProvider.System.GetTimestamp();
    (double Perplexity, int Updates)[] runs = [.. seeds.Select(seed => RunOnce(keepOf, window, seed))];
    Console.Error.WriteLine($"{name}: {TimeProvider.System.GetElapsedTime(start).TotalSeconds:F1} s");
    Console.WriteLine(
        $"{name, -28}  {runs[0].Updates, 5:N0} updates; perplexity {runs.Average(run => run.Perplexity):F3}, "
            + $"from {runs.Min(run => run.Perplexity):F3} to {runs.Max(run => run.Perplexity):F3}"
    );
}

(double Perplexity, int Updates) RunOnce(Func<int, RandomStream, double[]> keepOf, int window, long seed)
{
    Parameter[] net = Drawn(1 / MathF.Sqrt(Hidden), seed: seed);
    var (sampler, optimizer, pool) = (new SequentialPartition(batch, window), new Sgd(net), new TensorPool());
    var (H, random, updates, perplexity) = (Tensor.Zeros(batch, Hidden), new RandomStream(seed, 600), 0, 0.0);
    for (var epoch = 1; epoch <= (chapter.Quick ? 1 : 15); epoch++)
    {
        H.ScaleInPlace(0);
        List<double> losses = [];
        foreach (var minibatch in sampler.Epoch(corpus.Tokens, RandomStream.Batching(seed), epoch))
        {
            using var scope = pool.OpenScope();
            int[] tokens = [.. minibatch.X.Span, .. minibatch.Y.Span[^batch..]]; // (window + 1, batch)
            var (loss, end) = LossOf(net, tokens, H, keepOf(window, random.Fork((ulong)updates++)));
            Step(net, optimizer, loss, learningRate: 1);
            H.CopyFrom(end);
            losses.Add(loss.ToScalar());
        }
        perplexity = Math.Exp(losses.Average());
    }
    return (perplexity, updates);
}

static void Step(Parameter[] parameters, Optimizer optimizer, Tensor loss, double learningRate)
{
    foreach (var parameter in parameters)
    {
        parameter.Value.ClearGradient();
    }
    loss.Backward();
    GradientClipping.ByGlobalNorm(parameters, maxNorm: 1);
    optimizer.Update(learningRate);
}

Run("full", (steps, _) => All(steps), window);
Run("every 35", (steps, _) => Fixed(steps, 35), window);
Run("every 7", (steps, _) => Fixed(steps, 7), window);
Run("every step", (steps, _) => Fixed(steps, 1), window);
Run("about every 35, weighted", (steps, random) => AtRandom(steps, 35, random), window);
Run("about every 7, weighted", (steps, random) => AtRandom(steps, 7, random), window);
Run("every 35, each an update", (steps, _) => All(steps), window / 3);
#endregion

// What lies before a cut sends nothing back. Here a sign, twenty steps of nothing, and then the sign again.
Chapter.Section("What a cut hides");

#region What a cut hides
const int Gap = 20;
void Recall(string name, Func<int, RandomStream, double[]> keepOf)
{
    double[] right = [.. Enumerable.Range(1, chapter.Quick ? 1 : 8).Select(seed => RightOf(keepOf, seed))];
    Console.WriteLine($"{name, -24}  learned by {right.Count(share => share == 1)} of {right.Length} networks");
}

double RightOf(Func<int, RandomStream, double[]> keepOf, long seed) // of the answers in the last 20 minibatches
{
    Parameter[] net = Drawn(0.1f, hidden: 16, entries: 4, seed); // signs 0 and 1, nothing 2, the question 3
    float[] vectors = net[0].Value.ToArray();
    Array.Clear(vectors, 2 * 16, 16);
    net[0].Value.Write(vectors); // nothing begins as zeros,
    net[1].Value.Write([.. Enumerable.Range(0, 256).Select(i => i % 17 == 0 ? 1f : 0)]); // W_hh as the identity,
    net[2].Value.ScaleInPlace(0); // and b_h as zeros: so a state forgets least
    var (optimizer, random, right) = (new Adam(net), new RandomStream(seed, 700), 0);
    var updates = chapter.Quick ? 20 : 500;
    for (var update = 0; update < updates; update++)
    {
        int[] sign = [.. Enumerable.Range(0, 32).Select(i => random.Below(2, (ulong)((update * 32) + i)))];
        int[] tokens = // (gap + 3, 32): the answer is the sign
        [.. sign, .. Enumerable.Repeat(2, Gap * 32), .. Enumerable.Repeat(3, 32), .. sign];
        var keep = keepOf(Gap + 2, random.Fork((ulong)update));
        var (_, H) = LossOf(net, tokens, Tensor.Zeros(32, 16), keep);
        Tensor O = Tensor.MatMul(H, net[3].Value) + net[4].Value; // of the last step alone
        right += update < updates - 20 ? 0 : O.ArgMax().Zip(sign).Count(both => both.First == both.Second);
        Step(net, optimizer, Tensor.SoftmaxCrossEntropy(O, sign), learningRate: 0.001);
    }
    return right / (20.0 * 32);
}

Recall("full", (steps, _) => All(steps));
Recall("every 10", (steps, _) => Fixed(steps, 10));
Recall("about every 10, weighted", (steps, random) => AtRandom(steps, 10, random));
#endregion

// Exercises on powers of a symmetric matrix: M = Q diag(λ) Qᵀ with eigenvalues that we choose.
Chapter.Section("Exercises");

#region Exercises
const int N = 50;
double[] λ = [.. Enumerable.Range(0, N).Select(i => 1.1 * Math.Pow(0.9, i))]; // 1.1, 0.99, 0.891, …
double[][] Q = Orthonormal(N);
double[][] M =
[
    .. Q.Select(
        (_, i) =>
            Enumerable.Range(0, N).Select(j => Enumerable.Range(0, N).Sum(k => λ[k] * Q[k][i] * Q[k][j])).ToArray()
    ),
];
double[] x = [.. Enumerable.Range(0, N).Select(i => (double)new RandomStream(Seed, 800).Normal((ulong)i))];
double[] y = x;
for (var k = 1; k <= 50; k++)
{
    y = Times(y, M);
    if (k is 1 or 5 or 10 or 20 or 50)
    {
        double[] byEigenvalues = new double[N];
        foreach (var (q, value) in Q.Zip(λ))
        {
            AddScaled(byEigenvalues, Math.Pow(value, k) * Dot(q, x), q);
        }
        Console.WriteLine(
            $"k = {k, 2}: {Norm(y) / Norm(x), 6:F2} times as long; cosine with v₁ "
                + $"{Math.Abs(Dot(y, Q[0])) / Norm(y):F4}; the same as by λᵏ within 1E-10: "
                + $"{Apart(y, byEigenvalues) < 1e-10}"
        );
    }
}

// Random vectors, each made orthogonal to those before it (Gram–Schmidt).
static double[][] Orthonormal(int n)
{
    List<double[]> q = [];
    for (var i = 0; i < n; i++)
    {
        double[] v =
        [
            .. Enumerable.Range(0, n).Select(j => (double)new RandomStream(Seed, 900).Fork((ulong)i).Normal((ulong)j)),
        ];
        foreach (var one in q.Concat(q))
        {
            AddScaled(v, -Dot(v, one), one);
        }
        q.Add(Scaled(1 / Norm(v), v));
    }
    return [.. q];
}
#endregion

#region Vectors
static double Dot(double[] u, double[] v)
{
    var sum = 0.0;
    for (var i = 0; i < u.Length; i++)
    {
        sum += u[i] * v[i];
    }
    return sum;
}

static void AddScaled(double[] sum, double scale, double[] v)
{
    for (var i = 0; i < v.Length; i++)
    {
        sum[i] += scale * v[i];
    }
}

static void Add(double[] sum, double[] v) => AddScaled(sum, 1, v);

static double[] Sum(params double[][] parts) =>
    [.. Enumerable.Range(0, parts[0].Length).Select(i => parts.Sum(part => part[i]))];

static double[] Scaled(double scale, double[] v) => [.. v.Select(value => scale * value)];

static double[] Times(double[] v, double[][] M) // v · M
{
    var product = new double[M[0].Length];
    for (var i = 0; i < v.Length; i++)
    {
        AddScaled(product, v[i], M[i]);
    }
    return product;
}

static double[] TimesTransposed(double[] v, double[][] M) => [.. M.Select(row => Dot(row, v))]; // v · Mᵀ

static void AddOuter(double[][] sum, double[] u, double[] v) // sum + uᵀ · v
{
    for (var i = 0; i < u.Length; i++)
    {
        AddScaled(sum[i], u[i], v);
    }
}

static double[] Softmax(double[] o)
{
    double[] powers = [.. o.Select(Math.Exp)];
    return Scaled(1 / powers.Sum(), powers);
}

/// <summary>The parameters, or their gradients, in double precision: rows of matrices, and vectors.</summary>
sealed record Weights(double[][] W_xh, double[][] W_hh, double[] b_h, double[][] W_hq, double[] b_q)
{
    public IEnumerable<double[]> Rows => [.. W_xh, .. W_hh, b_h, .. W_hq, b_q];

    public static Weights Of(Parameter[] parameters, bool ofGradients = false)
    {
        double[][] Rows(int i)
        {
            var value = parameters[i].Value;
            float[] all = (ofGradients ? value.Gradient! : value).ToArray();
            return
            [
                .. all.Chunk(value.Shape[value.Shape.Rank - 1]).Select(row => row.Select(one => (double)one).ToArray()),
            ];
        }
        return new(Rows(0), Rows(1), Rows(2)[0], Rows(3), Rows(4)[0]);
    }

    public Weights Zeros()
    {
        static double[][] Like(double[][] rows) => [.. rows.Select(row => new double[row.Length])];
        return new(Like(W_xh), Like(W_hh), new double[b_h.Length], Like(W_hq), new double[b_q.Length]);
    }

    public double[] Part(int i) => [.. ((double[][][])[W_xh, W_hh, [b_h], W_hq, [b_q]])[i].SelectMany(row => row)];
}
#endregion
