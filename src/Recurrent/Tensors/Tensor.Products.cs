using Recurrent.Kernels;

namespace Recurrent.Tensors;

// Matrix products and the transpose.
public sealed partial class Tensor
{
    private PackedOperand? _packed;
    private PackedOperand? _packedTransposed;

    /// <summary>
    /// The matrix product a·b. Each element is one chain of fused multiply-adds over ascending k.
    /// da = dc·bᵀ, db = aᵀ·dc.
    /// </summary>
    /// <param name="a">(m, k), or (…, k) with more rows on outer axes.</param>
    /// <param name="b">(k, n).</param>
    /// <returns>(m, n), or (…, n).</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor MatMul(Tensor a, Tensor b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (b.Shape.Rank != 2 || a.Shape.Rank < 2 || a.Shape[-1] != b.Shape[0])
        {
            throw new ArgumentException(
                $"A matrix product needs (…, k) and (k, n); {a.Shape} and {b.Shape} do not fit.",
                nameof(b)
            );
        }
        var (k, n) = (b.Shape[0], b.Shape[1]);
        var m = a.Shape.Around(a.Shape.Rank - 1).Outer;
        var c = Result(a.Shape.With(-1, n), a, b);
        Tier.Multiply(
            Team,
            a.Values,
            false,
            b.Packed(transposed: false),
            c.WritableSpan,
            m,
            n,
            k,
            add: false
        );
        return c.WithDerivative(
            (_, dc) =>
            {
                if (a.RequiresGradient)
                {
                    var da = a.GradientTarget(out var add);
                    Tier.Multiply(Team, dc.Values, false, b.Packed(transposed: true), da, m, k, n, add);
                }
                if (b.RequiresGradient)
                {
                    b.AddGradientOfProduct(a, dc);
                }
            }
        );
    }

    /// <summary>The transpose of a matrix.</summary>
    /// <param name="x">(rows, columns).</param>
    /// <returns>(columns, rows).</returns>
    /// <exception cref="ArgumentException">The tensor is no matrix.</exception>
    public static Tensor Transpose(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.Shape.Rank != 2)
        {
            throw new ArgumentException($"Transpose takes a matrix, not shape {x.Shape}.", nameof(x));
        }
        var (rows, columns) = (x.Shape[0], x.Shape[1]);
        var y = Result(new Shape(columns, rows), x);
        TransposeInto(x.Values, rows, columns, y.WritableSpan);
        return y.WithDerivative(
            static (y, dy) =>
            {
                var x = y._operands[0];
                var dx = TensorPool.Rent(x.Count);
                TransposeInto(dy.Values, x.Shape[1], x.Shape[0], dx.Values);
                x.AddGradient(dx);
                dx.Release();
            }
        );
    }

    private static void TransposeInto(ReadOnlySpan<float> x, int rows, int columns, Span<float> y)
    {
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                y[(column * rows) + row] = x[(row * columns) + column];
            }
        }
    }

    /// <summary>This matrix in panels. A leaf, such as a weight, keeps them until its values change.</summary>
    internal ReadOnlySpan<float> Packed(bool transposed)
    {
        var (k, n) = transposed ? (Shape[1], Shape[0]) : (Shape[0], Shape[1]);
        var length = Tier.PackedLength(k, n);
        if (IsRecorded)
        {
            var once = TensorPool.Rent(length).Values;
            Tier.Pack(Team, Values, k, n, transposed, once);
            return once;
        }
        ref var packed = ref transposed ? ref _packedTransposed : ref _packed;
        if (packed is null || packed.Memory.Length != length)
        {
            packed = new PackedOperand(new AlignedBuffer(length));
        }
        if (packed.Tier != Tier || packed.Version != _storage.Version)
        {
            Tier.Pack(Team, Values, k, n, transposed, packed.Memory.Span);
            (packed.Tier, packed.Version) = (Tier, _storage.Version);
        }
        return packed.Memory.Span;
    }

    /// <summary>
    /// Adds aᵀ·dc to the gradient. A loop over time multiplies by one weight at every step, so for a leaf the
    /// steps are gathered and become one product, as fast as the largest: its chains run over the steps in the order
    /// in which they came, which gives the same bits as adding them one by one.
    /// </summary>
    private void AddGradientOfProduct(Tensor a, Storage dc)
    {
        (_products ??= []).Add((a, dc.Share()));
        if (IsRecorded)
        {
            FlushProducts();
        }
    }

    private void FlushProducts()
    {
        if (_products is not { Count: > 0 } products)
        {
            return;
        }
        var (m, n) = (Shape[0], Shape[1]);
        var k = 0;
        foreach (var (left, _) in products)
        {
            k += left.Count / m;
        }
        var lefts = TensorPool.Rent(k * m);
        var gradients = TensorPool.Rent(k * n);
        var row = 0;
        foreach (var (left, gradient) in products)
        {
            left.Values.CopyTo(lefts.Values[(row * m)..]);
            gradient.Values.CopyTo(gradients.Values[(row * n)..]);
            row += left.Count / m;
            gradient.Release();
        }
        products.Clear();
        AddProduct(lefts.Values, gradients.Values, k, GradientTarget(out var add), m, n, add);
        lefts.Release();
        gradients.Release();
    }

    /// <summary>c(m, n) = [c +] aᵀ·b over k rows.</summary>
    private static void AddProduct(
        ReadOnlySpan<float> a,
        ReadOnlySpan<float> b,
        int k,
        Span<float> c,
        int m,
        int n,
        bool add
    )
    {
        var packed = TensorPool.Rent(Tier.PackedLength(k, n));
        Tier.Pack(Team, b, k, n, transposed: false, packed.Values);
        Tier.Multiply(Team, a, true, packed.Values, c, m, n, k, add);
        packed.Release();
    }

    private sealed class PackedOperand(AlignedBuffer memory)
    {
        public AlignedBuffer Memory { get; } = memory;

        public KernelTier? Tier { get; set; }

        public int Version { get; set; }
    }
}
