using Recurrent.Models;
using Recurrent.Tensors;
using Recurrent.Text;

namespace Recurrent.Evaluation;

/// <summary>
/// Reads a text with a model to measure what it predicts: the text is cut into strips that are read side by side, each
/// from its beginning to its end with the state carried along; nothing is dropped and nothing of the model changes.
/// </summary>
internal sealed class StripReader
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

    /// <summary>Prepares the reading.</summary>
    /// <param name="tokens">The text, at least two tokens, of which the first is only read.</param>
    /// <param name="maxRows">The most strips; fewer tokens than there are strips are left out at the end.</param>
    /// <param name="steps">Tokens of each strip that are read at once.</param>
    /// <param name="pool">Whose memory is used.</param>
    public StripReader(TokenSequence tokens, int maxRows, int steps, TensorPool pool)
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

    /// <summary>The model's mean cross-entropy in nats, summed in single precision over each window.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public double MeanLoss(ILanguageModel model, CancellationToken cancellationToken)
    {
        var loss = 0.0;
        Read(
            model,
            (logits, y) => loss += (double)Tensor.SoftmaxCrossEntropy(logits, y).ToScalar() * y.Count,
            cancellationToken
        );
        return loss / Tokens;
    }

    /// <summary>Reads window by window.</summary>
    /// <param name="model">The model, of which nothing is recorded.</param>
    /// <param name="measure">
    /// Is given the logits (steps·rows, vocabulary) of each window and the tokens that follow (steps, rows).
    /// </param>
    /// <param name="cancellationToken">Stops between two windows.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public void Read(ILanguageModel model, Action<Tensor, Indices> measure, CancellationToken cancellationToken)
    {
        using var unrecorded = GradientMode.Disable();
        var state = model.InitialState(_rows);
        for (var start = 0L; start < _strip; start += _steps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = _pool.OpenScope();
            var steps = (int)Math.Min(_steps, _strip - start);
            Fill(start, steps);
            var (logits, next) = model.Forward(OnDevice(model, _x, steps), state);
            measure(logits, OnDevice(model, _y, steps));
            state.CopyFrom(next);
        }
    }

    private void Fill(long start, int steps)
    {
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
    }

    private Indices OnDevice(ILanguageModel model, int[] tokens, int steps) =>
        Indices.From(model.Device, tokens.AsSpan(0, steps * _rows), steps, _rows);
}
