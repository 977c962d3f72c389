namespace Recurrent.Datasets;

/// <summary>
/// The error for a dataset whose text is not available; the message is one sentence with the cause and the way out.
/// </summary>
public sealed class DatasetException : IOException
{
    /// <summary>Creates the error with a general message.</summary>
    public DatasetException() { }

    /// <summary>Creates the error from its one sentence.</summary>
    /// <param name="message">The cause and the way out.</param>
    public DatasetException(string message)
        : base(message) { }

    /// <summary>Creates the error from its one sentence and the error it came from.</summary>
    /// <param name="message">The cause and the way out.</param>
    /// <param name="innerException">The error it came from.</param>
    public DatasetException(string message, Exception innerException)
        : base(message, innerException) { }
}
