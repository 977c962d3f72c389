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
    private readonly StepResult[] _results = [new(model), new(model)]; // of this step and the one before
    private readonly SquaredNorms _clippedNorms = new(model.Device, model.Parameters.Count); // where values are too
    private readonly List<Tensor> _exchanged = []; // the loss and the gradients of one step

    /// <summary>Largest global norm of the gradient; null for no clipping.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>
    /// Largest magnitude of each value of the gradient, which comes before the norm; null for no clipping.
    /// </summary>
    public double? ClipValue { get; init; }

    /// <summary>
    /// Trains on one minibatch. Nothing is read back from the device, so a loss or gradient that is not finite is used
    /// as well: whoever reads that it is takes the model and the optimizer back.
    /// </summary>
    /// <param name="minibatch">This rank's rows.</param>
    /// <param name="state">The state before the minibatch, overwritten with that after it.</param>
    /// <param name="dropout">Where dropout draws its masks; null for none.</param>
    /// <param name="learningRate">η.</param>
    /// <param name="cancellationToken">Ends the wait for other ranks.</param>
    /// <returns>What the step gave; it can be read until the step after the next begins.</returns>
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
        using var recording = model.Device.Record();
        var x = Indices.From(model.Device, minibatch.X.Span, steps, batch);
        var y = Indices.From(model.Device, minibatch.Y.Span, steps, batch);
        var (loss, next) = LanguageModel.Differentiate(model, x, y, state, dropout);
        var result = _results[0];
        (_results[0], _results[1]) = (_results[1], result);
        result.KeepLoss(loss);
        Exchange(result.LossOnDevice, minibatch.Batch, cancellationToken);
        GradientClipping.Compute(result.Norms, model.Parameters);
        Clip(result);
        optimizer.Update(learningRate);
        state.CopyFrom(next);
        result.StartReading();
        return result;
    }

    private void Exchange(Tensor loss, int rows, CancellationToken cancellationToken)
    {
        if (exchange is null)
        {
            return;
        }
        _exchanged.Clear();
        _exchanged.Add(loss);
        for (var i = 0; i < model.Parameters.Count; i++)
        {
            if (model.Parameters[i].Value.Gradient is { } gradient)
            {
                _exchanged.Add(gradient);
            }
        }
        exchange.Average(_exchanged, rows, cancellationToken);
    }

    /// <summary>Clips the gradient, whose norm the result has.</summary>
    private void Clip(StepResult result)
    {
        var norms = result.Norms;
        if (ClipValue is { } most)
        {
            GradientClipping.ByValue(model.Parameters, most);
            norms = _clippedNorms;
        }
        if (ClipNorm is { } maxNorm)
        {
            if (norms == _clippedNorms)
            {
                GradientClipping.Compute(norms, model.Parameters);
            }
            GradientClipping.ByGlobalNorm(norms, model.Parameters, maxNorm);
        }
    }
}
