using Recurrent.Training;

namespace Recurrent.Exchange;

/// <summary>Ranks that tell how long it took from the beginning of an exchange to the end of a gathering.</summary>
internal sealed class TimedRanks(Ranks ranks) : Ranks
{
    private long _start;

    public override int Rank => ranks.Rank;

    public override int Count => ranks.Count;

    public override string Host => ranks.Host;

    /// <summary>That time, of the last.</summary>
    public TimeSpan Elapsed { get; private set; }

    public override void AllToAll(ReadOnlySpan<byte> parts, Span<byte> received)
    {
        _start = TimeProvider.System.GetTimestamp();
        ranks.AllToAll(parts, received);
    }

    public override void AllGather(ReadOnlySpan<byte> part, Span<byte> received)
    {
        ranks.AllGather(part, received);
        Elapsed = TimeProvider.System.GetElapsedTime(_start);
    }

    public override void Broadcast(Span<byte> bytes, int from = 0) => ranks.Broadcast(bytes, from);
}
