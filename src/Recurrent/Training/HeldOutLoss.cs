using Recurrent.Models;
using Recurrent.Tensors;
using Recurrent.Text;

namespace Recurrent.Training;

/// <summary>
/// The loss of a model on the text that it is not trained on, as after each epoch: quick, and close to what
/// <c>evaluate</c> measures. The text is cut into a few long strips that are read side by side, each from its
/// beginning to its end with the state carried along; nothing is dropped and nothing of the model changes.
/// </summary>
internal sealed class HeldOutLoss
{
    private const int LeastStrip = 1024; // tokens, so that few are read from a state that has seen nothing

    private readonly TokenSequence _tokens;
    private readonly int _rows;
    private readonly int _steps;
    private readonly long _strip; // tokens of each row
    private readonly int[] _x; // (steps, rows)
    private readonly int[] _y; // (steps, rows)
    private readonly int[] _window; // (steps + 1), of one row
    private readonly TensorPool _pool;

    /// <summary>Prepares the measurement.</summary>
    /// <param name="tokens">The text, at least two tokens.</param>
    /// <param name="maxRows">The most strips.</param>
    /// <param name="steps">Tokens of each strip that are read at once.</param>
    /// <param name="pool">Whose memory is used.</param>
    public HeldOutLoss(TokenSequence tokens, int maxRows, int steps, TensorPool pool)
    {
        (_tokens, _pool) = (tokens, pool);
        _rows = (int)Math.Clamp((tokens.Length - 1) / LeastStrip, 1, maxRows);
        _strip = (tokens.Length - 1) / _rows;
        _steps = (int)Math.Min(steps, _strip);
        _window = new int[_steps + 1];
        _x = new int[_rows * _steps];
        _y = new int[_x.Length];
    }

    /// <summary>The tokens that are predicted.</summary>
    public long Tokens => _strip * _rows;

    /// <summary>The model's mean cross-entropy, in nats; fewer tokens than there are strips are left out.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public double Of(ILanguageModel model, CancellationToken cancellationToken)
    {
        using var unrecorded = GradientMode.Disable();
        var state = model.InitialState(_rows);
        var loss = 0.0;
        for (var start = 0L; start < _strip; start += _steps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            loss += SumOver(model, state, start, (int)Math.Min(_steps, _strip - start));
        }
        return loss / ((double)_strip * _rows);
    }

    /// <summary>The sum over one window of all strips; overwrites the state with that after it.</summary>
    private double SumOver(ILanguageModel model, ModelState state, long start, int steps)
    {
        using var scope = _pool.OpenScope();
        var window = _window.AsSpan(0, steps + 1);
        for (var row = 0; row < _rows; row++)
        {
            _tokens.CopyTo((row * _strip) + start, window);
            for (var t = 0; t < steps; t++)
            {
                _x[(t * _rows) + row] = window[t];
                _y[(t * _rows) + row] = window[t + 1];
            }
        }
        var count = _rows * steps;
        var x = Indices.From(model.Device, _x.AsSpan(0, count), steps, _rows);
        var (logits, next) = model.Forward(x, state);
        var y = Indices.From(model.Device, _y.AsSpan(0, count), steps, _rows);
        var loss = Tensor.SoftmaxCrossEntropy(logits, y).ToScalar();
        state.CopyFrom(next);
        return (double)loss * count;
    }
}
