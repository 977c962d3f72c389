using Recurrent.Kernels.Elements;

namespace Recurrent.Tensors;

public sealed partial class Tensor
{
    /// <summary>The transpose of a matrix.</summary>
    /// <param name="x">(rows, columns).</param>
    /// <returns>(columns, rows).</returns>
    /// <exception cref="ArgumentException">The tensor is not a matrix.</exception>
    public static Tensor Transpose(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Shape.Rank == 2
            ? TensorPool.Rent<TransposeOperator>().Apply(x)
            : throw new ArgumentException($"Transpose takes a matrix, not shape {x.Shape}.", nameof(x));
    }
}

/// <summary>
/// The operator of <see cref="Tensor.Transpose"/>; it has one piece, because it mixes rows and columns.
/// </summary>
internal sealed class TransposeOperator : Operator
{
    private Tensor _x = null!;
    private GradientSlot _dx;

    public override RowLayout Layout => new(1, 1, _x.Count);

    public override bool IsRowwise => false;

    /// <summary>Applies the operator.</summary>
    public Tensor Apply(Tensor x)
    {
        _x = x;
        return Apply(Tensor.Uninitialized(x.Device, new Shape(x.Shape[1], x.Shape[0])), x);
    }

    public override void Forward(int start, int count) =>
        Device.Run(new Transpose(_x.Values, _x.Shape[0], _x.Shape[1], Result.Values));

    public override void Backward(int start, int count)
    {
        Device.Run(new Transpose(DY.Values, _x.Shape[1], _x.Shape[0], _dx.Values));
        _dx.Add(0, _x.Count);
    }

    protected override void BeginBackward() => _dx = GradientSlot.Written(_x);

    protected override void EndBackward() => _dx.Close();
}
