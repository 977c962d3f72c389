#:project Recurrent.Book/Recurrent.Book.csproj

// The way of the data: from a text to the loss of a recurrent network, with the values of each stage.
//
//   dotnet run book/data-flow.cs

using System.Globalization;
using Recurrent.Batching;
using Recurrent.Book;
using Recurrent.Models;
using Recurrent.Pictures;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Text;
using Recurrent.Training;

var chapter = Chapter.Open(args);
var text = chapter.ReadText();

// 1. A text is a row of characters.
Chapter.Section("Raw text");

#region Raw text
var raw = text.Content.Trim()[..24];
Console.WriteLine(raw);
chapter.Show("data-flow-1-text", new MatrixShapes("Raw text", Row("text", [.. raw.Select(Shown)])));
#endregion

// 2. Letters become small, everything else a space, and each character is a token.
Chapter.Section("Tokens");

#region Tokens
string[] tokens =
[
    .. Tokenizer.Characters.Tokenize(string.Concat(new Normalizer(text.Options.Normalization).Normalize(raw))),
];
Console.WriteLine(string.Join('|', tokens));
chapter.Show("data-flow-2-tokens", new MatrixShapes("Tokens", Row("tokens", [.. tokens.Select(Name)])));
#endregion

// 3. The vocabulary numbers the tokens of the whole text, the commonest first, and the text becomes these numbers.
Chapter.Section("Vocabulary");

#region Vocabulary
var corpus = Corpus.FromText(text.Content, text.Options with { MaxTokens = 10_000 });
var vocabulary = corpus.Vocabulary;
int[] first = [.. Enumerable.Range(0, 10)];
int[] indices = vocabulary.Encode(tokens);
Console.WriteLine(
    $"{vocabulary.Count} entries; the first ten: {string.Join(' ', first.Select(index => Name(vocabulary[index])))}"
);
Console.WriteLine($"the tokens above: {string.Join(' ', indices)}");
chapter.Show(
    "data-flow-3-vocabulary",
    new MatrixShapes(
        "Vocabulary: index, token, times",
        ShapePart.Matrix(
            "vocabulary",
            ["3", $"{first.Length} of {vocabulary.Count}"],
            [
                [.. first.Select(index => $"{index}")],
                [.. first.Select(index => Name(vocabulary[index]))],
                [.. first.Select(index => $"{vocabulary.Frequencies[index]}")],
            ]
        ),
        ShapePart.Operator("→"),
        Row("indices", [.. indices.Select(index => $"{index}")])
    )
);
#endregion

// 4. Minibatches: two rows of five steps; X is read, and Y, the same moved by one, is what is to be predicted. The
// sequential partition gives each row a stretch of the text and reads on from minibatch to minibatch; random sampling
// takes windows from anywhere.
Chapter.Section("Minibatches");

#region Minibatches
const int Batch = 2;
const int Steps = 5;
var beginning = corpus.Tokens[..35];
BatchSampler[] samplers = [new SequentialPartition(Batch, Steps), new RandomSampling(Batch, Steps)];
foreach (var sampler in samplers)
{
    var name = sampler is SequentialPartition ? "sequential" : "random";
    List<ShapePart> parts = [];
    var number = 0;
    foreach (var each in sampler.Epoch(beginning, RandomStream.Batching(seed: 1), epoch: 1))
    {
        Console.WriteLine(
            $"{name, -10} minibatch {number}:  X {Written(RowsOf(each.X))}   Y {Written(RowsOf(each.Y))}"
        );
        parts.Add(ShapePart.Matrix($"X {number}", ["2", "5"], Letters(RowsOf(each.X), Steps)));
        parts.Add(ShapePart.Operator("→"));
        parts.Add(ShapePart.Matrix($"Y {number++}", ["2", "5"], Letters(RowsOf(each.Y), Steps)));
    }
    chapter.Show(
        $"data-flow-4-{name}",
        new MatrixShapes($"Three minibatches, {name}: what is read and what is to be predicted", parts)
    );
}
#endregion

// 5. A recurrent network reads step by step, all rows of a step at once: so the minibatch is kept transposed.
Chapter.Section("Transpose");

#region Transpose
var minibatch = samplers[0].Epoch(beginning, RandomStream.Batching(seed: 1), epoch: 1).First();
var read = Indices.From(Device.Default, minibatch.X.Span, Steps, Batch); // (steps, batch)
var predicted = Indices.From(Device.Default, minibatch.Y.Span, Steps, Batch); // (steps, batch)
var (x, y) = (read.ToArray(), predicted.ToArray());
Console.WriteLine($"X (2, 5)  {Written(RowsOf(x))}");
Console.WriteLine($"  (5, 2)  {Written(x, Batch)}");
chapter.Show(
    "data-flow-5-transpose",
    new MatrixShapes(
        "Transpose: steps first",
        ShapePart.Matrix("X", ["2", "5"], Letters(RowsOf(x), Steps), "batch, steps"),
        ShapePart.Operator("→"),
        ShapePart.Matrix("Xᵀ", ["5", "2"], Letters(x, Batch), "steps, batch")
    )
);
#endregion

// 6. Each token becomes a vector with a one at its index.
Chapter.Section("One-hot");

#region One-hot
var oneHot = Tensor.OneHot(read, vocabulary.Count);
Console.WriteLine($"{oneHot.Shape}: steps, batch, vocabulary; ones at {string.Join(' ', x)}");
string[] entries = [.. vocabulary.Tokens.Select(Name)];
string[] columns = ["?", .. entries[1..]]; // one character each
string[] places = [.. x.Select((token, i) => $"step {i / Batch}, row {i % Batch}: {entries[token]}")];
chapter.Show(
    "data-flow-6-one-hot",
    new HeatMap($"One-hot ({Steps}, {Batch}, {vocabulary.Count}); ? is <unk>", places, columns, Rows(oneHot), "value")
);
#endregion

// 7. The cell: the vector of a step and the hidden state before it make the hidden state after it. So that there is
// something to see, a small network, of eight hidden units, was trained for a moment. This is its step 1, after step 0
// from a state of zeros.
Chapter.Section("The cell");

#region The cell
const int Hidden = 8;
var model = new RnnFromScratch(
    new ModelConfiguration { VocabularySize = vocabulary.Count, HiddenSize = Hidden },
    RandomStream.Parameters(seed: 1)
);
var epochs = new Trainer(model, corpus.Tokens, new TrainerOptions { Epochs = chapter.Quick ? 2 : 200 });
Console.WriteLine($"perplexity of the small network: {epochs.Run().Last().Perplexity:F2}");

using var noGradient = GradientMode.Disable();
var parameters = model.Parameters.Select(parameter => parameter.Value).ToArray();
var (W_xh, W_hh, b_h) = (parameters[0], parameters[1], parameters[2]);
var (_, before) = RnnFromScratch.Step(oneHot[0], model.InitialState(Batch), parameters);
var fromInput = Tensor.MatMul(oneHot[1], W_xh);
var fromState = Tensor.MatMul(before.Parts[0], W_hh);
var H = Tensor.Tanh(fromInput + fromState + b_h);
foreach (var (name, value) in new[] { ("X·W_xh", fromInput), ("H·W_hh", fromState), ("tanh(…)", H) })
{
    Console.WriteLine($"{name, -8} {value.Shape}, row 0: {string.Join(' ', value[0].ToArray().Select(Number))}");
}
chapter.Show(
    "data-flow-7-cell",
    new MatrixShapes(
        "The cell at step 1: H ← tanh(X·W_xh + H·W_hh + b_h)",
        Values("X·W_xh", fromInput),
        ShapePart.Operator("+"),
        Values("H·W_hh", fromState),
        ShapePart.Operator("+"),
        Values("b_h", b_h.Reshape(1, Hidden)),
        ShapePart.Operator("→ tanh →"),
        Values("H", H)
    )
);
#endregion

// 8. The loop over time: the state goes from step to step, and each step gives an output Y = H·W_hq + b_q.
Chapter.Section("The loop over time");

#region The loop
var state = model.InitialState(Batch);
var outputs = new Tensor[Steps]; // each (batch, vocabulary)
List<double[]> states = [];
for (var t = 0; t < Steps; t++)
{
    (outputs[t], state) = RnnFromScratch.Step(oneHot[t], state, parameters);
    states.Add([.. state.Parts[0][0].ToArray().Select(value => (double)value)]);
    Console.WriteLine(
        $"step {t}: reads {entries[x[t * Batch]], -5}  H, row 0: {string.Join(' ', states[t].Select(value => Number((float)value)))}"
    );
}
string[] steps = [.. Enumerable.Range(0, Steps).Select(t => $"step {t}: {entries[x[t * Batch]]}")];
string[] units = [.. Enumerable.Range(0, Hidden).Select(unit => $"{unit}")];
chapter.Show(
    "data-flow-8-loop",
    new HeatMap("H of row 0 after each step", steps, units, states, "hidden unit's value")
);
#endregion

// 9. The outputs of all steps, one below the other, are what the loss compares with Y: a row of 28 logits for each
// token to predict, which the softmax makes probabilities.
Chapter.Section("The output");

#region The output
var logits = Tensor.Concatenate(outputs); // (steps · batch, vocabulary)
var (whole, _) = model.Forward(read, model.InitialState(Batch));
Console.WriteLine(
    $"{Steps} outputs {outputs[0].Shape} concatenated: {logits.Shape}; the model's own: {logits.ToArray().SequenceEqual(whole.ToArray())}"
);
List<double[]> probabilities = [];
for (var row = 0; row < y.Length; row++)
{
    var exponentials = logits[row].ToArray().Select(logit => Math.Exp(logit)).ToArray();
    probabilities.Add([.. exponentials.Select(value => value / exponentials.Sum())]);
    Console.WriteLine(
        $"  {places[row], -20}  next is {entries[y[row]], -5}  probability {probabilities[row][y[row]]:F3}"
    );
}
var loss = Tensor.SoftmaxCrossEntropy(logits, predicted).ToScalar();
Console.WriteLine($"loss, the mean of −log p: {loss:F3}; perplexity, its exponential: {Math.Exp(loss):F2}");
chapter.Show(
    "data-flow-9-output",
    new HeatMap(
        $"What the network expects next ({y.Length}, {vocabulary.Count}); ? is <unk>",
        [.. places.Select((place, i) => $"{place} → {entries[y[i]]}")],
        columns,
        probabilities,
        "probability"
    )
);
#endregion

#region How it is shown
static string Shown(char character) =>
    character switch
    {
        ' ' => "␣",
        '\n' => "⏎",
        _ => $"{character}",
    };

static string Name(string token) => token == " " ? "␣" : token;

static string Number(float value) => value.ToString("0.00", CultureInfo.InvariantCulture);

static ShapePart Row(string name, string[] cells) => ShapePart.Matrix(name, [$"{cells.Length}"], [cells]);

static ShapePart Values(string name, Tensor x) =>
    ShapePart.Matrix(
        name,
        [$"{x.Shape[0]}", $"{x.Shape[1]}"],
        [.. Rows(x).Select(row => row.Select(value => Number((float)value)).ToArray())]
    );

static double[][] Rows(Tensor x) => [.. x.ToArray().Select(value => (double)value).Chunk(x.Shape[x.Shape.Rank - 1])];

int[] RowsOf(ReadOnlyMemory<int> tokens) => TimeMajor.RowsOf(tokens, Batch); // (batch, steps)

string[][] Letters(ReadOnlyMemory<int> tokens, int columns) =>
    [.. tokens.ToArray().Select(token => Name(vocabulary[token])).Chunk(columns)];

string Written(ReadOnlyMemory<int> tokens, int columns = Steps) =>
    string.Join(" / ", Letters(tokens, columns).Select(letters => string.Concat(letters)));
#endregion
