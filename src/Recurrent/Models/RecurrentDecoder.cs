using Recurrent.Layers;
using Recurrent.Tensors;

namespace Recurrent.Models;

/// <summary>Reads with recurrent layers in one direction and an output, frozen.</summary>
internal sealed class RecurrentDecoder : Decoder
{
    private readonly FrozenNetwork _network;
    private readonly DecoderRow _start; // zeros

    /// <summary>Freezes layers as they are now.</summary>
    /// <param name="layers">The layers from the lowest.</param>
    /// <param name="vectors">The tokens' vectors (V, I), or null for one-hot ones.</param>
    /// <param name="output">The output.</param>
    public RecurrentDecoder(IReadOnlyList<RecurrentLayer> layers, Tensor? vectors, Linear output)
        : base(output.Bias.Count)
    {
        using var noGradient = GradientMode.Disable();
        _network = new FrozenNetwork(
            [.. layers.Select((layer, i) => i == 0 ? layer.FreezeOver(vectors) : layer.Freeze())],
            new FrozenLinear(output.Weight, output.Bias)
        );
        _start = new DecoderRow(_network.States.Select(state => (state.Name, new float[state.Length])));
    }

    /// <inheritdoc/>
    internal override DecoderState CreateState(int capacity) => new Rows(this, capacity);

    private sealed class Rows(RecurrentDecoder decoder, int capacity) : DecoderState(decoder, capacity, decoder._start)
    {
        private readonly FrozenRows _rows = new(decoder._network, capacity);

        protected override ReadOnlySpan<float> LogitRows => _rows.Logits;

        protected override void StepRows(ReadOnlySpan<int> rows, ReadOnlySpan<int> tokens, int outputs) =>
            _rows.Step(rows, tokens, outputs, ForgetsOthers);

        public override void ReadPart(int part, int row, Span<float> values) => _rows.Read(part, row, values);

        public override void WritePart(int part, int row, ReadOnlySpan<float> values) => _rows.Write(part, row, values);
    }
}
