using Recurrent.Tensors;

namespace Recurrent.Layers;

/// <summary>Values computed of weights, kept until a weight changes.</summary>
internal sealed class DerivedValues(Func<Tensor> compute, params Tensor[] weights)
{
    private Tensor? _values;
    private long _version = -1;

    /// <summary>The values, of the weights as they are now.</summary>
    public Tensor Values
    {
        get
        {
            var version = 0L; // versions only grow, so that their sum tells of any change
            foreach (var weight in weights)
            {
                version += weight.Version;
            }
            if (_values is null || version != _version)
            {
                using var noGradient = GradientMode.Disable();
                var values = compute();
                _values ??= Tensor.Kept(
                    new Storage().Over(
                        values.Device.Allocate<float>(values.Count),
                        values.Device,
                        pool: null
                    ),
                    values.Shape
                );
                _values.CopyFrom(values);
                _version = version;
            }
            return _values;
        }
    }
}
