namespace Recurrent.Datasets;

/// <summary>The failure of one attempt at a download; the message is a part of a sentence.</summary>
/// <param name="cause">The cause, without a full stop.</param>
/// <param name="mayPass">Whether a new attempt may succeed.</param>
/// <param name="inner">The error it came from, if any.</param>
internal sealed class DownloadException(string cause, bool mayPass, Exception? inner = null) : IOException(cause, inner)
{
    /// <summary>Whether a new attempt may succeed.</summary>
    public bool MayPass { get; } = mayPass;
}
