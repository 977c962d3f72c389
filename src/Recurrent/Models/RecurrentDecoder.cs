using Recurrent.Kernels;
using Recurrent.Kernels.Products;
using Recurrent.Layers;
using Recurrent.Tensors;

namespace Recurrent.Models;

/// <summary>
/// Recurrent layers in one direction and an output, frozen: packed weights, and the gates of each token.
/// </summary>
internal sealed class RecurrentDecoder : Decoder
{
    /// <summary>Freezes layers as they are now.</summary>
    /// <param name="layers">The layers from the lowest.</param>
    /// <param name="vectors">The tokens' vectors (V, I), or null for one-hot ones.</param>
    /// <param name="output">The output.</param>
    public RecurrentDecoder(IReadOnlyList<RecurrentLayer> layers, Tensor? vectors, Linear output)
        : base(output.Bias.Count)
    {
        using var noGradient = GradientMode.Disable();
        Device = output.Bias.Device;
        Layers =
        [
            .. layers.Select(
                (layer, i) =>
                    new FrozenLayer(
                        layer.Cell,
                        layer.Weights is { } weights ? Pack(weights) : default,
                        i == 0 ? default : Pack(layer.InputWeights),
                        Copy(i == 0 ? layer.InputTable(vectors) : layer.InputBias()),
                        layer.RecurrentBias is { } bias ? Copy(bias) : default,
                        GateSize: layer.InputWeights.Shape[0]
                    )
            ),
        ];
        (OutputWeights, OutputBias) = (Pack(output.Weight), Copy(output.Bias));
        Start = new DecoderRow(
            Layers.SelectMany(
                (layer, i) => layer.Cell.States.Select(state => ($"{state}_l{i}", new float[layer.HiddenSize]))
            )
        );
    }

    /// <summary>The device that has the weights.</summary>
    public Device Device { get; }

    /// <summary>The layers from the lowest, which reads tokens.</summary>
    public IReadOnlyList<FrozenLayer> Layers { get; }

    /// <summary>The output's weights, packed (H, V).</summary>
    public Operand<float> OutputWeights { get; }

    /// <summary>The output's bias (V).</summary>
    public Operand<float> OutputBias { get; }

    /// <summary>A row before any text: zeros.</summary>
    public DecoderRow Start { get; }

    /// <inheritdoc/>
    internal override DecoderState CreateState(int capacity) => new RecurrentDecoderState(this, capacity);

    private Operand<float> Copy(Tensor values)
    {
        var copy = Allocate<float>(values.Count);
        Device.Copy(values.Values, copy);
        return copy;
    }

    /// <summary>The transpose of a weight (n, k), packed.</summary>
    private Operand<float> Pack(Tensor weight)
    {
        var (n, k) = (weight.Shape[0], weight.Shape[1]);
        var packed = Allocate<float>(Kernels.Products.Pack.Length(k, n));
        Device.Run(new Pack(weight.Values, Transposed: true, k, n, packed));
        return packed;
    }

    /// <summary>Memory on the device, zeroed.</summary>
    public Operand<T> Allocate<T>(int length)
        where T : unmanaged => new(Device.Allocate<T>(length));
}
