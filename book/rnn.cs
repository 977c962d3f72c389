#:project Recurrent.Book/Recurrent.Book.csproj

// Recurrent neural networks (Dive into Deep Learning, 8.4): a state that sums up what was read, and perplexity, the
// measure of a language model.
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

var chapter = Chapter.Open(args);

// A recurrent network keeps a state H. At each step it mixes the new input with the state of before, and that is its
// new state: H ← tanh(X·W_xh + H·W_hh + b_h). All that it knows of the past stands in H, whose size does not grow with
// the text.
//
// One example at a time, of one input and four hidden units, in a batch of three.
Chapter.Section("One step");

#region One step
var random = RandomStream.Parameters(seed: 1);
Tensor X = Tensor.Normal(random.Fork(0), 1, 3, 1); // (batch, inputs)
Tensor W_xh = Tensor.Normal(random.Fork(1), 1, 1, 4); // (inputs, hidden)
Tensor H = Tensor.Normal(random.Fork(2), 1, 3, 4); // (batch, hidden)
Tensor W_hh = Tensor.Normal(random.Fork(3), 1, 4, 4); // (hidden, hidden)
Tensor b_h = Tensor.Zeros(4);

Tensor next = Tensor.Tanh(Tensor.MatMul(X, W_xh) + Tensor.MatMul(H, W_hh) + b_h);
Print("the next H", next);
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
Chapter.Section("What is asked");

#region What is asked
const string Word = "machine";
for (var step = 1; step < Word.Length; step++)
{
    Console.WriteLine($"after {Word[..step], -6} the right answer is {Word[step]}");
}
#endregion

// Perplexity is the exponential of the mean cross-entropy: among how many equally likely characters the model is left
// to choose. The library's loss takes logits, from which softmax makes probabilities; so logits of our choice show its
// three landmarks.
Chapter.Section("Perplexity");

#region Perplexity
const int Vocabulary = 28;
int[] answers = [1, 0, 2, 7]; // (4), the right characters by index

double Perplexity(Tensor logits) => Math.Exp(Tensor.SoftmaxCrossEntropy(logits, answers).ToScalar());

// Certain and right: all of the probability on the right answers.
Tensor right = Tensor.OneHot(answers, Vocabulary, 4) * 1000;

// Certain and wrong: none of it there.
Tensor wrong = right * -1;

// Without a clue: the same for all characters.
Tensor uniform = Tensor.Zeros(4, Vocabulary);

Console.WriteLine($"always certain and right: {Perplexity(right)}");
Console.WriteLine($"always certain and wrong: {Perplexity(wrong)}");
Console.WriteLine($"uniform:                  {Perplexity(uniform):F3}, for a vocabulary of {Vocabulary}");
#endregion

// To base 2 the cross-entropy is a number of bits: what an arithmetic coder, given the model's probabilities, writes
// for each character. So a model packs a text, and whoever has the same model unpacks it. Here it learns from nine
// tenths of the text and packs the last one, which it has not seen.
Chapter.Section("Bits");

#region Bits
string text = chapter.ReadText().Content;
string known = text[..(text.Length / 10 * 9)];
string unseen = text[known.Length..];
int epochs = chapter.Quick ? 3 : 12;

TextModel model = TextModel.Train(
    Corpus.FromText(known),
    new TextModelOptions { Plan = plan => plan with { Trainer = plan.Trainer with { Epochs = epochs } } }
);
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
