// The chapter's runs over several seeds, as the table of docs/results.md:
//   dotnet run -c Release --project bench/Recurrent.Results \
//     [-- TIMEMACHINE.TXT [SEEDS [EPOCHS [KIND [HIDDEN [LAYERS [RATE]]]]]]]
// Without a path the text is downloaded into the cache folder. The kind is rnn-scratch, which runs under both samplers,
// or a concise model, which the book runs under sequential partition. As many seeds at once as there are processors.
using Recurrent.Datasets;
using Recurrent.Models;
using Recurrent.Results;
using Recurrent.Text;
using Recurrent.Training;

var bytes = args.Length > 0 ? File.ReadAllBytes(args[0]) : await Dataset.TimeMachine.ReadAsync();
var seeds = args.Length > 1 ? int.Parse(args[1]) : 8;
var epochs = args.Length > 2 ? int.Parse(args[2]) : 500;
var kind = args.Length > 3 ? args[3] : RnnFromScratch.Kind;
var corpus = Corpus.FromBytes(bytes, "The Time Machine", CorpusOptions.Book with { MaxTokens = 10_000 });
var configuration = new ModelConfiguration
{
    Kind = kind,
    VocabularySize = corpus.Vocabulary.Count,
    HiddenSize = args.Length > 4 ? int.Parse(args[4]) : 512,
    Layers = args.Length > 5 ? int.Parse(args[5]) : 1,
};
var learningRate = args.Length > 6 ? double.Parse(args[6]) : 1;
SamplerKind[] samplers =
    kind == RnnFromScratch.Kind ? [SamplerKind.Sequential, SamplerKind.Random] : [SamplerKind.Sequential];

var runs = samplers
    .SelectMany(sampler => Enumerable.Range(1, seeds).Select(seed => (Sampler: sampler, Seed: seed)))
    .AsParallel()
    .AsOrdered()
    .WithMergeOptions(ParallelMergeOptions.NotBuffered)
    .Select(run => ChapterRun.Train(corpus, configuration, run.Sampler, run.Seed, epochs, learningRate));

Console.WriteLine("| sampler | seed | untrained | final | first below 5 | 2 | 1.5 | \"traveller\" continued |");
Console.WriteLine("|---|---|---|---|---|---|---|---|");
List<ChapterRun> done = [];
foreach (var run in runs)
{
    done.Add(run);
    var first = string.Join(" | ", run.FirstBelow.Select(epoch => epoch?.ToString() ?? "–"));
    Console.WriteLine(
        $"| {Name(run.Sampler)} | {run.Seed} | {run.Untrained:F2} | {run.Final:F3} | {first} | {run.Text} |"
    );
}

Console.WriteLine();
Console.WriteLine("| sampler | | final | first below 5 | 2 | 1.5 |");
Console.WriteLine("|---|---|---|---|---|---|");
foreach (var group in done.GroupBy(run => run.Sampler))
{
    PrintRow(group, "median", Median);
    PrintRow(group, "least", Enumerable.Min);
    PrintRow(group, "most", Enumerable.Max);
}

static void PrintRow(IGrouping<SamplerKind, ChapterRun> group, string name, Func<IEnumerable<double>, double> of)
{
    var first = Enumerable
        .Range(0, ChapterRun.Thresholds.Count)
        .Select(i => of(group.Select(run => run.FirstBelow[i] ?? double.PositiveInfinity)));
    var final = of(group.Select(run => run.Final));
    Console.WriteLine($"| {Name(group.Key)} | {name} | {final:F3} | {string.Join(" | ", first)} |");
}

static double Median(IEnumerable<double> values)
{
    var sorted = values.Order().ToList();
    return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
}

static string Name(SamplerKind sampler) => sampler == SamplerKind.Sequential ? "sequential" : "random";
