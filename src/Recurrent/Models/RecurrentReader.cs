using Recurrent.Kernels;
using Recurrent.Layers;
using Recurrent.Tensors;

namespace Recurrent.Models;

/// <summary>Reads with recurrent layers in one direction: their kernels, step by step, and the output's product.</summary>
/// <param name="batch">Texts that are read side by side, B.</param>
/// <param name="layers">The layers from the lowest, which reads tokens.</param>
/// <param name="output">The output.</param>
internal sealed class RecurrentReader(int batch, LayerReader[] layers, Linear output) : TokenReader(batch)
{
    private readonly AlignedBuffer _logits = new(checked(batch * output.Bias.Count)); // (B, V)

    /// <inheritdoc/>
    public override ModelState CopyState() =>
        new([
            .. layers
                .SelectMany(layer => layer.State)
                .Select(part => Tensor.From(part.Span, Batch, part.Length / Batch)),
        ]);

    /// <inheritdoc/>
    public override void SetState(ModelState state)
    {
        CopyState().RequireShapesOf(state);
        foreach (var (part, values) in layers.SelectMany(layer => layer.State).Zip(state.Parts))
        {
            values.Values.CopyTo(part.Span);
        }
    }

    /// <inheritdoc/>
    protected override ReadOnlySpan<float> ReadBatch(ReadOnlySpan<int> tokens)
    {
        layers[0].Read(tokens);
        for (var i = 1; i < layers.Length; i++)
        {
            layers[i].Read(layers[i - 1].H);
        }
        var logits = _logits.Span;
        var bias = output.Bias.Values;
        for (var row = 0; row < Batch; row++)
        {
            bias.CopyTo(logits[(row * bias.Length)..]);
        }
        var compute = Compute.Current;
        compute.Tier.Multiply(
            compute.Team,
            layers[^1].H,
            transposed: false,
            output.Weight.Packed(transposed: true),
            logits,
            Batch,
            bias.Length,
            output.Weight.Shape[1],
            add: true
        );
        return logits;
    }
}
