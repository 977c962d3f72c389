using Recurrent.Tensors;

namespace Recurrent.Models;

/// <summary>Reads with any model, by its <see cref="ILanguageModel.Forward"/>.</summary>
internal sealed class ForwardReader(ILanguageModel model, int batch) : TokenReader(batch)
{
    private readonly TensorPool _pool = new(model.Device);
    private readonly ModelState _state = model.InitialState(batch);
    private float[] _logits = []; // (batch, vocabulary)

    /// <inheritdoc/>
    public override ModelState CopyState()
    {
        var copy = model.InitialState(Batch);
        copy.CopyFrom(_state);
        return copy;
    }

    /// <inheritdoc/>
    public override void SetState(ModelState state)
    {
        _state.RequireShapesOf(state);
        _state.CopyFrom(state);
    }

    /// <inheritdoc/>
    protected override ReadOnlySpan<float> ReadBatch(ReadOnlySpan<int> tokens)
    {
        using var scope = _pool.OpenScope();
        using var noGradient = GradientMode.Disable();
        var (logits, after) = model.Forward(Indices.From(model.Device, tokens, 1, Batch), _state);
        if (_logits.Length != logits.Count)
        {
            _logits = new float[logits.Count];
        }
        logits.CopyTo(_logits);
        _state.CopyFrom(after);
        return _logits;
    }
}
