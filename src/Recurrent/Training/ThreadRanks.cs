using Recurrent.Ranges;

namespace Recurrent.Training;

/// <summary>
/// Ranks that are threads of one process, each with a model and a trainer of its own: for trying what several machines
/// would do, to the byte.
/// </summary>
/// <example>
/// <code>
/// var threads = ThreadRanks
///     .Create(2)
///     .Select(ranks => new Thread(() =>
///     {
///         var model = LanguageModel.Create("gru", corpus.Vocabulary.Count);
///         var parts = new TrainingParts { Ranks = ranks };
///         new Trainer(model, corpus.Sequence, new() { Shards = 8 }, parts: parts).Run().Last();
///     }))
///     .ToList();
/// threads.ForEach(thread => thread.Start());
/// threads.ForEach(thread => thread.Join()); // and the models are the same
/// </code>
/// </example>
public sealed class ThreadRanks : Ranks
{
    private readonly Group _group;

    private ThreadRanks(Group group, int rank) => (_group, Rank) = (group, rank);

    /// <inheritdoc/>
    public override int Rank { get; }

    /// <inheritdoc/>
    public override int Count => _group.Sent.Length;

    /// <inheritdoc/>
    public override string Host => Environment.MachineName;

    /// <summary>Makes ranks that know of each other.</summary>
    /// <param name="count">Their number, at least 1.</param>
    /// <returns>One for each thread, in rank order.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    public static IReadOnlyList<ThreadRanks> Create(int count)
    {
        var group = new Group(Within.AtLeast(1).Require(nameof(count), count));
        return [.. Enumerable.Range(0, count).Select(rank => new ThreadRanks(group, rank))];
    }

    /// <summary>Ends the other ranks' waits for this one, now and later, because its thread has failed.</summary>
    /// <param name="cause">What it has failed of.</param>
    public void Fail(Exception cause)
    {
        ArgumentNullException.ThrowIfNull(cause);
        _group.Fail(new RanksException($"Rank {Rank} on {Host} failed: {cause.Message}", cause));
    }

    /// <inheritdoc/>
    public override void AllToAll(ReadOnlySpan<byte> parts, Span<byte> received)
    {
        var length = LengthOf(parts, received);
        Lay(parts);
        for (var rank = 0; rank < Count; rank++)
        {
            _group.Sent[rank].AsSpan(Rank * length, length).CopyTo(received[(rank * length)..]);
        }
        _group.Meet(); // nobody lays down anything new before all have read
    }

    /// <inheritdoc/>
    public override void AllGather(ReadOnlySpan<byte> part, Span<byte> received)
    {
        var length = LengthOf(received, received);
        Lay(part);
        for (var rank = 0; rank < Count; rank++)
        {
            _group.Sent[rank].AsSpan(0, length).CopyTo(received[(rank * length)..]);
        }
        _group.Meet();
    }

    /// <inheritdoc/>
    public override void Broadcast(Span<byte> bytes, int from = 0)
    {
        Lay(Rank == from ? bytes : []);
        if (Rank != from)
        {
            _group.Sent[from].AsSpan(0, bytes.Length).CopyTo(bytes);
        }
        _group.Meet();
    }

    private int LengthOf(ReadOnlySpan<byte> parts, ReadOnlySpan<byte> received) =>
        parts.Length == received.Length && parts.Length % Count == 0
            ? parts.Length / Count
            : throw new ArgumentException(
                $"{parts.Length} bytes to {received.Length} are not the same {Count} equal parts; pad them."
            );

    /// <summary>Lays bytes down for the others to read, and waits until all have.</summary>
    private void Lay(ReadOnlySpan<byte> bytes)
    {
        if (_group.Sent[Rank].Length < bytes.Length)
        {
            _group.Sent[Rank] = new byte[bytes.Length];
        }
        bytes.CopyTo(_group.Sent[Rank]);
        _group.Meet();
    }

    private sealed class Group(int count)
    {
        private readonly object _gate = new();
        private int _arrived;
        private long _meetings;
        private RanksException? _failure;

        /// <summary>What each rank has laid down, (ranks).</summary>
        public byte[][] Sent { get; } = [.. Enumerable.Repeat(Array.Empty<byte>(), count)];

        /// <summary>Waits until every rank has come here.</summary>
        /// <exception cref="RanksException">One never will.</exception>
        public void Meet()
        {
            lock (_gate)
            {
                var meeting = _meetings;
                if (++_arrived == Sent.Length)
                {
                    (_arrived, _meetings) = (0, _meetings + 1);
                    Monitor.PulseAll(_gate);
                }
                while (meeting == _meetings && _failure is null)
                {
                    Monitor.Wait(_gate);
                }
                if (_failure is not null)
                {
                    throw new RanksException(_failure.Message, _failure.InnerException!);
                }
            }
        }

        public void Fail(RanksException failure)
        {
            lock (_gate)
            {
                _failure ??= failure;
                Monitor.PulseAll(_gate);
            }
        }
    }
}
