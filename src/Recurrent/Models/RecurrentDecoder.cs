using Recurrent.Layers;
using Recurrent.Tensors;

namespace Recurrent.Models;

/// <summary>Reads with recurrent layers in one direction and an output, frozen.</summary>
internal sealed class RecurrentDecoder : Decoder
{
    private readonly FrozenNetwork _network;
    private readonly ContextTables? _context; // null without features
    private readonly DecoderRow _start; // zeros

    /// <summary>Freezes layers as they are now.</summary>
    /// <param name="layers">The layers from the lowest.</param>
    /// <param name="vectors">The tokens' vectors (V, I), or null for one-hot ones.</param>
    /// <param name="output">The output.</param>
    /// <param name="context">The tokens' vectors with features; null without.</param>
    public RecurrentDecoder(
        IReadOnlyList<RecurrentLayer> layers,
        Tensor? vectors,
        Linear output,
        ContextTables? context = null
    )
        : base(output.Bias.Count)
    {
        using var noGradient = GradientMode.Disable();
        _context = context;
        _network = new FrozenNetwork(
            [.. layers.Select((layer, i) => i == 0 && context is null ? layer.FreezeOver(vectors) : layer.Freeze())],
            new FrozenLinear(output.Weight, output.Bias),
            context is null ? null : new FrozenTables(context.Tables)
        );
        _start = new DecoderRow([
            .. _network.States.Select(state => (state.Name, new float[state.Length])),
            .. context is null ? [] : ((string, float[])[])[("context", new float[ContextTables.ContextLength])],
        ]);
    }

    /// <inheritdoc/>
    internal override DecoderState CreateState(int capacity) => new Rows(this, capacity);

    private sealed class Rows(RecurrentDecoder decoder, int capacity) : DecoderState(decoder, capacity, decoder._start)
    {
        private readonly FrozenRows _rows = new(decoder._network, capacity);
        private readonly ContextTables? _context = decoder._context;
        private readonly int[] _tableRows = new int[capacity * (decoder._context?.Tables.Count ?? 0)]; // (tables, rows)
        private readonly float[] _contexts = new float[
            decoder._context is null ? 0 : capacity * ContextTables.ContextLength
        ];

        protected override ReadOnlySpan<float> LogitRows => _rows.Logits;

        protected override void StepRows(ReadOnlySpan<int> rows, ReadOnlySpan<int> tokens, int outputs)
        {
            var read = tokens;
            if (_context is { } context)
            {
                for (var i = 0; i < rows.Length; i++)
                {
                    context.Read(ContextOf(rows[i]), tokens[i], _tableRows.AsSpan(i), rows.Length);
                }
                read = _tableRows.AsSpan(0, context.Tables.Count * rows.Length);
            }
            _rows.Step(rows, read, outputs, ForgetsOthers);
        }

        public override void ReadPart(int part, int row, Span<float> values)
        {
            if (IsContext(part))
            {
                ContextOf(row).CopyTo(values);
            }
            else
            {
                _rows.Read(part, row, values);
            }
        }

        public override void WritePart(int part, int row, ReadOnlySpan<float> values)
        {
            if (IsContext(part))
            {
                values.CopyTo(ContextOf(row));
            }
            else
            {
                _rows.Write(part, row, values);
            }
        }

        private bool IsContext(int part) => _context is not null && part == Start.Count - 1;

        private Span<float> ContextOf(int row) =>
            _contexts.AsSpan(row * ContextTables.ContextLength, ContextTables.ContextLength);
    }
}
