using FsCheck;
using FsCheck.Fluent;
using Recurrent.Batching;
using Recurrent.Randomness;

namespace Recurrent.Tests.Batching;

/// <summary>A sequence 0, 1, 2, …, so that each token says where it stands, and how to cut it.</summary>
public sealed record BatchingCase(bool Sequential, int Batch, int Steps, int Length, long Seed, int Epoch)
{
    internal static Gen<BatchingCase> All { get; } =
        from sequential in Gen.Elements(true, false)
        from batch in Gen.Choose(1, 6)
        from steps in Gen.Choose(1, 9)
        from extra in Gen.Choose(0, 150)
        from seed in Gen.Choose(0, 1_000_000)
        from epoch in Gen.Choose(0, 1000)
        select new BatchingCase(sequential, batch, steps, (batch * steps) + steps + extra, seed, epoch);

    internal BatchSampler Sampler =>
        Sequential ? new SequentialPartition(Batch, Steps) : new RandomSampling(Batch, Steps);

    internal int[] Tokens => [.. Enumerable.Range(0, Length)];

    internal IReadOnlyList<(int[] X, int[] Y)> Minibatches => Cut(Sampler, Tokens, Seed, Epoch);

    /// <summary>Copies each minibatch before the next takes its place.</summary>
    internal static IReadOnlyList<(int[] X, int[] Y)> Cut(BatchSampler sampler, int[] tokens, long seed, int epoch) =>
        [
            .. sampler
                .Epoch(tokens, new RandomStream(seed, Stream: 0), epoch)
                .Select(minibatch => (RowsOf(minibatch.X, minibatch), RowsOf(minibatch.Y, minibatch))),
        ];

    /// <summary>The tokens (batch, steps), so that the rows of a minibatch can be told apart.</summary>
    internal static int[] RowsOf(ReadOnlyMemory<int> tokens, Minibatch of) => TimeMajor.RowsOf(tokens.Span, of.Batch);
}
