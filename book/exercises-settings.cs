#:project Recurrent.Book/Recurrent.Book.csproj

// Exercises (Dive into Deep Learning, 8.5), second part: settings, and another book. Up to six minutes on two cores.
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
var anotherText = chapter.ReadAnother(Dataset.WarOfTheWorlds);

// A model is trained on the first 10,000 characters, as in all chapters, and measured on them, on what follows in the
// same book, and on the beginning of another one.
#region Texts
var corpus = Corpus.FromText(text.Content, text.Options);
ReadOnlyMemory<int> another = corpus.Codec.Encode(anotherText.Content);
var most = chapter.Quick ? 2_000 : 10_000;
var length = Math.Min(most, Math.Min(corpus.Tokens.Length, another.Length) - 10); // so that something follows
static ReadOnlyMemory<int> Part(ReadOnlyMemory<int> of, int from, int length) =>
    of.Slice(from, Math.Min(length, of.Length - from));

var (tokens, next) = (Part(corpus.Tokens, 0, length), Part(corpus.Tokens, length, length));
var (anotherTokens, anotherNext) = (Part(another, 0, length), Part(another, length, length));
#endregion

// Exercise: change the settings and see how low the perplexity goes, after 100 epochs and after the 500 of the section.
Chapter.Section("Settings");

#region Settings
var size = corpus.Vocabulary.Count;
List<Series> curves = [];
var (early, late) = chapter.Quick ? (1, 2) : (100, 500); // epochs
var usual = new TrainerOptions { Epochs = late };
Console.WriteLine(
    $"perplexity on the text trained on, what follows and another book, after {early} and {late} epochs:"
);
Try("35 steps, rate 1, 256 hidden", LanguageModel.Create("rnn", size), usual);
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
    List<double> perEpoch = [];
    var line = $"{name, -28}";
    foreach (var report in new Trainer(model, tokens, options).Run())
    {
        perEpoch.Add(report.Perplexity);
        if (report.Epoch == early || report.Epoch == late)
        {
            line += $"  {Short(tokens)} {Short(next)} {Short(anotherTokens)}";
        }
    }
    Console.WriteLine(line);
    curves.Add(Curve.PerEpoch(name, perEpoch));

    string Short(ReadOnlyMemory<int> read)
    {
        var perplexity = Perplexity(model, read);
        return perplexity.ToString(perplexity < 1000 ? "F2" : "0E0").PadLeft(6);
    }
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

// Exercise: how well does it work for another book by the same author? The last columns above say how well the model of
// the one reads the other. A model trained on the other learns that one by heart just as well.
Chapter.Section("Another book by the same author");

#region Another book
var anotherModel = LanguageModel.Create("rnn", size);
foreach (var report in new Trainer(anotherModel, anotherTokens, usual).Run())
{
    if (report.Epoch == early || report.Epoch == late)
    {
        Console.WriteLine(
            $"after {report.Epoch} epochs: {Perplexity(anotherModel, anotherTokens):F2} on the text trained on, "
                + $"{Perplexity(anotherModel, anotherNext):F2} on what follows, "
                + $"{Perplexity(anotherModel, tokens):F2} on the first book"
        );
    }
}
var generator = new TextGenerator(anotherModel, corpus.Codec, SamplingOptions.Greedy);
foreach (var prefix in new[] { "the ", text.Prefix })
{
    Console.WriteLine($"it writes: {prefix}{generator.Generate(prefix, length: 60)}");
}
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
