#:project Recurrent.Book/Recurrent.Book.csproj

// Language models and the dataset (Dive into Deep Learning, 8.3): how often words follow each other, and how a long
// text is cut into minibatches.
//
//   dotnet run book/language-models-and-data.cs

using Recurrent.Batching;
using Recurrent.Book;
using Recurrent.Models.Counts;
using Recurrent.Pictures;
using Recurrent.Randomness;
using Recurrent.Text;

var chapter = Chapter.Open(args);
var text = chapter.ReadText();

// A language model gives each sequence of words a probability. The simplest would count: P(machine | the, time) is how
// often "the time machine" stands in the text, divided by how often "the time" does. So let us count single words,
// pairs and triples.
Chapter.Section("Unigrams, bigrams, trigrams");

#region Counting
var words = Corpus.FromText(text.Content, CorpusOptions.Book with { Tokenizer = Tokenizer.Words });
NGrams[] counts = [NGrams.Count(words.Tokens, 1), NGrams.Count(words.Tokens, 2), NGrams.Count(words.Tokens, 3)];

foreach (var grams in counts)
{
    Console.WriteLine($"n = {grams.N}");
    foreach (var gram in grams.Ranked.Take(10))
    {
        Console.WriteLine($"  {gram.Count, 5:N0}  {words.Codec.Decode(gram.Tokens.Span)}");
    }
}
#endregion

// The n-th commonest word occurs about as often as the first divided by n, to some power (Zipf's law): on logarithmic
// axes a straight line. Pairs and triples do the same, with a flatter line. Most of them occur only once, so counting
// says next to nothing about most sentences: that is why the later chapters learn instead of count.
Chapter.Section("Frequencies by rank");

#region Frequencies by rank
Console.WriteLine("     distinct   rank 1     10    100  1,000   seen once");
foreach (var grams in counts)
{
    IReadOnlyList<int> frequency = grams.RankFrequency; // (distinct), falling
    string At(int rank) => rank <= frequency.Count ? $"{frequency[rank - 1]:N0}" : "–";
    var once = frequency.Count(count => count == 1) / (double)frequency.Count;
    Console.WriteLine(
        $"n = {grams.N} {frequency.Count, 6:N0}   {At(1), 6} {At(10), 6} {At(100), 6} {At(1000), 6}   {once, 9:P0}"
    );
}
#endregion

chapter.Show(
    "language-models-and-data-frequencies",
    new LineChart(
        "Frequencies by rank",
        new Axis("rank") { IsLogarithmic = true },
        new Axis("frequency (times)") { IsLogarithmic = true },
        [.. counts.Zip(["words", "pairs", "triples"], (grams, name) => Thinned(name, grams.RankFrequency))]
    )
);

// A line of a chart: of tens of thousands of ranks, some that lie evenly on a logarithmic axis.
static Series Thinned(string name, IReadOnlyList<int> frequency)
{
    int[] ranks = [.. Enumerable.Range(0, 201).Select(i => (int)Math.Pow(frequency.Count, i / 200.0)).Distinct()];
    return new(name, [.. ranks.Select(rank => (double)rank)], [.. ranks.Select(rank => (double)frequency[rank - 1])]);
}

// Now the minibatches. A model reads windows of so many steps, and should predict each window moved by one. Here the
// text is the numbers 0 to 34, two windows of five steps at a time.
int[] sequence = [.. Enumerable.Range(0, 35)];
var random = RandomStream.Batching(seed: 1);

// Random sampling: begin at a random place below five, cut windows without overlap, and draw them in random order. Rows
// that follow each other from minibatch to minibatch have nothing to do with each other.
Chapter.Section("Random sampling");

#region Random sampling
foreach (var minibatch in new RandomSampling(batchSize: 2, steps: 5).Epoch(sequence, random, epoch: 3))
{
    Show(minibatch);
}
#endregion

// Sequential partition: cut what is left into as many strips as there are rows, and go along all strips at once. Each
// row goes on where the same row of the minibatch before ended, so a model may keep its state.
Chapter.Section("Sequential partition");

#region Sequential partition
foreach (var minibatch in new SequentialPartition(batchSize: 2, steps: 5).Epoch(sequence, random, epoch: 3))
{
    Show(minibatch);
}
#endregion

// The same with the real text: its first 10,000 characters, and a minibatch read back as text. Each row of Y is the row
// of X, one character on.
Chapter.Section("A minibatch of the text");

#region A minibatch of the text
var corpus = Corpus.FromText(text.Content, CorpusOptions.Book with { MaxTokens = 10_000 });
var first = new SequentialPartition(batchSize: 3, steps: 35).Epoch(corpus.Tokens, random, epoch: 3).First();
for (var row = 0; row < first.Batch; row++)
{
    Console.WriteLine($"X {Read(first.X, row)}");
    Console.WriteLine($"Y {Read(first.Y, row)}");
}

string Read(ReadOnlyMemory<int> tokens, int row) =>
    $"|{corpus.Codec.Decode(TimeMajor.RowsOf(tokens, first.Batch).AsSpan(row * first.Steps, first.Steps))}|";
#endregion

static void Show(Minibatch minibatch)
{
    for (var row = 0; row < minibatch.Batch; row++)
    {
        var window = new Range(row * minibatch.Steps, (row + 1) * minibatch.Steps);
        string Row(ReadOnlyMemory<int> tokens) =>
            string.Join(' ', TimeMajor.RowsOf(tokens, minibatch.Batch)[window].Select(token => $"{token, 2}"));
        Console.WriteLine($"{(row == 0 ? "X" : " ")} {Row(minibatch.X)}   {(row == 0 ? "Y" : " ")} {Row(minibatch.Y)}");
    }
}
