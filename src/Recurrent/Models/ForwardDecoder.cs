using Recurrent.Tensors;

namespace Recurrent.Models;

/// <summary>Reads with any model, by its <see cref="ILanguageModel.Forward"/>, a step of one token at a time.</summary>
/// <param name="model">A model that nobody trains meanwhile.</param>
internal sealed class ForwardDecoder(ILanguageModel model) : Decoder(model.Configuration.VocabularySize)
{
    private readonly ILanguageModel _model = model;
    private readonly Lock _gate = new(); // a model keeps what it derives of its weights, so it serves one thread

    /// <inheritdoc/>
    internal override DecoderState CreateState(int capacity)
    {
        lock (_gate)
        {
            return new Rows(this, capacity, _model.InitialState(1));
        }
    }

    private sealed class Rows : DecoderState
    {
        private readonly ForwardDecoder _decoder;
        private readonly int[][] _shapes; // of each part for one row
        private readonly float[][] _parts; // (capacity, …) of each part
        private readonly TensorPool _pool;
        private float[] _logits = []; // (rows, vocabulary)

        public Rows(ForwardDecoder decoder, int capacity, ModelState start)
            : base(decoder, capacity, new DecoderRow(start.Parts.Select((part, i) => ($"part{i}", part.ToArray()))))
        {
            (_decoder, _pool) = (decoder, new TensorPool(decoder._model.Device));
            _shapes = [.. start.Parts.Select(part => part.Shape.ToArray())];
            _parts = [.. start.Parts.Select(part => new float[checked(capacity * part.Count)])];
            for (var row = 0; row < capacity; row++)
            {
                Reset(row);
            }
        }

        protected override ReadOnlySpan<float> LogitRows => _logits;

        protected override void StepRows(ReadOnlySpan<int> rows, ReadOnlySpan<int> tokens, int outputs)
        {
            lock (_decoder._gate)
            {
                using var scope = _pool.OpenScope();
                using var noGradient = GradientMode.Disable();
                var read = Indices.From(_decoder._model.Device, tokens, 1, rows.Length);
                var (logits, after) = _decoder._model.Forward(read, Gather(rows));
                if (_logits.Length < logits.Count)
                {
                    _logits = new float[logits.Count];
                }
                logits.CopyTo(_logits);
                Scatter(after, rows);
            }
        }

        public override void ReadPart(int part, int row, Span<float> values) =>
            _parts[part].AsSpan(row * values.Length, values.Length).CopyTo(values);

        public override void WritePart(int part, int row, ReadOnlySpan<float> values) =>
            values.CopyTo(_parts[part].AsSpan(row * values.Length));

        private ModelState Gather(ReadOnlySpan<int> rows)
        {
            var parts = new Tensor[_parts.Length];
            for (var part = 0; part < parts.Length; part++)
            {
                var width = _parts[part].Length / Capacity;
                var values = new float[rows.Length * width]; // (rows, …)
                for (var i = 0; i < rows.Length; i++)
                {
                    ReadPart(part, rows[i], values.AsSpan(i * width, width));
                }
                parts[part] = Tensor.From(_decoder._model.Device, values, [rows.Length, .. _shapes[part][1..]]);
            }
            return new ModelState(parts);
        }

        private void Scatter(ModelState after, ReadOnlySpan<int> rows)
        {
            for (var part = 0; part < _parts.Length; part++)
            {
                var width = _parts[part].Length / Capacity;
                var values = after.Parts[part].ToArray(); // (rows, …)
                for (var i = 0; i < rows.Length; i++)
                {
                    WritePart(part, rows[i], values.AsSpan(i * width, width));
                }
            }
        }
    }
}
