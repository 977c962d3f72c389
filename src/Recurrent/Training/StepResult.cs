namespace Recurrent.Training;

/// <summary>
/// The results of a training step. Both values stay readable after the next step has begun, so that a device that
/// computes ahead need not be waited for.
/// </summary>
/// <param name="Loss">Mean cross-entropy of the minibatch before the update, in nats.</param>
/// <param name="GradientNorm">The gradient's global norm before clipping.</param>
internal readonly record struct StepResult(float Loss, double GradientNorm)
{
    /// <summary>Whether both are finite; otherwise there was no update.</summary>
    public bool IsFinite => float.IsFinite(Loss) && double.IsFinite(GradientNorm);

    /// <summary>The value that is not finite, in words.</summary>
    public string Problem =>
        float.IsFinite(Loss) ? $"the gradient's norm is {GradientNorm}" : $"the loss is {Loss}";
}
