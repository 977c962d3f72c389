using Recurrent.Kernels;
using Recurrent.Tensors;

namespace Recurrent.Layers;

/// <summary>Values computed of weights, kept until a weight changes.</summary>
internal sealed class DerivedValues(Func<Tensor> compute, params Tensor[] weights)
{
    private AlignedBuffer _values = new(0);
    private long _version = -1;

    /// <summary>The values, of the weights as they are now.</summary>
    public ReadOnlySpan<float> Values
    {
        get
        {
            var version = 0L; // versions only grow, so that their sum tells of any change
            foreach (var weight in weights)
            {
                version += weight.Version;
            }
            if (version != _version)
            {
                Refresh();
                _version = version;
            }
            return _values.Span;
        }
    }

    private void Refresh()
    {
        using var noGradient = GradientMode.Disable();
        var values = compute().Values;
        if (_values.Length != values.Length)
        {
            _values = new AlignedBuffer(values.Length);
        }
        values.CopyTo(_values.Span);
    }
}
