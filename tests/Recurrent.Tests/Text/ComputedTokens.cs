using Recurrent.Text;

namespace Recurrent.Tests.Text;

/// <summary>Tokens that are computed from their positions, as many as are wanted; it remembers what was read.</summary>
internal sealed class ComputedTokens : TokenSequence
{
    public const int Distinct = 11;

    private readonly long _start;
    private readonly List<(long Start, int Count)> _reads;

    public ComputedTokens(long length)
        : this(0, length, []) { }

    private ComputedTokens(long start, long length, List<(long, int)> reads)
        : base(length) => (_start, _reads) = (start, reads);

    /// <summary>Positions and numbers of the tokens that were read, in the order of time.</summary>
    public IReadOnlyList<(long Start, int Count)> Reads => _reads;

    public static int At(long position) => (int)(position % Distinct * (position % Distinct) % Distinct);

    internal override ReadOnlyMemory<int> InMemory() => ToArray();

    private protected override TokenSequence Part(long start, long length) =>
        new ComputedTokens(_start + start, length, _reads);

    private protected override void Read(long start, Span<int> destination)
    {
        _reads.Add((_start + start, destination.Length));
        for (var i = 0; i < destination.Length; i++)
        {
            destination[i] = At(_start + start + i);
        }
    }
}
