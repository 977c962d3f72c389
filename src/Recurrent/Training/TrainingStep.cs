using Recurrent.Batching;
using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Training;

/// <summary>
/// One step of training: forward, backward, exchange, clip, update. It allocates nothing once it has run.
/// </summary>
/// <param name="model">The model to train, in place.</param>
/// <param name="optimizer">The rule by which its parameters follow their gradients.</param>
/// <param name="exchange">What gives every rank the same gradient; null where one rank trains alone.</param>
/// <param name="pool">Whose memory the step uses, again and again.</param>
internal sealed class TrainingStep(
    ILanguageModel model,
    Optimizer optimizer,
    IGradientExchange? exchange,
    TensorPool pool
)
{
    private readonly Tensor _loss = Tensor.Zeros(model.Device, 1); // outlives the memory of the step
    private readonly List<Tensor> _exchanged = []; // the loss and the gradients of one step

    /// <summary>Largest global norm of the gradient; null for no clipping.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>
    /// Largest magnitude of each value of the gradient, which comes before the norm; null for no clipping.
    /// </summary>
    public double? ClipValue { get; init; }

    /// <summary>
    /// Trains on one minibatch. There is no update, and the state stays, where a number is not finite.
    /// </summary>
    /// <param name="minibatch">This rank's rows.</param>
    /// <param name="state">The state before the minibatch, overwritten with that after it.</param>
    /// <param name="dropout">Where dropout draws its masks; null for none.</param>
    /// <param name="learningRate">η.</param>
    /// <param name="cancellationToken">Ends the wait for other ranks.</param>
    public StepResult Run(
        Minibatch minibatch,
        ModelState state,
        RandomStream? dropout,
        double learningRate,
        CancellationToken cancellationToken
    )
    {
        using var scope = pool.OpenScope();
        var (steps, batch) = (minibatch.Steps, minibatch.Batch);
        var x = Indices.From(model.Device, minibatch.X.Span, steps, batch);
        var (logits, next) = model.Forward(x, state, dropout);
        var y = Indices.From(model.Device, minibatch.Y.Span, steps, batch);
        var loss = Tensor.SoftmaxCrossEntropy(logits, y);
        _loss.CopyFrom(loss);
        for (var i = 0; i < model.Parameters.Count; i++) // an enumerator would be allocated
        {
            model.Parameters[i].Value.ClearGradient();
        }
        loss.Backward();
        Exchange(minibatch.Batch, cancellationToken);
        var result = new StepResult(_loss.ToScalar(), Clip());
        if (result.IsFinite)
        {
            optimizer.Update(learningRate);
            state.CopyFrom(next);
        }
        return result;
    }

    private void Exchange(int rows, CancellationToken cancellationToken)
    {
        if (exchange is null)
        {
            return;
        }
        _exchanged.Clear();
        _exchanged.Add(_loss);
        for (var i = 0; i < model.Parameters.Count; i++)
        {
            if (model.Parameters[i].Value.Gradient is { } gradient)
            {
                _exchanged.Add(gradient);
            }
        }
        exchange.Average(_exchanged, rows, cancellationToken);
    }

    /// <summary>Clips the gradient; returns its norm before.</summary>
    private double Clip()
    {
        if (ClipValue is not { } most)
        {
            return ClipToNorm();
        }
        var norm = GradientClipping.GlobalNorm(model.Parameters);
        GradientClipping.ByValue(model.Parameters, most);
        ClipToNorm();
        return norm;
    }

    private double ClipToNorm() =>
        ClipNorm is { } maxNorm
            ? GradientClipping.ByGlobalNorm(model.Parameters, maxNorm)
            : GradientClipping.GlobalNorm(model.Parameters);
}
