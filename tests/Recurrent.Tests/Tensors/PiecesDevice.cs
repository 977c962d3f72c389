using Recurrent.Kernels;
using Recurrent.Kernels.Threading;
using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Tests.Tensors;

/// <summary>A device that computes each operator in pieces of random sizes, in a random order.</summary>
internal sealed class PiecesDevice(long seed) : Device
{
    private readonly RandomStream _random = new(seed, 0);
    private readonly WorkerTeam _team = new(threads: 1);
    private ulong _draws;

    /// <summary>The most pieces that an operator was cut into.</summary>
    public int MostPieces { get; private set; }

    public override string Name => "device of the tests";

    internal override double WorkPerSecond => 1e9;

    internal override DeviceMemory<T> Allocate<T>(int length) => new HostMemory<T>(length);

    internal override void RunElsewhere<TKernel>(in TKernel kernel) => VectorTier.Best.Run(kernel, _team);

    internal override void ReadElsewhere<T>(Operand<T> source, Span<T> destination) =>
        source.AsSpan().CopyTo(destination);

    internal override void WriteElsewhere<T>(ReadOnlySpan<T> source, Operand<T> destination) =>
        source.CopyTo(destination.AsSpan());

    internal override void Forward(Operator operation) => InPieces(operation.Rows, operation.Forward);

    internal override void Backward(Operator operation)
    {
        InPieces(operation.Rows, operation.Backward);
        InPieces(operation.Columns, operation.BackwardWeights);
    }

    private void InPieces(int count, Action<int, int> run)
    {
        var pieces = new List<(int Start, int Count)>();
        for (var start = 0; start < count; )
        {
            var length = 1 + _random.Below(Math.Min(count - start, 20), _draws++);
            pieces.Add((start, length));
            start += length;
        }
        MostPieces = Math.Max(MostPieces, pieces.Count);
        foreach (var (start, length) in pieces.OrderBy(_ => _random.Uniform(_draws++)).ToArray())
        {
            run(start, length);
        }
    }
}
