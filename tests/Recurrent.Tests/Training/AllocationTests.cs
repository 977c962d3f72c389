using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Training;

namespace Recurrent.Tests.Training;

/// <summary>A training that has warmed up finds all it needs in place.</summary>
public sealed class AllocationTests
{
    private const int Batch = 4;
    private const int Steps = 5;

    [Theory]
    [InlineData("rnn", 1)]
    [InlineData("gru", 1)]
    [InlineData("gru-reset-before", 1)]
    [InlineData("lstm", 1)]
    [InlineData("lstm", 2)]
    [InlineData("rnn", 2, true, 4)]
    [InlineData("gru", 2, true, 18, true)]
    [InlineData("lstm", 1, false, 100)]
    [InlineData("gru", 1, false, 6, false, true)]
    [InlineData("lstm", 2, false, 6, false, true)]
    [InlineData("lstm", 2, false, 9, true, false, 4)]
    [InlineData("gru", 1, false, 0, false, false, 2, 3)]
    [InlineData("lstm", 2, false, 9, true, false, 4, 5)]
    public void More_minibatches_in_an_epoch_allocate_nothing_more(
        string kind,
        int layers,
        bool bidirectional = false,
        int embedding = 0,
        bool tied = false,
        bool features = false,
        int shards = 1,
        int? localSteps = null
    )
    {
        var configuration = new ModelConfiguration
        {
            Kind = kind,
            VocabularySize = embedding == 100 ? 100 : 7, // more entries than tokens in a minibatch, or fewer
            HiddenSize = 9,
            Layers = layers,
            Dropout = layers > 1 ? 0.1 : 0,
            Bidirectional = bidirectional,
            EmbeddingSize = embedding,
            TiedWeights = tied,
            Features = features ? new() { Rows = 50, Letters = [1, 2, 4] } : null,
        };
        Allocated.AssertSame(
            () => AllocatedByAnEpoch(configuration, 10, shards, localSteps),
            () => AllocatedByAnEpoch(configuration, 50, shards, localSteps)
        );
    }

    private static long AllocatedByAnEpoch(
        ModelConfiguration configuration,
        int minibatches,
        int shards,
        int? localSteps
    )
    {
        var model = LanguageModel.Create(configuration, RandomStream.Parameters(1), new CpuDevice(threads: 1));
        int[] tokens = [.. Enumerable.Range(0, (Batch * Steps * minibatches) + Steps).Select(i => i * i % 7)];
        var options = new TrainerOptions
        {
            BatchSize = Batch,
            Shards = shards,
            LocalSteps = localSteps,
            Steps = Steps,
            Epochs = 12,
            Optimizer = configuration.Kind == "lstm" ? OptimizerKind.AdamW : OptimizerKind.Sgd,
            Momentum = configuration.Kind == "gru" ? 0.9 : 0,
            Schedule = ScheduleKind.Cosine,
            ClipValue = 1,
        };
        using var epochs = new Trainer(model, tokens, options)
            .Run(TestContext.Current.CancellationToken)
            .GetEnumerator();
        // What the runtime does once, when it compiles again for instance, falls into some epochs only; what a
        // minibatch allocates would be in all of them.
        var least = long.MaxValue;
        for (var epoch = 0; epoch < options.Epochs; epoch++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.True(epochs.MoveNext());
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
