using System.Runtime.CompilerServices;
using Recurrent.Kernels;
using Recurrent.Kernels.Products;

namespace Recurrent.Tensors;

// A matrix in the order in which a product reads its right operand.
public sealed partial class Tensor
{
    private Packing? _packed;

    /// <summary>
    /// This matrix, or its transpose, in panels. What no operator computed, such as a weight, keeps them until it
    /// changes.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal Operand<float> Packed(bool transposed)
    {
        if (Operator is not null)
        {
            return Pack(TensorPool.Rent(Device, PackedLength(transposed)).Values, transposed);
        }
        var packing = _packed ?? Interlocked.CompareExchange(ref _packed, new Packing(), null) ?? _packed;
        lock (packing) // threads that read with one model may all be the first
        {
            var values = Kept(ref packing.Of(transposed), transposed);
            if (GradientMode.IsEnabled && RequiresGradient)
            {
                Kept(ref packing.Of(!transposed), !transposed); // for the way back, now that the matrix is in a cache
            }
            return values;
        }
    }

    private Operand<float> Kept(ref (Operand<float> Values, int Version) kept, bool transposed)
    {
        if (kept.Values.IsEmpty || kept.Version != Version)
        {
            var values = kept.Values.IsEmpty
                ? new Operand<float>(Device.Allocate<float>(PackedLength(transposed)))
                : kept.Values;
            kept = (Pack(values, transposed), Version);
        }
        return kept.Values;
    }

    private int PackedLength(bool transposed) =>
        transposed
            ? Kernels.Products.Pack.Length(Shape[1], Shape[0])
            : Kernels.Products.Pack.Length(Shape[0], Shape[1]);

    private Operand<float> Pack(Operand<float> packed, bool transposed)
    {
        Device.RunFirst(new Pack(Values, transposed, Shape[transposed ? 1 : 0], Shape[transposed ? 0 : 1], packed));
        return packed;
    }

    private sealed class Packing
    {
        private (Operand<float> Values, int Version) _plain;
        private (Operand<float> Values, int Version) _transposed;

        public ref (Operand<float> Values, int Version) Of(bool transposed) =>
            ref transposed ? ref _transposed : ref _plain;
    }
}
