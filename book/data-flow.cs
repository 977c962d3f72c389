#:project Recurrent.Book/Recurrent.Book.csproj

// How the data flows: from a text to the loss of a recurrent network, with the values of each stage.
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
        "The vocabulary, and the tokens as indices",
        ShapePart.Matrix(
            "vocabulary",
            ["3", $"{first.Length} of {vocabulary.Count}"],
            [
                [.. first.Select(index => $"{index}")],
                [.. first.Select(index => Name(vocabulary[index]))],
                [.. first.Select(index => $"{vocabulary.Frequencies[index]}")],
            ],
            rows: ["index", "token", "times"]
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

// 7. The vectors of a step go into the cell. So that there is something to see, a small network, of eight hidden units,
// was trained for a moment; this is its step 1. A row with a single one, times a matrix, is a row of that matrix.
Chapter.Section("X into the cell");

#region X into the cell
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
var fromInput = Tensor.MatMul(oneHot[1], W_xh);
int[] readNow = [x[Batch], x[Batch + 1]]; // by the two rows, at step 1
Console.WriteLine(
    $"X_1 {oneHot[1].Shape} · W_xh {W_xh.Shape} is rows {readNow[0]} and {readNow[1]} of W_xh: "
        + $"{fromInput.ToArray().SequenceEqual(Tensor.Lookup(W_xh, readNow).ToArray())}"
);

// Most columns of X_1 hold no one; of them and the rows of W_xh beside them, "…" stands for several.
List<int?> some = [];
int[] kept = [0, .. readNow, vocabulary.Count - 1];
foreach (var token in kept.Distinct().Order())
{
    some.AddRange(some is [.., { } last] && token > last + 1 ? [null, token] : [token]);
}
string[] someTokens = [.. some.Select(token => token is { } index ? entries[index] : "")];
string[] Some(Func<int, double> value, string format) =>
    [.. some.Select(token => token is { } index ? value(index).ToString(format) : "…")];
var (X_1, W) = (Rows(oneHot[1]), Rows(W_xh));
chapter.Show(
    "data-flow-7a-input",
    new MatrixShapes(
        "X_1 goes into the cell",
        ShapePart.Matrix(
            "X_1",
            [$"{Batch}", $"{vocabulary.Count}"],
            [.. X_1.Select(row => Some(token => row[token], "0"))],
            rows: [.. readNow.Select((token, row) => $"row {row}: {entries[token]}")],
            columns: someTokens
        ),
        ShapePart.Operator("·"),
        ShapePart.Matrix(
            "W_xh",
            [$"{vocabulary.Count}", $"{Hidden}"],
            [
                .. some.Select(token =>
                    token is { } index ? W[index].Select(Number).ToArray() : [.. Enumerable.Repeat("…", Hidden)]
                ),
            ],
            rows: someTokens
        ),
        ShapePart.Operator("="),
        Values("X_1·W_xh", fromInput)
    )
);
#endregion

// 8. The cell: what comes from the input, what comes from the hidden state before, and a bias make the hidden state
// after it. The state before is that of step 0, which began from zeros.
Chapter.Section("The cell");

#region The cell
var (_, before) = RnnFromScratch.Step(oneHot[0], model.InitialState(Batch), parameters);
var fromState = Tensor.MatMul(before.Parts[0], W_hh);
var H = Tensor.Tanh(fromInput + fromState + b_h);
foreach (var (name, value) in new[] { ("X_1·W_xh", fromInput), ("H_0·W_hh", fromState), ("H_1", H) })
{
    Console.WriteLine($"{name, -8} {value.Shape}, row 0: {string.Join(' ', Rows(value)[0].Select(Number))}");
}
chapter.Show(
    "data-flow-7b-cell",
    new MatrixShapes(
        "The cell at step 1: H_1 = tanh(X_1·W_xh + H_0·W_hh + b_h)",
        Values("X_1·W_xh", fromInput),
        ShapePart.Operator("+"),
        Values("H_0·W_hh", fromState),
        ShapePart.Operator("+"),
        Values("b_h", b_h.Reshape(1, Hidden)),
        ShapePart.Operator("→ tanh →"),
        Values("H_1", H)
    )
);
#endregion

DiagramNode Text(string name, double column, double row, string label) =>
    new(name, column, row, label) { Shape = NodeShape.None };

chapter.Show(
    "data-flow-7c-arrows",
    new Diagram(
        "What goes into the cell at step 1, and what comes out",
        [
            Text("before", 0, 1, $"H_{{0}}\n({Batch}, {Hidden})"),
            new("hh", 1, 1, "· W_{hh}"),
            new("sum", 2, 1, "+") { Shape = NodeShape.Circle },
            new("tanh", 3, 1, "tanh"),
            Text("after", 4, 1, $"H_{{1}}\n({Batch}, {Hidden})"),
            Text("next", 5, 1, "step 2"),
            Text("bias", 1, 2, "b_{h}"),
            new("xh", 2, 2, "· W_{xh}"),
            Text("X", 2, 3, $"X_{{1}}\n({Batch}, {vocabulary.Count})"),
            new("hq", 4, 0, "· W_{hq} + b_{q}"),
            Text("O", 5, 0, $"O_{{1}}\n({Batch}, {vocabulary.Count})"),
        ],
        new DiagramArrow("before", "hh"),
        new("hh", "sum"),
        new("X", "xh"),
        new("xh", "sum"),
        new("bias", "sum"),
        new("sum", "tanh"),
        new("tanh", "after"),
        new("after", "next"),
        new("after", "hq"),
        new("hq", "O")
    )
    {
        Frames = [new("cell", 1, 1, 3, 2)],
    }
);

// 9. The loop over time: the state goes from step to step, and each step gives an output O = H·W_hq + b_q.
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
        $"step {t}: reads {entries[x[t * Batch]], -5}  H, row 0: {string.Join(' ', states[t].Select(Number))}"
    );
}
string[] steps = [.. Enumerable.Range(0, Steps).Select(t => $"step {t}: {entries[x[t * Batch]]}")];
string[] units = [.. Enumerable.Range(0, Hidden).Select(unit => $"{unit}")];
chapter.Show(
    "data-flow-8-loop",
    new HeatMap("The state of row 0 after each step", steps, units, states, "value") { ColumnTitle = "hidden unit" }
);
#endregion

// The same cell, five times: a chain.
List<DiagramNode> chain = [Text("H before", 0, 1, "zeros")];
List<DiagramArrow> links = [];
for (var t = 0; t < Steps; t++)
{
    var rows = string.Join('\n', Enumerable.Range(0, Batch).Select(row => entries[x[(t * Batch) + row]]));
    chain.Add(new($"cell {t}", t + 1, 1, "cell") { Colour = 0 });
    chain.Add(Text($"X {t}", t + 1, 2, $"X_{{{t}}}\n{rows}"));
    chain.Add(Text($"O {t}", t + 1, 0, $"O_{{{t}}}"));
    links.Add(t == 0 ? new("H before", "cell 0") : new($"cell {t - 1}", $"cell {t}", $"H_{{{t - 1}}}"));
    links.Add(new($"X {t}", $"cell {t}"));
    links.Add(new($"cell {t}", $"O {t}"));
}
chain.Add(Text("H after", Steps + 1, 1, $"H_{{{Steps - 1}}}"));
links.Add(new($"cell {Steps - 1}", "H after"));
chapter.Show(
    "data-flow-8-chain",
    new Diagram($"One cell, five times: X and O ({Batch}, {vocabulary.Count}), H ({Batch}, {Hidden})", chain, links)
);

// 10. The outputs of all steps, one below the other, are what the loss compares with Y: a row of 28 logits for each
// token to predict, which the softmax makes probabilities.
Chapter.Section("The output");

#region The output
var logits = Tensor.Concatenate(outputs); // (steps · batch, vocabulary)
var (whole, _) = model.Forward(read, model.InitialState(Batch));
Console.WriteLine(
    $"{Steps} outputs {outputs[0].Shape} concatenated: {logits.Shape}; "
        + $"the model's own: {logits.ToArray().SequenceEqual(whole.ToArray())}"
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
        $"The probabilities of the next token, the right one outlined; ? is <unk>",
        [.. places.Select((place, i) => $"{place} → {entries[y[i]]}")],
        columns,
        probabilities,
        "probability"
    )
    {
        Outlined = [.. y.Select((token, row) => (row, token))],
    }
);
#endregion

// How the outputs are stacked, with the first two and the last logit of each row.
List<DiagramNode> stack = [];
List<DiagramArrow> into = [];
for (var t = 0; t < Steps; t++)
{
    var stacked = Rows(logits)[(t * Batch)..((t + 1) * Batch)]
        .Select((row, i) => $"{(t * Batch) + i}:  {Number(row[0])}  {Number(row[1])}  …  {Number(row[^1])}");
    stack.Add(new($"O {t}", 0, t, $"O_{{{t}}}\n({Batch}, {vocabulary.Count})") { Colour = 0 });
    stack.Add(Text($"rows {t}", 1, t, string.Join('\n', stacked)));
    stack.Add(
        Text($"Y {t}", 2, t, string.Join('\n', y[(t * Batch)..((t + 1) * Batch)].Select(token => entries[token])))
    );
    into.Add(new($"O {t}", $"rows {t}"));
    into.Add(new($"rows {t}", $"Y {t}") { IsPlain = true, IsDashed = true });
}
chapter.Show(
    "data-flow-9-stack",
    new Diagram($"{Steps} outputs become one; the loss compares it with Y", stack, into)
    {
        Frames =
        [
            new($"O ({Steps * Batch}, {vocabulary.Count})", 1, 0, 1, Steps - 1),
            new($"Y ({Steps * Batch})", 2, 0, 2, Steps - 1),
        ],
    }
);

// 11. The whole, three times: what the model is, how it is trained, and how it writes.
Chapter.Section("The flow of model, training and generation");

chapter.Show(
    "data-flow-model",
    new Diagram(
        "The model: B rows, V tokens, H hidden units",
        [
            Text("X", 0, 0, "X_{t}\n(B)"),
            new("one-hot", 1, 0, "one-hot\n(B, V)"),
            new("cell", 2, 0, "cell\n(B, H)") { Colour = 0 },
            new("linear", 3, 0, "· W_{hq} + b_{q}\n(B, V)"),
            Text("O", 4, 0, "O_{t}\n(B, V)"),
            new("loss", 5, 0, "loss") { Colour = 1 },
            Text("Y", 5, 1, "Y_{t}\n(B)"),
        ],
        new DiagramArrow("X", "one-hot"),
        new("one-hot", "cell"),
        new("cell", "cell", "H_{t}"),
        new("cell", "linear"),
        new("linear", "O"),
        new("O", "loss"),
        new("Y", "loss")
    )
    {
        Frames = [new("for each time step t", 1, 0, 3, 0)],
    }
);

chapter.Show(
    "data-flow-training",
    new Diagram(
        "Training",
        [
            Text("begin", 0, 0, "weights\nby chance"),
            new("zeros", 1, 0, "state of zeros"),
            new("minibatch", 2, 0, "next minibatch\nX, Y"),
            new("forward", 3, 0, "forward\nO, H"),
            new("loss", 4, 0, "loss: mean\nof −log p") { Colour = 1 },
            new("backward", 4, 1, "backward:\ngradients"),
            new("clip", 3, 1, "clip\nto norm θ"),
            new("update", 2, 1, "update\nthe weights") { Colour = 0 },
            new("perplexity", 1, 1, "perplexity\nof the epoch"),
            new("sample", 1, 2, "every 10 epochs:\nwrite a sample"),
        ],
        new DiagramArrow("begin", "zeros"),
        new("zeros", "minibatch"),
        new("minibatch", "forward"),
        new("forward", "loss"),
        new("loss", "backward"),
        new("backward", "clip"),
        new("clip", "update"),
        new("update", "minibatch", "keep H, detached"),
        new("update", "perplexity"),
        new("perplexity", "zeros", "next epoch"),
        new("perplexity", "sample") { IsDashed = true }
    )
    {
        Frames = [new("for each epoch", 1, 0, 4, 2), new("for each minibatch", 2, 0, 4, 1)],
    }
);

// What the small network really writes after the first three characters, the likeliest each time.
#region Generation
const int Prefix = 3;
List<int> written = [.. corpus.Tokens[..Prefix].ToArray()];
var memory = model.InitialState(batch: 1);
for (var t = 0; t < written.Count; t++)
{
    (var output, memory) = RnnFromScratch.Step(Tensor.OneHot([written[t]], vocabulary.Count, 1), memory, parameters);
    if (t >= Prefix - 1 && written.Count < 2 * Prefix)
    {
        written.Add(output.ArgMax()[0]);
    }
}
var result = corpus.Codec.Decode(written.ToArray());
Console.WriteLine($"\"{result[..Prefix]}\" is read, \"{result[Prefix..]}\" written");
#endregion

List<DiagramNode> writing = [Text("zeros", 0, 1, "zeros")];
List<DiagramArrow> ways = [];
for (var t = 0; t < written.Count - 1; t++)
{
    writing.Add(new($"cell {t}", t + 1, 1, "cell") { Colour = 0 });
    writing.Add(new($"in {t}", t + 1, 2, entries[written[t]]) { Shape = NodeShape.Circle });
    ways.Add(new(t == 0 ? "zeros" : $"cell {t - 1}", $"cell {t}"));
    ways.Add(new($"in {t}", $"cell {t}"));
    if (t >= Prefix - 1)
    {
        writing.Add(new($"out {t}", t + 1, 0, entries[written[t + 1]]) { Shape = NodeShape.Circle, Colour = 1 });
        ways.Add(new($"cell {t}", $"out {t}"));
    }
    if (t >= Prefix)
    {
        ways.Add(new($"out {t - 1}", $"in {t}") { IsDashed = true });
    }
}
chapter.Show(
    "data-flow-generation",
    new Diagram("Generation: what is chosen is read next", writing, ways)
    {
        Frames = [new("warm-up", 1, 0, Prefix - 1, 2), new("writing", Prefix, 0, written.Count - 1, 2)],
    }
);

// Where all this stands: the chapters as a map.
string[] left =
[
    "8.1 Sequence models\nMarkov, latent state, k steps ahead",
    "8.2 Text preprocessing\ntokens, vocabulary, indices",
    "8.3 Language models, dataset\nn-grams, Zipf, smoothing, minibatches",
    "8.4 Recurrent networks\nhidden state, perplexity",
    "8.5 From scratch\none-hot, warm-up, clipping",
    "8.6 Concise\nlayers of the library",
    "8.7 Backpropagation through time\nexploding and vanishing gradients",
];
string[] right =
[
    "9.1 GRU\nreset and update gates",
    "9.2 LSTM\nmemory cell, three gates",
    "9.3 Deep networks\nlayer upon layer",
    "9.4 Bidirectional networks\nreading from both ends",
    "Applications\nclassifier, tagger, encoder and decoder",
    "Exercises of 8.5\nsettings, sampling, gradients",
    "Beside the book\nhow the data flows, frameworks, devices",
];
string[][] sides = [left, right];
chapter.Show(
    "data-flow-map",
    new Diagram(
        "Chapters 8 and 9 as a map",
        [
            new("middle", 1, (left.Length - 1) / 2.0, "Recurrent\nnetworks") { Shape = NodeShape.Circle },
            .. sides.SelectMany(
                (side, i) =>
                    side.Select(
                        (label, row) =>
                            new DiagramNode(label, 2 * i, row, label) { Colour = label[0] is '8' or '9' ? i : 2 }
                    )
            ),
        ],
        [.. sides.SelectMany(side => side.Select(label => new DiagramArrow("middle", label) { IsPlain = true }))]
    )
);

#region How it is shown
static string Shown(char character) =>
    character switch
    {
        ' ' => "␣",
        '\n' => "⏎",
        _ => $"{character}",
    };

static string Name(string token) => token == " " ? "␣" : token;

static string Number(double value) =>
    (Math.Round(value, 2) + 0.0).ToString("0.00", CultureInfo.InvariantCulture).Replace('-', '−'); // no −0.00

static ShapePart Row(string name, string[] cells) => ShapePart.Matrix(name, [$"{cells.Length}"], [cells]);

static ShapePart Values(string name, Tensor x) =>
    ShapePart.Matrix(
        name,
        [$"{x.Shape[0]}", $"{x.Shape[1]}"],
        [.. Rows(x).Select(row => row.Select(Number).ToArray())]
    );

static double[][] Rows(Tensor x) => [.. x.ToArray().Select(value => (double)value).Chunk(x.Shape[x.Shape.Rank - 1])];

int[] RowsOf(ReadOnlyMemory<int> tokens) => TimeMajor.RowsOf(tokens, Batch); // (batch, steps)

string[][] Letters(ReadOnlyMemory<int> tokens, int columns) =>
    [.. tokens.ToArray().Select(token => Name(vocabulary[token])).Chunk(columns)];

string Written(ReadOnlyMemory<int> tokens, int columns = Steps) =>
    string.Join(" / ", Letters(tokens, columns).Select(letters => string.Concat(letters)));
#endregion
