#:project Recurrent.Book/Recurrent.Book.csproj

// Exercises (Dive into Deep Learning, 8.5), second part: settings, how low the perplexity goes, and another book.
//
//   dotnet run book/exercises-settings.cs

using Recurrent.Book;
using Recurrent.Datasets;
using Recurrent.Decoding;
using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Pictures;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Text;
using Recurrent.Training;

var chapter = Chapter.Open(args);
var text = chapter.ReadText();
var length = chapter.Quick ? 2_000 : 10_000;
var corpus = Corpus.FromText(text.Content, text.Options);
var tokens = corpus.Tokens[..length]; // trained on, as in all chapters

// What follows in the book, never trained on.
var next = corpus.Tokens.Slice(length, Math.Min(length, corpus.Tokens.Length - length));

// Exercise: change the settings and see how low the perplexity goes. A model is measured twice: on the 10,000
// characters that it was trained on, and on the 10,000 that follow in the same book.
Chapter.Section("Settings");

#region Settings
var size = corpus.Vocabulary.Count;
List<Series> curves = [];
var usual = new TrainerOptions { Epochs = chapter.Quick ? 1 : 100 };
var model = LanguageModel.Create("rnn", size); // 256 hidden units
Console.WriteLine(
    $"{usual.Epochs} epochs; perplexity on      the {tokens.Length:N0} trained on   the next {next.Length:N0}"
);
Try("35 steps, rate 1, 256 hidden", model, usual);
Try("64 hidden units", LanguageModel.Create("rnn", size, 64), usual);
Try("512 hidden units", LanguageModel.Create("rnn", size, 512), usual);
Try("10 steps", LanguageModel.Create("rnn", size), usual with { Steps = 10 });
Try("60 steps", LanguageModel.Create("rnn", size), usual with { Steps = 60 });
Try("learning rate 0.3", LanguageModel.Create("rnn", size), usual with { LearningRate = 0.3 });
Try("learning rate 3", LanguageModel.Create("rnn", size), usual with { LearningRate = 3 });
Try("8 rows in place of 32", LanguageModel.Create("rnn", size), usual with { BatchSize = 8 });
var embedded = new ModelConfiguration
{
    Kind = "rnn",
    VocabularySize = size,
    HiddenSize = 256,
    EmbeddingSize = 32,
};
Try("an embedding of 32", LanguageModel.Create(embedded, RandomStream.Parameters(seed: 1)), usual);
Try("Adam", LanguageModel.Create("rnn", size), usual with { Optimizer = OptimizerKind.Adam });
Try("Adam and a GRU", LanguageModel.Create("gru", size), usual with { Optimizer = OptimizerKind.Adam });
#endregion

#region Measuring
void Try(string name, ILanguageModel model, TrainerOptions options)
{
    var perplexity = new Trainer(model, tokens, options).Run().Select(report => report.Perplexity).ToList();
    curves.Add(Curve.PerEpoch(name, perplexity));
    Console.WriteLine($"  {name, -30} {Perplexity(model, tokens), 14:F2} {Perplexity(model, next), 16:F2}");
}

// The mean of −log p over all characters, read from the first to the last, and the exponential of it.
double Perplexity(ILanguageModel model, ReadOnlyMemory<int> read)
{
    using var noGradient = GradientMode.Disable();
    var indices = Indices.From(read.Span[..^1], read.Length - 1, columns: 1);
    var (logits, _) = model.Forward(indices, model.InitialState(batch: 1));
    return Math.Exp(Tensor.SoftmaxCrossEntropy(logits, read.Span[1..]).ToScalar());
}
#endregion

// Exercise: how well does it work for another book by the same author? The model knows the author's language, a little,
// and reads the other book about as well as the rest of its own. Trained on the other book, it memorises that one just
// as well.
Chapter.Section("Another book by the same author");

#region Another book
var other = chapter.ReadAnother(Dataset.WarOfTheWorlds);
ReadOnlyMemory<int> otherTokens = corpus.Codec.Encode(other.Content).AsMemory(0, length);
Console.WriteLine(
    $"the model above reads its first {length:N0} characters with a perplexity of {Perplexity(model, otherTokens):F2}"
);

var otherModel = LanguageModel.Create("rnn", size);
var otherTrainer = new Trainer(otherModel, otherTokens, usual with { Epochs = chapter.Quick ? 1 : 300 });
var reports = otherTrainer.Run().ToList();
Console.WriteLine($"a model trained on them, after {reports.Count} epochs: {reports[^1].Perplexity:F2}; it writes");
var generator = new TextGenerator(otherModel, corpus.Codec, SamplingOptions.Greedy);
Console.WriteLine($"the {generator.Generate("the ", length: 60)}");
#endregion

string[] drawn =
[
    "35 steps, rate 1, 256 hidden",
    "64 hidden units",
    "10 steps",
    "learning rate 0.3",
    "an embedding of 32",
    "Adam and a GRU",
];
chapter.Show(
    "exercises-settings",
    new LineChart(
        "Perplexity of each epoch by settings",
        new Axis("epoch"),
        new Axis("perplexity") { IsLogarithmic = true, Maximum = 100 },
        [.. curves.Where(curve => drawn.Contains(curve.Name))]
    )
);
