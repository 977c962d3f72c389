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
    private readonly int _ranks;
    private readonly int _first; // of all strips, that this rank reads
    private readonly int _rows; // strips that this rank reads
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
    /// <param name="rank">The rank that reads its share of the strips, from 0.</param>
    /// <param name="ranks">The number of ranks.</param>
    public StripReader(TokenSequence tokens, int maxRows, int steps, TensorPool pool, int rank = 0, int ranks = 1)
    {
        (_tokens, _pool, _ranks) = (tokens, pool, ranks);
        Strips = (int)Math.Clamp((tokens.Length - 1) / LeastStrip, 1, maxRows);
        _first = FirstStripOf(rank);
        _rows = FirstStripOf(rank + 1) - _first;
        _strip = (tokens.Length - 1) / Strips;
        _steps = (int)Math.Min(steps, _strip);
        _window = new int[_steps + 1];
        _x = new int[_rows * _steps];
        _y = new int[_x.Length];
    }

    /// <summary>The tokens that are predicted.</summary>
    public long Tokens => _strip * Strips;

    /// <summary>The strips of all ranks.</summary>
    public int Strips { get; }

    /// <summary>The most strips that a rank reads.</summary>
    public int MostStripsOfRank => (Strips + _ranks - 1) / _ranks;

    /// <summary>The first strip that a rank reads; it reads those before the next rank's.</summary>
    public int FirstStripOf(int rank) => (int)((long)Strips * rank / _ranks);

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

    /// <summary>Adds up the cross-entropy of each strip by itself, in double precision.</summary>
    /// <param name="model">The model.</param>
    /// <param name="losses">To each of this rank's strips, its sum in nats is added.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public void AddLosses(ILanguageModel model, double[] losses, CancellationToken cancellationToken)
    {
        var ofTokens = new float[_x.Length];
        Read(
            model,
            (logits, y) =>
            {
                Tensor.CrossEntropies(logits, y).CopyTo(ofTokens);
                for (var i = 0; i < y.Count; i++)
                {
                    losses[i % _rows] += ofTokens[i];
                }
            },
            cancellationToken
        );
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
        if (_rows == 0)
        {
            return;
        }
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
            _tokens.CopyTo(((_first + row) * _strip) + start, window);
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
