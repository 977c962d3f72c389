using Recurrent.Kernels;
using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Training;

namespace Recurrent.Tests.Training;

/// <summary>A small training in shards, by one rank or by several, each a thread.</summary>
internal static class ShardedRun
{
    public static int[] Tokens { get; } = [.. Enumerable.Range(0, 7000).Select(i => (int)((long)i * i % 11))];

    public static TrainerOptions Options { get; } =
        new()
        {
            BatchSize = 16,
            Shards = 8,
            Steps = 12,
            Epochs = 2,
            Optimizer = OptimizerKind.AdamW,
            LearningRate = 0.01,
            ClipNorm = 0.5,
            Validation = 0.5, // three strips of a thousand tokens, for fewer and for more ranks
        };

    public static ILanguageModel Model(string kind = "lstm", Device? device = null) =>
        LanguageModel.Create(
            new ModelConfiguration
            {
                Kind = kind == "features" ? "gru" : kind,
                Features =
                    kind == "features"
                        ? new()
                        {
                            Rows = 40,
                            Dropout = 0,
                            Letters = [1, 3, 4, 9],
                        }
                        : null,
                VocabularySize = 11,
                HiddenSize = 20,
                Layers = kind == "lstm" ? 2 : 1,
                Dropout = kind == "lstm" ? 0.2 : 0,
                EmbeddingSize = kind is "lstm" or "features" ? 20 : 0,
                TiedWeights = kind == "lstm",
            },
            RandomStream.Parameters(5),
            device ?? new CpuDevice(threads: 1)
        );

    public static float[] Weights(ILanguageModel model) =>
        [.. model.Parameters.SelectMany(parameter => parameter.Value.ToArray())];

    public static Trainer Create(ILanguageModel model, TrainerOptions options, Ranks? ranks) =>
        new(model, Tokens, options, new SetTime(), new TrainingParts { Ranks = ranks });

    public static void Train(Trainer trainer, CancellationToken? cancellationToken = null)
    {
        foreach (var _ in trainer.Run(cancellationToken ?? TestContext.Current.CancellationToken)) { }
    }

    /// <summary>Weights and figures of the epochs, without the time that they took.</summary>
    public static string Result(ILanguageModel model, Trainer trainer) =>
        string.Join(
            ' ',
            trainer
                .Reports.Select(one => $"{one.Loss:R} {one.ValidationLoss:R} {one.GradientNorm:R} {one.Tokens}")
                .Append(StartingWeights.HashOf(model.Parameters.Select(parameter => parameter.Value)))
        );

    public static string[] Results(int ranks, TrainerOptions options, string kind = "lstm") =>
        Results(ranks, options, kind, _ => new CpuDevice(threads: 1));

    /// <summary>Those of ranks on processors of different vector widths.</summary>
    public static string[] MixedResults(int ranks, int threads, TrainerOptions options, string kind)
    {
        var tiers = VectorTier.All.Where(tier => tier.IsAccelerated).ToArray();
        return Results(ranks, options, kind, rank => new CpuDevice(threads, tiers[rank!.Rank % tiers.Length]));
    }

    private static string[] Results(int ranks, TrainerOptions options, string kind, Func<Ranks?, Device> device) =>
        AsRanks(
            ranks,
            rank =>
            {
                var model = Model(kind, device(rank));
                var trainer = Create(model, options, rank);
                Train(trainer);
                return Result(model, trainer);
            }
        );

    /// <summary>What each rank gives, in rank order; throws what the first of them that failed has thrown.</summary>
    /// <param name="count">The number of ranks; for one, none are made.</param>
    /// <param name="body">What a rank does.</param>
    public static T[] AsRanks<T>(int count, Func<Ranks?, T> body)
    {
        if (count == 1)
        {
            return [body(null)];
        }
        Exception? failure = null;
        var results = new T[count];
        var threads = ThreadRanks
            .Create(count)
            .Select(ranks => new Thread(() =>
            {
                try
                {
                    results[ranks.Rank] = body(ranks);
                }
                catch (Exception error)
                {
                    Interlocked.CompareExchange(ref failure, error, null);
                    ranks.Fail(error);
                }
            }))
            .ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return failure is null ? results : throw failure;
    }
}
