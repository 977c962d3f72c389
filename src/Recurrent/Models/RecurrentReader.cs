using Recurrent.Kernels;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Products;
using Recurrent.Layers;
using Recurrent.Tensors;

namespace Recurrent.Models;

/// <summary>Reads with recurrent layers in one direction: their kernels, step by step, and the output's product.</summary>
/// <param name="batch">Texts that are read side by side, B.</param>
/// <param name="layers">The layers from the lowest, which reads tokens.</param>
/// <param name="output">The output.</param>
internal sealed class RecurrentReader(int batch, LayerReader[] layers, Linear output) : TokenReader(batch)
{
    private readonly Device _device = output.Bias.Device;
    private readonly Operand<int> _tokens = new(output.Bias.Device.Allocate<int>(batch)); // (B)
    private readonly Operand<float> _logits = new(
        output.Bias.Device.Allocate<float>(checked(batch * output.Bias.Count))
    ); // (B, V)
    private readonly float[] _read = new float[batch * output.Bias.Count];

    /// <inheritdoc/>
    public override ModelState CopyState() =>
        new([
            .. layers
                .SelectMany(layer => layer.State)
                .Select(part =>
                {
                    var values = new float[part.Length];
                    _device.Read(part, values.AsSpan());
                    return Tensor.From(_device, values, Batch, part.Length / Batch);
                }),
        ]);

    /// <inheritdoc/>
    public override void SetState(ModelState state)
    {
        CopyState().RequireShapesOf(state);
        foreach (var (part, values) in layers.SelectMany(layer => layer.State).Zip(state.Parts))
        {
            _device.Write(values.ToArray(), part);
        }
    }

    /// <inheritdoc/>
    protected override ReadOnlySpan<float> ReadBatch(ReadOnlySpan<int> tokens)
    {
        _device.Write(tokens, _tokens);
        layers[0].Read(_tokens);
        for (var i = 1; i < layers.Length; i++)
        {
            layers[i].Read(layers[i - 1].H);
        }
        var vocabulary = output.Bias.Count;
        _device.Run(
            new CopyRows
            {
                From = output.Bias.Values,
                FromStep = 0,
                To = _logits,
                ToStep = vocabulary,
                Rows = Batch,
                Columns = vocabulary,
            }
        );
        _device.Run(
            new MatrixProduct
            {
                A = layers[^1].H,
                B = output.Weight.Packed(transposed: true),
                C = _logits,
                Rows = Batch,
                Columns = vocabulary,
                Depth = output.Weight.Shape[1],
                Accumulate = true,
            }
        );
        _device.Read(_logits, _read.AsSpan());
        return _read;
    }
}
