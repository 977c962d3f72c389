using Recurrent.Models;
using Recurrent.Tensors;
using Recurrent.Text;

namespace Recurrent.Training;

/// <summary>
/// Measures a model on a text that it is not trained on. The text is cut into a few long strips that are read side by side,
/// each from its beginning to its end with the state carried along; nothing is dropped and nothing of the model changes.
/// </summary>
internal sealed class Evaluation
{
    private const int LeastStrip = 1024; // tokens, so that few are read from a state that has seen nothing

    private readonly TokenSequence _tokens;
    private readonly int _rows;
    private readonly int _steps;
    private readonly int _strip; // tokens of each row
    private readonly int[] _x; // (rows, steps)
    private readonly int[] _y; // (rows, steps)
    private readonly TensorPool _pool;

    /// <summary>Prepares the measurement.</summary>
    /// <param name="tokens">The text, at least two tokens.</param>
    /// <param name="mostRows">The most strips.</param>
    /// <param name="steps">Tokens of each strip that are read at once.</param>
    /// <param name="pool">Whose memory is used.</param>
    public Evaluation(TokenSequence tokens, int mostRows, int steps, TensorPool pool)
    {
        (_tokens, _steps, _pool) = (tokens, steps, pool);
        _rows = Math.Clamp((tokens.Length - 1) / LeastStrip, 1, mostRows);
        _strip = (tokens.Length - 1) / _rows;
        _x = new int[_rows * Math.Min(steps, _strip)];
        _y = new int[_x.Length];
    }

    /// <summary>The model's mean cross-entropy, in nats; fewer tokens than there are strips are left out.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public double Loss(ILanguageModel model, CancellationToken cancellationToken)
    {
        using var unrecorded = GradientMode.Disable();
        var state = model.InitialState(_rows);
        var loss = 0.0;
        for (var start = 0; start < _strip; start += _steps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            loss += LossOf(model, state, start, Math.Min(_steps, _strip - start));
        }
        return loss / ((double)_strip * _rows);
    }

    /// <summary>Sum over one window of all strips; overwrites the state with that after it.</summary>
    private double LossOf(ILanguageModel model, ModelState state, int start, int steps)
    {
        using var scope = _pool.OpenScope();
        var x = _x.AsSpan(0, _rows * steps);
        var y = _y.AsSpan(0, _rows * steps);
        for (var row = 0; row < _rows; row++)
        {
            var place = (row * _strip) + start;
            _tokens.CopyTo(place, x.Slice(row * steps, steps));
            _tokens.CopyTo(place + 1, y.Slice(row * steps, steps));
        }
        var (logits, next) = model.Forward(Indices.Transposed(model.Device, x, _rows, steps), state);
        var loss = Tensor
            .SoftmaxCrossEntropy(logits, Indices.Transposed(model.Device, y, _rows, steps))
            .ToScalar();
        state.CopyFrom(next);
        return (double)loss * x.Length;
    }
}
