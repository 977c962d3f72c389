#:project Recurrent.Book/Recurrent.Book.csproj

// Exercises (Dive into Deep Learning, 8.5), first part: what goes into the network, and how its next token is chosen.
//
//   dotnet run book/exercises.cs

using Recurrent.Book;
using Recurrent.Decoding;
using Recurrent.Models;
using Recurrent.Pictures;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Text;
using Recurrent.Training;

var chapter = Chapter.Open(args);
var text = chapter.ReadText();
var corpus = Corpus.FromText(text.Content, text.Options with { MaxTokens = chapter.Quick ? 2_000 : 10_000 });
var vocabulary = corpus.Vocabulary;

// Exercise: show that a one-hot vector is the same as an embedding of its own for each token. A one-hot row times a
// matrix is a row of that matrix, because all other rows are multiplied by zero. So the rows of the first weight matrix
// are the embeddings, and the derivative goes to the same rows.
Chapter.Section("One-hot equals an embedding");

#region One-hot
const int Size = 5; // of the embedding
int[] tokens = corpus.Tokens[..8].ToArray();
var weight = Tensor.Normal(new RandomStream(Seed: 1, Stream: 0), 1, vocabulary.Count, Size).RequireGradient();

var product = Tensor.MatMul(Tensor.OneHot(tokens, vocabulary.Count, tokens.Length), weight);
(product * product).Sum().Backward();
var derivative = weight.Gradient!.ToArray();

weight.ClearGradient();
var rows = Tensor.Lookup(weight, tokens);
(rows * rows).Sum().Backward();

Console.WriteLine(
    $"\"{corpus.Codec.Decode(tokens)}\" as one-hot vectors times a matrix {weight.Shape}: {product.Shape}"
);
Console.WriteLine($"the same values as the matrix's rows: {product.ToArray().SequenceEqual(rows.ToArray())}");
Console.WriteLine($"the same derivative: {weight.Gradient!.ToArray().SequenceEqual(derivative)}");
#endregion

// A learned embedding before the recurrent layer is one linear map before another, which can express nothing new. What
// it can change is how the training goes. Plain networks of the same size, with and without:
Chapter.Section("With a learned embedding");

#region Learned embedding
var settings = new TrainerOptions { Epochs = chapter.Quick ? 2 : 300 };
var hiddenSize = chapter.Quick ? 16 : 256;
var model = LanguageModel.Create("rnn", vocabulary.Count, hiddenSize);
var embedded = LanguageModel.Create(model.Configuration with { EmbeddingSize = 32 }, RandomStream.Parameters(seed: 1));
foreach (var (name, trained) in new[] { ("one-hot", model), ("embedding", embedded) })
{
    var perplexity = new Trainer(trained, corpus.Tokens, settings).Run().Select(report => report.Perplexity).ToList();
    Console.WriteLine(
        $"{name, -9}  perplexity after epoch {settings.Epochs / 2}: {perplexity[(settings.Epochs / 2) - 1]:F2}, "
            + $"after {settings.Epochs}: {perplexity[^1]:F2}"
    );
}
#endregion

// Exercise: draw the next character by its probability in place of taking the most likely one. The most likely
// characters lead into what the network has memorised, or round and round; by chance it wanders, each time elsewhere.
Chapter.Section("Sampling in place of the most likely character");

#region Sampling
Console.WriteLine($"most likely: {Write(SamplingOptions.Greedy)}");
for (var seed = 1; seed <= 3; seed++)
{
    Console.WriteLine(
        $"by chance:   {Write(new SamplingOptions { Temperature = 1, Seed = seed, AllowsUnknown = true })}"
    );
}

string Write(SamplingOptions sampling) =>
    text.Prefix + new TextGenerator(embedded, corpus.Codec, sampling).Generate(text.Prefix, length: 60);
#endregion

// Exercise: draw in favour of the likelier ones, by q ∝ p^α with α > 1. The exponent lifts what is likely and lowers
// what is not: α = 1 draws by the model's own probabilities, and α without end is the most likely character again.
Chapter.Section("Sampling with an exponent");

#region Exponent
var batch = new StreamBatch(embedded.CreateDecoder(), corpus.Codec, slots: 1);
var stream = batch.Admit(corpus.Codec.EncodePrompt("the "), new StreamOptions { Length = 1 });
while (stream.End is null)
{
    batch.Step();
}
float[] logits = [.. batch.LogitsOf(stream)];
double[] exponents = [0.5, 1, 2, 5];
List<double[]> distributions = []; // of each α
foreach (var alpha in exponents)
{
    // p is the softmax of the logits o, so p^α is, but for a factor, exp(α·o).
    var q = logits.Select(o => Math.Exp(alpha * (o - logits.Max()))).ToArray();
    distributions.Add([.. q.Select(value => value / q.Sum())]);
}
int[] likeliest =
[
    .. Enumerable.Range(0, vocabulary.Count).OrderByDescending(token => distributions[1][token]).Take(8),
];
string[] characters = [.. likeliest.Select(token => vocabulary[token] == " " ? "␣" : vocabulary[token])];
Console.WriteLine($"after \"the \" comes   {string.Join("      ", characters)}");
foreach (var (alpha, q) in exponents.Zip(distributions))
{
    Console.WriteLine($"     α = {alpha, -3}    {string.Join("  ", likeliest.Select(token => $"{q[token]:F3}"))}");
}
foreach (var alpha in exponents)
{
    Console.WriteLine($"α = {alpha, -3}  {Write(new SamplingOptions { Exponent = alpha, AllowsUnknown = true })}");
}
#endregion

chapter.Show(
    "exercises-exponent",
    new HeatMap(
        "What comes after “the ”, by the exponent α",
        [.. exponents.Select(alpha => $"α = {alpha}")],
        characters,
        [.. distributions.Select(q => likeliest.Select(token => q[token]).ToArray())],
        "probability"
    )
);
