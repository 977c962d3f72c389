using Recurrent.Kernels;

namespace Recurrent.Tensors;

/// <summary>y = f(x), element by element: all that such operators share.</summary>
internal abstract class ElementOperator : Operator
{
    private GradientSlot _dx;

    /// <summary>The operand.</summary>
    public Tensor X { get; private set; } = null!;

    /// <summary>Applies the operator.</summary>
    public Tensor Apply(Tensor x)
    {
        X = x;
        return Apply(Tensor.Uninitialized(x.Device, x.Shape), x);
    }

    public sealed override void Forward(int start, int count)
    {
        foreach (var (first, length) in Layout.Of(start, count))
        {
            Forward(X.Values.Slice(first, length), Result.Values.Slice(first, length), first);
        }
    }

    public sealed override void Backward(int start, int count)
    {
        foreach (var (first, length) in Layout.Of(start, _dx.IsWanted ? count : 0))
        {
            Backward(Result.Values.Slice(first, length), DY.Slice(first, length), _dx.Slice(first, length), first);
            _dx.Add(first, length);
        }
    }

    /// <summary>Computes y of x, elements from <paramref name="first"/> on.</summary>
    protected abstract void Forward(Operand<float> x, Operand<float> y, int first);

    /// <summary>Computes dx of y and dy, elements from <paramref name="first"/> on; dx may be dy.</summary>
    protected abstract void Backward(Operand<float> y, Operand<float> dy, Operand<float> dx, int first);

    protected sealed override void BeginBackward() => _dx = GradientSlot.Written(X, DY);

    protected sealed override void EndBackward() => _dx.Close();
}
