using Recurrent.Kernels;
using Recurrent.Kernels.Products;

namespace Recurrent.Tensors;

/// <summary>
/// The gradient of a weight, dW(m, n) = aᵀ·b over the rows of a (rows, m) and b (rows, n), whose chains run through all
/// rows, or all of a shard; so it is cut by columns of a.
/// </summary>
internal readonly struct WeightProduct
{
    private readonly Device _device;
    private readonly Operand<float> _a;
    private readonly Operand<float> _b;
    private readonly Storage? _packed; // b; null where its rows are whole panels, so that products read it where it is
    private readonly int _m;
    private readonly int _n;
    private readonly int _rows;
    private readonly ShardedRows? _sums;

    /// <summary>Prepares b.</summary>
    public WeightProduct(
        Device device,
        Operand<float> a,
        int m,
        Operand<float> b,
        int n,
        int rows,
        ShardedRows? sums = null
    )
    {
        (_device, _a, _m, _b, _n, _rows, _sums) = (device, a, m, b, n, rows, sums);
        if (n != Pack.Step(n))
        {
            _packed = TensorPool.Rent(device, Pack.Length(rows, n));
            device.RunLast(new Pack(b, Transposed: false, rows, n, _packed.Values));
        }
    }

    /// <summary>Computes the gradient for columns of a, which are rows of dW.</summary>
    public void Add(GradientSlot dw, int start, int count)
    {
        if (_sums is { } sums)
        {
            _device.Run(
                new ShardedProduct
                {
                    A = _a.Columns(start, count, _m),
                    StepA = _m,
                    B = _packed?.Values ?? _b,
                    PlainB = _packed is null,
                    C = dw.Slice(start * _n, count * _n),
                    Rows = count,
                    Columns = _n,
                    Sums = sums,
                    Accumulate = dw.Accumulate,
                }
            );
            return;
        }
        _device.Run(
            new MatrixProduct
            {
                A = _a.Columns(start, count, _m),
                TransposedA = true,
                StepA = _m,
                B = _packed?.Values ?? _b,
                PlainB = _packed is null,
                C = dw.Slice(start * _n, count * _n),
                Rows = count,
                Columns = _n,
                Depth = _rows,
                Accumulate = dw.Accumulate,
            }
        );
    }

    /// <summary>Gives up the packed b.</summary>
    public void Release() => _packed?.Release();
}
