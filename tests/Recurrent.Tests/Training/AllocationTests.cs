using Recurrent.Models;
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
    [InlineData("lstm", 1)]
    [InlineData("lstm", 2)]
    public void More_minibatches_in_an_epoch_allocate_nothing_more(string kind, int layers)
    {
        using var oneThread = new Compute(threads: 1).Use();
        var (few, many) = (AllocatedByAnEpoch(kind, layers, 10), AllocatedByAnEpoch(kind, layers, 50));
        Assert.True(few > 0, "The measurement does not see the report of an epoch.");
        Assert.Equal(few, many);
    }

    private static long AllocatedByAnEpoch(string kind, int layers, int minibatches)
    {
        var model = LanguageModel.Create(
            new ModelConfiguration
            {
                Kind = kind,
                VocabularySize = 7,
                HiddenSize = 9,
                Layers = layers,
                Dropout = layers > 1 ? 0.1 : 0,
            },
            RandomStreams.Parameters(1)
        );
        int[] tokens = [.. Enumerable.Range(0, (Batch * Steps * minibatches) + Steps).Select(i => i * i % 7)];
        var options = new TrainerOptions
        {
            BatchSize = Batch,
            Steps = Steps,
            Epochs = 6,
        };
        using var epochs = new Trainer(model, tokens, options)
            .Run(TestContext.Current.CancellationToken)
            .GetEnumerator();
        for (var epoch = 0; epoch < 5; epoch++)
        {
            Assert.True(epochs.MoveNext());
        }
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.True(epochs.MoveNext());
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
