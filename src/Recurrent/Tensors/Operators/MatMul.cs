using Recurrent.Kernels;

namespace Recurrent.Tensors;

public sealed partial class Tensor
{
    /// <summary>
    /// The matrix product a·b. Each element is one chain of fused multiply-adds over ascending k.
    /// da = dc·bᵀ, db = aᵀ·dc.
    /// </summary>
    /// <param name="a">(m, k), or (…, k) with more rows on outer axes.</param>
    /// <param name="b">(k, n).</param>
    /// <returns>(m, n), or (…, n).</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    /// <example>
    /// <code>
    /// var hidden = Tensor.Tanh(Tensor.MatMul(Tensor.Zeros(32, 28), Tensor.Zeros(28, 256))); // (32, 256)
    /// </code>
    /// </example>
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
        return TensorPool.Rent<MatMulOperator>().Apply(a, b);
    }
}

/// <summary>The operator of <see cref="Tensor.MatMul"/>.</summary>
internal sealed class MatMulOperator : Operator
{
    private Tensor _a = null!; // (m, k)
    private Tensor _b = null!; // (k, n)
    private Operand<float> _packed; // the weights as the way there reads them
    private Operand<float> _packedBack;
    private GradientSlot _da;
    private GradientSlot _db;
    private WeightProduct _product;

    public override int Columns => _db.IsWanted ? K : 0;

    public override int RowsTogether => RowsOfPass(_b, Layout.Groups);

    private int K => _b.Shape[0];

    private int N => _b.Shape[1];

    /// <summary>Applies the operator.</summary>
    public Tensor Apply(Tensor a, Tensor b)
    {
        (_a, _b) = (a, b);
        return Apply(Tensor.Uninitialized(a.Device, a.Shape.With(-1, N)), a, b);
    }

    public override bool IsRowwise => _a != _b;

    public override bool IsWeight(Tensor operand) => operand == _b;

    public override void Forward(int start, int count)
    {
        Device.Run(Layout.Product(_a.Values, K, Result.Values, N, start, count) with { B = _packed });
    }

    public override void Backward(int start, int count)
    {
        if (_da.IsWanted)
        {
            Device.Run(
                Layout.Product(DY.Values, N, _da.Values, K, start, count) with
                {
                    B = _packedBack,
                    Accumulate = _da.Accumulate,
                }
            );
        }
    }

    public override void BackwardWeights(int start, int count) => _product.Add(_db, start, count);

    protected override void BeginForward() => _packed = _b.Packed(transposed: false);

    protected override void BeginBackward()
    {
        _packedBack = _b.Packed(transposed: true);
        _da = GradientSlot.Added(_a);
        (_db, _product) = (default, default);
        if (_b.Leaf is { } leaf)
        {
            leaf.AddProduct(_a, DY);
        }
        else if (_b.RequiresGradient)
        {
            _db = GradientSlot.Added(_b);
            _product = new WeightProduct(Device, _a.Values, K, DY.Values, N, Result.Count / N);
        }
    }

    protected override void EndBackward() => _product.Release();
}
