#:project Recurrent.Book/Recurrent.Book.csproj

// Language models and the dataset (Dive into Deep Learning, 8.3): how often words follow each other, and how a long
// text is cut into minibatches.
//
//   dotnet run book/language-models-and-data.cs

using Recurrent.Batching;
using Recurrent.Book;
using Recurrent.Evaluation;
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
var words = Corpus.FromText(text.Content, text.Options with { Tokenizer = text.Words });
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

// A table of all n-grams has |V|ⁿ numbers, one for each n-gram there could be. The text has seen few of them.
Chapter.Section("Parameters of n-grams");

#region Parameters of n-grams
var size = (double)words.Vocabulary.Count;
foreach (var grams in counts)
{
    var possible = Math.Pow(size, grams.N);
    Console.WriteLine(
        $"n = {grams.N}: looks back {grams.N - 1}; {possible, 14:N0} possible, {grams.Ranked.Count, 6:N0} of them seen"
    );
}
Console.WriteLine($"n = 4: looks back 3; {Math.Pow(size, 4):0.0E0} possible");
#endregion

// The i-th commonest word occurs about i^−α times as often as the first (Zipf's law): on logarithmic axes a straight
// line, of slope −α. Pairs and triples do the same, with a flatter line. Most of them occur only once, so counting says
// next to nothing about most sentences.
Chapter.Section("Frequencies by rank");

#region Frequencies by rank
Console.WriteLine("     distinct   rank 1     10    100  1,000   seen once      α");
List<(double Alpha, double C)> lines = [];
foreach (var grams in counts)
{
    IReadOnlyList<int> frequency = grams.RankFrequency; // (distinct), falling
    string At(int rank) => rank <= frequency.Count ? $"{frequency[rank - 1]:N0}" : "–";
    var once = frequency.Count(count => count == 1) / (double)frequency.Count;
    lines.Add(FitLine(frequency));
    Console.WriteLine(
        $"n = {grams.N} {frequency.Count, 6:N0}   {At(1), 6} {At(10), 6} {At(100), 6} {At(1000), 6}   {once, 9:P0}  "
            + $"{lines[^1].Alpha, 5:F2}"
    );
}

// log frequency = −α · log rank + c by least squares, at ranks that lie evenly on the logarithmic axis: the first ten
// are exceptions, and beyond rank 1,000 come steps of 3, 2 and 1.
static (double Alpha, double C) FitLine(IReadOnlyList<int> frequency)
{
    var ranks = Ranks(frequency.Count).Where(rank => rank is >= 10 and <= 1000);
    var (xs, ys) = (ranks.Select(r => Math.Log(r)).ToArray(), ranks.Select(r => Math.Log(frequency[r - 1])).ToArray());
    var (meanX, meanY) = (xs.Average(), ys.Average());
    var slope = xs.Zip(ys, (x, y) => (x - meanX) * (y - meanY)).Sum() / xs.Sum(x => (x - meanX) * (x - meanX));
    return (-slope, meanY - (slope * meanX));
}

// Of tens of thousands of ranks some that lie evenly on a logarithmic axis.
static int[] Ranks(int count) => [.. Enumerable.Range(0, 201).Select(i => (int)Math.Pow(count, i / 200.0)).Distinct()];
#endregion

string[] names = ["words", "pairs", "triples"];
Series[] curves =
[
    .. counts.Zip(
        names,
        (grams, name) =>
            new Series(
                name,
                [.. Ranks(grams.RankFrequency.Count).Select(rank => (double)rank)],
                [.. Ranks(grams.RankFrequency.Count).Select(rank => (double)grams.RankFrequency[rank - 1])]
            )
    ),
];
double[] ends = [1, 5000];
chapter.Show(
    "language-models-and-data-frequencies",
    new LineChart(
        "Frequencies by rank, and the lines of Zipf's law",
        new Axis("rank") { IsLogarithmic = true },
        new Axis("frequency (times)") { IsLogarithmic = true, Minimum = 1 },
        [
            .. curves,
            .. lines.Zip(
                names,
                (line, name) =>
                    new Series(
                        $"{name}: α = {line.Alpha:F2}",
                        ends,
                        [.. ends.Select(rank => Math.Exp(line.C) * Math.Pow(rank, -line.Alpha))]
                    )
                    {
                        Style = SeriesStyle.Dashed,
                    }
            ),
        ]
    )
);

// What has never been seen has a count of 0, and a sentence with one such word a probability of 0. Laplace smoothing
// adds a little to every count: ε, shared out by what is known with a word less. Kneser–Ney takes a fixed discount off
// each count and shares that out, by how many different words a word follows. Which is better is told by a text that
// was not counted: the last tenth of the book.
Chapter.Section("Smoothing");

#region Smoothing
CorpusOptions[] waysToRead = [text.Options with { Tokenizer = text.Words, MinFrequency = 2 }, text.Options];
foreach (var options in waysToRead)
{
    var whole = Corpus.FromText(text.Content, options);
    var split = whole.Tokens.Length * 9 / 10;
    Console.WriteLine(
        $"{options.Tokenizer.Name}: {split:N0} counted, {whole.Tokens.Length - split:N0} predicted, "
            + $"{whole.Vocabulary.Count:N0} entries; perplexity"
    );
    foreach (var epsilon in new[] { 1000.0, 100, 10, 1, 0.1 })
    {
        Console.WriteLine($"  Laplace, n = 3, ε = {epsilon, -6} {LaplacePerplexity(whole, split, epsilon), 8:F2}");
    }
    var (known, unseen) = (
        whole.Codec.Decode(whole.Tokens.Span[..split]),
        whole.Codec.Decode(whole.Tokens.Span[split..])
    );
    foreach (var measured in ModelEvaluator.MeasureBaselines(whole.Codec, known, unseen).Skip(1).Take(8))
    {
        var name = measured.Name == "unigram" ? "Laplace, n = 1" : $"Kneser–Ney, n = {measured.Name[0]}";
        Console.WriteLine($"  {name, -26} {measured.Perplexity, 8:F2}");
    }
}

// P(x) = (n(x) + ε/|V|) / (n + ε), P(x′ | x) = (n(x, x′) + ε·P(x′)) / (n(x) + ε), and so on for three.
static double LaplacePerplexity(Corpus corpus, int split, double epsilon)
{
    var tokens = corpus.Tokens;
    var count = Enumerable
        .Range(1, 3)
        .SelectMany(n => NGrams.Count(tokens[..split], n).Ranked)
        .ToDictionary(gram => Key(gram.Tokens.Span), gram => gram.Count);
    var bits = 0.0;
    for (var i = split; i < tokens.Length; i++)
    {
        var p = 1.0 / corpus.Vocabulary.Count;
        for (var n = 1; n <= 3; n++)
        {
            var gram = tokens.Span[(i - n + 1)..(i + 1)];
            var before = n == 1 ? split : count.GetValueOrDefault(Key(gram[..^1]));
            p = (count.GetValueOrDefault(Key(gram)) + (epsilon * p)) / (before + epsilon);
        }
        bits -= Math.Log2(p);
    }
    return Math.Pow(2, bits / (tokens.Length - split));

    static (int, int, int) Key(ReadOnlySpan<int> gram) =>
        (gram[0], gram.Length > 1 ? gram[1] : -1, gram.Length > 2 ? gram[2] : -1);
}
#endregion

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

// Where do the windows begin? The book's random sampling skips 0 to n − 1 tokens, its sequential partition 0 to n; here
// both skip 0 to n − 1.
Chapter.Section("Offsets");

#region Offsets
const int Epochs = 10_000;
var firsts = new int[6];
var reads = new int[sequence.Length];
var sequential = new SequentialPartition(batchSize: 2, steps: 5);
for (var epoch = 0; epoch < Epochs; epoch++)
{
    firsts[sequential.Epoch(sequence, random, epoch).First().X.Span[0]]++;
    foreach (var minibatch in sequential.Epoch(sequence, random, epoch))
    {
        foreach (var token in minibatch.X.Span)
        {
            reads[token]++;
        }
    }
}
Console.WriteLine($"of {Epochs:N0} epochs begin at 0 to 5: {string.Join(' ', firsts)}");
int[] places = [0, 1, 2, 3, 4, 17, 30, 31, 32, 33, 34];
Console.WriteLine($"token      {string.Join(' ', places.Select(place => $"{place, 4}"))}");
Console.WriteLine($"is read in {string.Join(' ', places.Select(place => $"{reads[place] / (double)Epochs, 4:F2}"))}");
#endregion

// The same with the real text: its first 10,000 characters, and a minibatch read back as text. Each row of Y is the row
// of X, one character on.
Chapter.Section("A minibatch of the text");

#region A minibatch of the text
var corpus = Corpus.FromText(text.Content, text.Options with { MaxTokens = 10_000 });
var first = new SequentialPartition(batchSize: 3, steps: 35).Epoch(corpus.Tokens, random, epoch: 3).First();
for (var row = 0; row < first.Batch; row++)
{
    Console.WriteLine($"X {Read(first.X, row)}");
    Console.WriteLine($"Y {Read(first.Y, row)}");
}

string Read(ReadOnlyMemory<int> tokens, int row) =>
    $"|{corpus.Codec.Decode(TimeMajor.RowsOf(tokens, first.Batch).AsSpan(row * first.Steps, first.Steps))}|";
#endregion

// And all of it in one call, as load_data_time_machine of the book: minibatches for any epoch, and the vocabulary.
Chapter.Section("All in one: minibatches and vocabulary");

#region All in one
(Func<int, IEnumerable<Minibatch>> Epoch, Vocabulary Vocabulary) LoadData(
    int batchSize,
    int steps,
    bool useRandomSampling = false,
    int maxTokens = 10_000
)
{
    var beginning = Corpus.FromText(text.Content, text.Options with { MaxTokens = maxTokens });
    BatchSampler sampler = useRandomSampling
        ? new RandomSampling(batchSize, steps)
        : new SequentialPartition(batchSize, steps);
    return (epoch => sampler.Epoch(beginning.Tokens, RandomStream.Batching(seed: 1), epoch), beginning.Vocabulary);
}

var (epochOf, vocabulary) = LoadData(batchSize: 32, steps: 35);
Console.WriteLine($"{epochOf(1).Count()} minibatches in an epoch, {vocabulary.Count} entries in the vocabulary");
foreach (var minibatch in epochOf(1).Take(1))
{
    Console.WriteLine(
        $"X and Y: ({minibatch.Batch}, {minibatch.Steps}), kept as ({minibatch.Steps}, {minibatch.Batch})"
    );
}
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
