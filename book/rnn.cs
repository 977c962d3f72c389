#:project Recurrent.Book/Recurrent.Book.csproj

// Recurrent neural networks (Dive into Deep Learning, 8.4): a state that sums up what has been read, and perplexity,
// the measure of a language model.
//
//   dotnet run book/rnn.cs

using System.IO.Compression;
using System.Text;
using Recurrent;
using Recurrent.Book;
using Recurrent.Evaluation;
using Recurrent.Pictures;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Text;
using Recurrent.Training;

var chapter = Chapter.Open(args);

// A network with one hidden layer takes its examples one by one: H = φ(X·W_xh + b_h), O = H·W_hq + b_q. Three examples
// of one input, four hidden units, two outputs.
Chapter.Section("Without a hidden state");

#region Without a hidden state
var random = RandomStream.Parameters(seed: 1);
Tensor X = Tensor.Normal(random.Fork(0), 1, 3, 1); // (n, d): the batch, the inputs
Tensor W_xh = Tensor.Normal(random.Fork(1), 1, 1, 4); // (d, h): h hidden units
Tensor b_h = Tensor.Zeros(4);
Tensor W_hq = Tensor.Normal(random.Fork(4), 1, 4, 2); // (h, q): q outputs
Tensor b_q = Tensor.Zeros(2);

Tensor hidden = Tensor.Tanh(Tensor.MatMul(X, W_xh) + b_h);
Print("H", hidden);
Print("O", Tensor.MatMul(hidden, W_hq) + b_q);
#endregion

// A recurrent network adds one term, the state of the step before: Hₜ = φ(Xₜ·W_xh + Hₜ₋₁·W_hh + b_h). All that it knows
// of the past is in H, whose size does not grow with the text.
Chapter.Section("With a hidden state");

#region With a hidden state
Tensor H = Tensor.Normal(random.Fork(2), 1, 3, 4); // (n, h), the state of the step before
Tensor W_hh = Tensor.Normal(random.Fork(3), 1, 4, 4); // (h, h)

Tensor next = Tensor.Tanh(Tensor.MatMul(X, W_xh) + Tensor.MatMul(H, W_hh) + b_h);
Print("the next H", next);
Print("O", Tensor.MatMul(next, W_hq) + b_q);
#endregion

// The same three steps again and again, with the same weights.
List<DiagramNode> nodes = [];
List<DiagramArrow> arrows = [];
string[] times = ["t−1", "t", "t+1"];
for (var i = 0; i < times.Length; i++)
{
    nodes.AddRange([
        new($"output{i}", i + 1, 0, $"O_{{{times[i]}}}") { Shape = NodeShape.Circle, Colour = 1 },
        new($"state{i}", i + 1, 1, $"H_{{{times[i]}}}") { Shape = NodeShape.Circle, Colour = 0 },
        new($"input{i}", i + 1, 2, $"X_{{{times[i]}}}") { Shape = NodeShape.Circle },
    ]);
    arrows.AddRange([
        new(i == 0 ? "before" : $"state{i - 1}", $"state{i}", "W_{hh}"),
        new($"input{i}", $"state{i}", "W_{xh}"),
        new($"state{i}", $"output{i}", "W_{hq}"),
    ]);
}
nodes.AddRange([
    new("before", 0, 1, "H_{t−2}") { Shape = NodeShape.Circle },
    new("after", times.Length + 1, 1, "…") { Shape = NodeShape.None },
]);
arrows.Add(new($"state{times.Length - 1}", "after", "W_{hh}"));
chapter.Show("rnn-steps", new Diagram("A recurrent network over three time steps", nodes, arrows));

// The weights are those of one step, however many steps there are.
Chapter.Section("Parameters");

#region Parameters
const int Characters = 28; // d and q
int ParametersOf(int h) => (Characters * h) + (h * h) + h + (h * Characters) + Characters;

Console.WriteLine($"256 hidden units: {ParametersOf(256), 15:N0} parameters, for 10 characters or 10 million");
foreach (var n in new[] { 2, 4, 6, 8 })
{
    Console.WriteLine($"table of {n}-grams: {Math.Pow(Characters, n), 15:N0}");
}
#endregion

// Two products and a sum are one product: put X and H side by side, and W_xh on top of W_hh.
Chapter.Section("Two products in one");

#region Two products in one
Tensor twoProducts = Tensor.MatMul(X, W_xh) + Tensor.MatMul(H, W_hh);
Tensor oneProduct = Tensor.MatMul(
    Tensor.Concatenate([X, H], axis: 1), // (3, 1) beside (3, 4): (3, 5)
    Tensor.Concatenate([W_xh, W_hh], axis: 0) // (1, 4) on top of (4, 4): (5, 4)
);

Print("X·W_xh + H·W_hh", twoProducts);
Print("[X H]·[W_xh; W_hh]", oneProduct);
float difference = (twoProducts - oneProduct).ToArray().Max(MathF.Abs);
Console.WriteLine($"the largest difference is below 0.000001: {difference < 1e-6f}");
#endregion

chapter.Show(
    "rnn-concatenation",
    new MatrixShapes(
        "Two products in one",
        Cells("[X H]", Tensor.Concatenate([X, H], axis: 1)),
        ShapePart.Operator("×"),
        Cells("[W_xh; W_hh]", Tensor.Concatenate([W_xh, W_hh], axis: 0)),
        ShapePart.Operator("="),
        Cells("X·W_xh + H·W_hh", oneProduct)
    )
);

// What a character model is asked: to give, after each character, a probability to each that may come next. After
// "machin" the input is m, a, c, h, i, n, and the right answers are the same moved by one: a, c, h, i, n, e.
Chapter.Section("A character model");

#region A character model
const string Word = "machine";
var (inputs, answers) = (Word[..^1], Word[1..]);
for (var t = 0; t < inputs.Length; t++)
{
    Console.WriteLine(
        $"step {t + 1}: reads {inputs[t]}, after {inputs[..(t + 1)], -6} the right answer is {answers[t]}"
    );
}
#endregion

// Those on which the third output depends are coloured.
nodes = [];
arrows = [];
for (var t = 0; t < inputs.Length; t++)
{
    int? colour = t <= 2 ? 0 : null;
    nodes.AddRange([
        new($"answer{t}", t, 0, $"{answers[t]}") { Shape = NodeShape.None },
        new($"output{t}", t, 1, $"O_{{{t + 1}}}") { Shape = NodeShape.Circle, Colour = t == 2 ? 1 : null },
        new($"state{t}", t, 2, $"H_{{{t + 1}}}") { Shape = NodeShape.Circle, Colour = colour },
        new($"input{t}", t, 3, $"{inputs[t]}") { Shape = NodeShape.Circle, Colour = colour },
    ]);
    arrows.AddRange([
        new($"output{t}", $"answer{t}", t == 2 ? "loss" : "") { IsDashed = true, IsPlain = true },
        new($"state{t}", $"output{t}"),
        new($"input{t}", $"state{t}"),
    ]);
    if (t > 0)
    {
        arrows.Add(new($"state{t - 1}", $"state{t}"));
    }
}
chapter.Show(
    "rnn-machine",
    new Diagram("From \"machin\" to \"achine\", and what the third output depends on", nodes, arrows)
);

// The loop over the steps, for a minibatch of n rows whose tokens are one-hot vectors of d numbers: Xₜ is (n, d). The
// weights are random, and there are no biases.
Chapter.Section("What an output depends on");

#region The loop
const string Letters = "abcdefghijklmnopqrstuvwxyz"; // d = q = 26
const int Units = 16;
var drawn = RandomStream.Parameters(seed: 2);
Tensor toHidden = Tensor.Normal(drawn.Fork(0), 1, Letters.Length, Units);
Tensor toItself = Tensor.Normal(drawn.Fork(1), 0.25f, Units, Units);
Tensor toOutput = Tensor.Normal(drawn.Fork(2), 1, Units, Letters.Length);

Tensor[] Outputs(string[] rows, Tensor recurrent)
{
    Tensor state = Tensor.Zeros(rows.Length, Units); // (n, h)
    var outputs = new Tensor[rows[0].Length];
    for (var t = 0; t < outputs.Length; t++)
    {
        Tensor x = Tensor.OneHot(TokensAt(rows, t), Letters.Length, rows.Length); // (n, d)
        state = Tensor.Tanh(Tensor.MatMul(x, toHidden) + Tensor.MatMul(state, recurrent));
        outputs[t] = Tensor.MatMul(state, toOutput); // (n, q)
    }
    return outputs;
}

int[] TokensAt(string[] rows, int t) => [.. rows.Select(row => Letters.IndexOf(row[t]))];
#endregion

#region What an output depends on
float[] Losses(string word, Tensor recurrent) =>
    [
        .. Outputs([word], recurrent)
            .Select((output, t) => Tensor.SoftmaxCrossEntropy(output, TokensAt([answers], t)).ToScalar()),
    ];

void ShowLosses(Tensor recurrent)
{
    Console.WriteLine($"loss at step {string.Join("", Enumerable.Range(1, inputs.Length).Select(t => $"{t, 7}"))}");
    var losses = Losses(inputs, recurrent);
    Console.WriteLine($"{inputs}       {string.Join("", losses.Select(loss => $"{loss, 7:F3}"))}");
    for (var changed = 0; changed < inputs.Length; changed++)
    {
        var other = $"{inputs[..changed]}x{inputs[(changed + 1)..]}";
        var row = Losses(other, recurrent).Select((loss, t) => loss == losses[t] ? $"{"=", 7}" : $"{loss, 7:F3}");
        Console.WriteLine($"{other}       {string.Join("", row)}");
    }
}

ShowLosses(toItself);
Console.WriteLine("without a hidden state");
ShowLosses(toItself * 0);
#endregion

// A softmax makes probabilities of each output, and the cross-entropy is minus the logarithm of the right one's.
Chapter.Section("From output to loss");

#region From output to loss
double[] powers = [.. Outputs([inputs], toItself)[2].ToArray().Select(o => Math.Exp(o))]; // (q)
var probability = powers[Letters.IndexOf(answers[2])] / powers.Sum();
Console.WriteLine(
    $"after mac: the probability of {answers[2]} is {probability:F4}, −log of it {-Math.Log(probability):F3}; "
        + $"the loss at step 3 is {Losses(inputs, toItself)[2]:F3}"
);
#endregion

// Several rows at a time: each has a state of its own.
Chapter.Section("A minibatch");

#region A minibatch
string[] rows = [inputs, "travel"];
Tensor[] together = Outputs(rows, toItself);
Console.WriteLine($"{rows.Length} rows, {together.Length} steps; each output {together[0].Shape}");
for (var row = 0; row < rows.Length; row++)
{
    Tensor[] alone = Outputs([rows[row]], toItself);
    var isSame = alone
        .Zip(together, (a, b) => a[0].ToArray().AsSpan().SequenceEqual(b[row].ToArray()))
        .All(same => same);
    Console.WriteLine($"{rows[row]}: the same outputs as alone: {isSame}");
}
#endregion

// Perplexity is the exponential of the mean cross-entropy: among how many equally likely characters the model is left
// to choose. The library's loss takes logits, from which softmax makes probabilities; so logits of our choice show its
// three landmarks.
Chapter.Section("Perplexity");

#region Perplexity
int[] rightAnswers = [1, 0, 2, 7]; // (4), the right characters by index

double Perplexity(Tensor logits) => Math.Exp(Tensor.SoftmaxCrossEntropy(logits, rightAnswers).ToScalar());

// Certain and right: all probability is on the right answers.
Tensor right = Tensor.OneHot(rightAnswers, Characters, 4) * 1000;

// Certain and wrong: none of it is.
Tensor wrong = right * -1;

// It knows nothing: all characters are equally probable.
Tensor uniform = Tensor.Zeros(4, Characters);

Console.WriteLine($"always certain and right: {Perplexity(right)}");
Console.WriteLine($"always certain and wrong: {Perplexity(wrong)}");
Console.WriteLine($"uniform:                  {Perplexity(uniform):F3}, for a vocabulary of {Characters}");
#endregion

// The number of choices at a step is 1/P. Perplexity is the geometric mean of these numbers.
Chapter.Section("A mean of choices");

#region A mean of choices
double[] choices = [2, 8]; // P = 1/2, then 1/8
Console.WriteLine($"perplexity      {Math.Exp(-choices.Average(choice => Math.Log(1 / choice))):F2}");
Console.WriteLine($"geometric mean  {Math.Sqrt(choices[0] * choices[1]):F2}");
Console.WriteLine($"harmonic mean   {choices.Length / choices.Sum(choice => 1 / choice):F2}");
Console.WriteLine($"arithmetic mean {choices.Average():F2}");
#endregion

// A model that has learned something: from nine tenths of the text. The last tenth is to judge it by.
Chapter.Section("Texts of different lengths");

#region A model
string text = chapter.ReadText().Content;
string known = text[..(text.Length / 10 * 9)];
string unseen = text[known.Length..];
int epochs = chapter.Quick ? 3 : 12;

// The network alone, without the n-grams of 8.3, which a TextModel otherwise counts where they help.
TextModel model = TextModel.Train(
    Corpus.FromText(known),
    new TextModelOptions
    {
        Plan = plan => plan with { Counts = CountsUse.Never, Trainer = plan.Trainer with { Epochs = epochs } },
    }
);
#endregion

#region Texts of different lengths
void Judge(string name, string text)
{
    var measured = ModelEvaluator.Measure(model.Trained, text);
    var exponent = measured.Bits * Math.Log10(2);
    Console.WriteLine($"{name, -48}  P = 10^−{exponent, -5:F0} perplexity {measured.Perplexity, 6:F2}");
}

string[] sentences =
[
    "zqx",
    "I tkoo a cdanle adn wnet slwoly up the strais.",
    "slowly I the took went and candle up a stairs.",
    "I took a stairs and went slowly up the candle.",
    "I took a candle and went slowly up the stairs.",
];
foreach (var sentence in sentences)
{
    Judge(sentence, sentence);
}
foreach (var length in new[] { 100, 1_000, 10_000 })
{
    string beginning = unseen[..Math.Min(length, unseen.Length)];
    Judge($"unseen text, {beginning.Length, 6:N0} characters", beginning);
}
#endregion

// To base 2 the cross-entropy is a number of bits: what an arithmetic coder, given the model's probabilities, writes
// for each character. So a model packs a text, and whoever has the same model unpacks it. Here it packs the last tenth,
// which it has not seen.
Chapter.Section("Bits");

#region Bits
byte[] packed = model.Pack(unseen);
double bits = ModelEvaluator.Measure(model.Trained, unseen).BitsPerCharacter;

Console.WriteLine($"cross-entropy: {bits:F3} bits per character, {bits * unseen.Length / 8:N0} bytes in all");
Report("packed", packed.Length);
Report("gzip", SizeBy(output => new GZipStream(output, CompressionLevel.SmallestSize)));
Report("brotli", SizeBy(output => new BrotliStream(output, CompressionLevel.SmallestSize)));
Report("as it is", Encoding.UTF8.GetByteCount(unseen));
Console.WriteLine($"unpacked, it is the same text: {model.Unpack(packed) == unseen}");

using var file = new MemoryStream();
model.Trained.Save(file);
Console.WriteLine($"the model itself: {file.Length:N0} bytes");
#endregion

// For an exercise: how long the gradient of the last state is with respect to the first, by the number of steps.
Chapter.Section("Gradients through many steps");

#region Gradients through many steps
double GradientNorm(float size, int steps)
{
    const int h = 256;
    var stream = RandomStream.Parameters(seed: 3);
    Tensor weights = Tensor.Normal(stream.Fork(0), size / MathF.Sqrt(h), h, h);
    Tensor first = Tensor.Normal(stream.Fork(1), 0.01f, 1, h).RequireGradient();
    Tensor last = first;
    for (var t = 0; t < steps; t++)
    {
        last = Tensor.Tanh(Tensor.MatMul(last, weights));
    }
    (last * Tensor.Normal(stream.Fork(2), 1 / MathF.Sqrt(h), 1, h)).Sum().Backward(); // along a random direction
    return Math.Sqrt(first.Gradient!.SumOfSquares());
}

int[] distances = [1, 10, 20, 40, 80];
Console.WriteLine($"steps    {string.Join("", distances.Select(steps => $"{steps, 9}"))}");
foreach (var size in new[] { 0.8f, 1, 2 })
{
    Console.WriteLine(
        $"size {size, 3:F1} {string.Join("", distances.Select(steps => $"{GradientNorm(size, steps), 9:0.0e+0}"))}"
    );
}
#endregion

// For another: how far back does the model look? Let it begin with an empty state so many characters before the one to
// predict.
Chapter.Section("How far back it looks");

#region How far back it looks
int[] tokens = model.Trained.Codec.Encode(unseen);
int count = chapter.Quick ? 50 : 2000;
int[] places = [.. Enumerable.Range(0, count).Select(i => 64 + (i * (tokens.Length - 64) / count))]; // of the answers
Console.WriteLine($"a vocabulary of {model.Trained.Codec.Vocabulary.Count}, {count:N0} places in the unseen text");
using (GradientMode.Disable())
{
    foreach (var back in new[] { 1, 2, 4, 8, 16, 32, 64 })
    {
        int[] windows =
        [
            .. Enumerable.Range(-back, back).SelectMany(step => places.Select(place => tokens[place + step])),
        ];
        var (logits, _) = model.Trained.Model.Forward(
            Indices.From(windows, back, places.Length), // (steps, batch)
            model.Trained.Model.InitialState(places.Length)
        );
        var last = logits.Slice((back - 1) * places.Length, places.Length);
        var loss = Tensor.SoftmaxCrossEntropy(last, [.. places.Select(place => tokens[place])]);
        Console.WriteLine($"the last {back, 2} characters: perplexity {Math.Exp(loss.ToScalar()), 6:F2}");
    }
}
#endregion

void Report(string name, int bytes) =>
    Console.WriteLine($"{name + ":", -9} {bytes, 7:N0} bytes, {8.0 * bytes / unseen.Length:F3} bits per character");

int SizeBy(Func<Stream, Stream> compress)
{
    using var compressed = new MemoryStream();
    using (Stream stream = compress(compressed))
    {
        stream.Write(Encoding.UTF8.GetBytes(unseen));
    }
    return compressed.ToArray().Length;
}

void Print(string name, Tensor matrix)
{
    Console.WriteLine($"{name} {matrix.Shape}");
    for (var row = 0; row < matrix.Shape[0]; row++)
    {
        Console.WriteLine($"  {string.Join(' ', matrix[row].ToArray().Select(value => $"{value, 7:F4}"))}");
    }
}

static ShapePart Cells(string name, Tensor matrix) =>
    ShapePart.Matrix(
        name,
        [.. matrix.Shape.ToArray().Select(length => $"{length}")],
        [.. Enumerable.Range(0, matrix.Shape[0]).Select(row => matrix[row].ToArray().Select(v => $"{v:F1}").ToArray())]
    );
