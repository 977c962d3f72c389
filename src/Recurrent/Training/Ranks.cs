using System.Runtime.InteropServices;
using System.Text;

namespace Recurrent.Training;

/// <summary>
/// The ranks of one training: processes on one machine or several, or threads of one, that train one model together.
/// They move bytes only; sums are the trainer's, in a fixed order, so that their number changes no bit. Every rank
/// makes the same calls in the same order.
/// </summary>
/// <example>
/// <code>
/// Ranks ranks = ThreadRanks.Create(1)[0]; // those of this process; others come from a launcher
/// var parts = new TrainingParts { Ranks = ranks };
/// var trainer = new Trainer(trained.Model, corpus.Sequence, new() { Shards = 8 }, parts: parts);
/// </code>
/// </example>
public abstract class Ranks
{
    /// <summary>The number of this rank, from 0.</summary>
    public abstract int Rank { get; }

    /// <summary>The number of ranks, at least 1.</summary>
    public abstract int Count { get; }

    /// <summary>The name of this rank's machine, for messages.</summary>
    public abstract string Host { get; }

    /// <summary>Gives part j of this rank's to rank j, for all j, and takes what all ranks have for this one.</summary>
    /// <param name="parts"><see cref="Count"/> parts of equal length, one after the other.</param>
    /// <param name="received">As long; the parts for this rank, in rank order.</param>
    /// <exception cref="RanksException">Another rank or the way to it is lost.</exception>
    public abstract void AllToAll(ReadOnlySpan<byte> parts, Span<byte> received);

    /// <summary>Gives every rank the parts of all.</summary>
    /// <param name="part">This rank's, of the same length on every rank; it may lie at its place below.</param>
    /// <param name="received"><see cref="Count"/> times as long; the parts in rank order.</param>
    /// <exception cref="RanksException">Another rank or the way to it is lost.</exception>
    public abstract void AllGather(ReadOnlySpan<byte> part, Span<byte> received);

    /// <summary>Gives every rank what one has.</summary>
    /// <param name="bytes">Read on that rank, overwritten on the others; of the same length on every rank.</param>
    /// <param name="from">The rank that has them, the same on every rank.</param>
    /// <exception cref="RanksException">Another rank or the way to it is lost.</exception>
    public abstract void Broadcast(Span<byte> bytes, int from = 0);

    /// <summary>The texts of all ranks, in rank order.</summary>
    /// <param name="text">This rank's, of any length.</param>
    internal string[] Gather(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var lengths = new int[Count];
        AllGather(BitConverter.GetBytes(bytes.Length), MemoryMarshal.AsBytes(lengths.AsSpan()));
        var longest = lengths.Max();
        var all = new byte[longest * Count];
        if (longest > 0)
        {
            Array.Resize(ref bytes, longest);
            AllGather(bytes, all);
        }
        return [.. lengths.Select((length, rank) => Encoding.UTF8.GetString(all, rank * longest, length))];
    }
}

/// <summary>Ranks cannot train together, or can no longer: the message says which and why.</summary>
public sealed class RanksException : Exception
{
    /// <inheritdoc/>
    public RanksException() { }

    /// <inheritdoc/>
    public RanksException(string message)
        : base(message) { }

    /// <inheritdoc/>
    public RanksException(string message, Exception innerException)
        : base(message, innerException) { }
}
