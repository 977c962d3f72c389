namespace Recurrent.Training;

/// <summary>The loss or the gradient stopped being finite. The model is as the last good step left it.</summary>
public sealed class TrainingDivergedException : Exception
{
    /// <inheritdoc/>
    public TrainingDivergedException() { }

    /// <inheritdoc/>
    public TrainingDivergedException(string message)
        : base(message) { }

    /// <inheritdoc/>
    public TrainingDivergedException(string message, Exception innerException)
        : base(message, innerException) { }
}
