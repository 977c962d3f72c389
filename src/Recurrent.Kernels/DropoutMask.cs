using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Threading;

namespace Recurrent.Kernels;

/// <summary>
/// Which elements dropout drops. Nothing is stored: element i is dropped where word i mod 4 of the <see cref="Philox"/>
/// block with the counter (stream, i / 4) is below p·2³², so the way back finds the same mask, on any number of threads.
/// </summary>
public readonly record struct DropoutMask
{
    private const double Words = 4294967296; // 2³² of them are possible

    private readonly ulong _seed;
    private readonly ulong _stream;
    private readonly double _probability;

    /// <summary>A mask.</summary>
    /// <param name="seed">The key.</param>
    /// <param name="stream">The upper half of the counter; every value is valid.</param>
    /// <param name="probability">p, the probability to drop an element; 0 or more and below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability is out of range.</exception>
    public DropoutMask(ulong seed, ulong stream, double probability)
    {
        if (!(probability is >= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(probability),
                probability,
                "The probability to drop an element must be 0 or more and below 1."
            );
        }
        (_seed, _stream, _probability) = (seed, stream, probability);
    }

    /// <summary>
    /// y = x / (1 − p) where an element is kept, which keeps the mean, and 0 where it is dropped. x and y have one length; y
    /// may be x.
    /// </summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public unsafe void Apply(WorkerTeam team, ReadOnlySpan<float> x, Span<float> y)
    {
        ArgumentNullException.ThrowIfNull(team);
        if (x.Length != y.Length)
        {
            throw new ArgumentException($"y must have {x.Length} values and has {y.Length}.", nameof(y));
        }
        var chunk = Math.Max(ElementChunks.Length, RoundUp((x.Length / WorkerTeam.MaxChunks) + 1));
        fixed (
            float* px = x,
                py = y
        )
        {
            var job = new DropoutJob(
                px,
                py,
                x.Length,
                chunk,
                _seed,
                _stream,
                (uint)(_probability * Words),
                (float)(1 / (1 - _probability))
            );
            team.Run((int)(((long)x.Length + chunk - 1) / chunk), job);
        }
    }

    private static int RoundUp(int length) => (length + DropoutJob.Group - 1) & -DropoutJob.Group;
}
