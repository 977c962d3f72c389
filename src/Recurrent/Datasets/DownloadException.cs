namespace Recurrent.Datasets;

/// <summary>Why an attempt at a download failed, as a part of a sentence.</summary>
/// <param name="cause">The cause, without a full stop.</param>
/// <param name="mayPass">Whether another attempt may go better.</param>
/// <param name="inner">The error it came from, if any.</param>
internal sealed class DownloadException(string cause, bool mayPass, Exception? inner = null)
    : IOException(cause, inner)
{
    /// <summary>Whether another attempt may go better.</summary>
    public bool MayPass { get; } = mayPass;
}
