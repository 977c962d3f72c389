using Recurrent.Kernels;
using Recurrent.Kernels.Elements;

namespace Recurrent.Tensors;

public sealed partial class Tensor
{
    /// <summary>x·Wᵀ + b; dx = dy·W, dW = dyᵀ·x, db = the sum of dy's rows.</summary>
    /// <param name="x">(…, k).</param>
    /// <param name="weight">W (n, k), as PyTorch keeps it.</param>
    /// <param name="bias">b (n).</param>
    /// <returns>(…, n).</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor bias)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentNullException.ThrowIfNull(bias);
        if (
            weight.Shape.Rank != 2
            || x.Shape.Rank < 2
            || x.Shape[-1] != weight.Shape[1]
            || bias.Shape.Rank != 1
            || bias.Count != weight.Shape[0]
        )
        {
            throw new ArgumentException(
                $"A linear map needs (…, k), (n, k) and (n); {x.Shape}, {weight.Shape} and {bias.Shape} do not fit.",
                nameof(weight)
            );
        }
        return TensorPool.Rent<LinearOperator>().Apply(x, weight, bias);
    }
}

/// <summary>The operator of <see cref="Tensor.Linear"/>.</summary>
internal sealed class LinearOperator : Operator
{
    private Tensor _x = null!; // (m, k)
    private Tensor _weight = null!; // (n, k)
    private Tensor _bias = null!; // (n)
    private Operand<float> _packed; // the weights as the way there reads them
    private Operand<float> _packedBack;
    private GradientSlot _dx;
    private GradientSlot _dWeight;
    private GradientSlot _dBias;
    private WeightProduct _product;

    public override int Columns => N;

    public override int RowsTogether => RowsOfPass(_weight, Layout.Groups);

    protected override ShardSums ByShards => ShardSums.Together;

    public override bool IsRowwise => _x != _weight;

    public override bool IsWeight(Tensor operand) => operand == _weight || operand == _bias;

    private int K => _weight.Shape[1];

    private int N => _weight.Shape[0];

    /// <summary>Applies the operator.</summary>
    public Tensor Apply(Tensor x, Tensor weight, Tensor bias)
    {
        (_x, _weight, _bias) = (x, weight, bias);
        return Apply(Tensor.Uninitialized(x.Device, x.Shape.With(-1, N)), x, weight, bias);
    }

    public override void Forward(int start, int count)
    {
        foreach (var (first, length) in Layout.Of(start, count))
        {
            Device.Run(new CopyRows(_bias.Values, 0, Result.Values.Slice(first, length), N, length / N, N));
        }
        Device.Run(
            Layout.Product(_x.Values, K, Result.Values, N, start, count) with
            {
                B = _packed,
                Accumulate = true,
            }
        );
    }

    public override void Backward(int start, int count)
    {
        if (_dx.IsWanted)
        {
            Device.Run(
                Layout.Product(DY.Values, N, _dx.Values, K, start, count) with
                {
                    B = _packedBack,
                    Accumulate = _dx.Accumulate,
                }
            );
        }
    }

    public override void BackwardWeights(int start, int count)
    {
        if (_dWeight.IsWanted)
        {
            _product.Add(_dWeight, start, count);
        }
        SumColumns(DY.Values, N, _dBias, start, count);
    }

    protected override void BeginForward() => _packed = _weight.Packed(transposed: true);

    protected override void BeginBackward()
    {
        _packedBack = _weight.Packed(transposed: false);
        _dx = GradientSlot.Added(_x);
    }

    protected override void BeginWeights()
    {
        (_dWeight, _dBias) = (WeightSlot(_weight), WeightSlot(_bias));
        _product = _dWeight.IsWanted
            ? new WeightProduct(Device, DY.Values, N, _x.Values, K, Result.Count / N, Sums)
            : default;
    }

    protected override void EndWeights() => _product.Release();
}
