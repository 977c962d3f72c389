namespace Recurrent.Text.Datasets;

/// <summary>A named text to train on; <see cref="Datasets"/> lists them.</summary>
public abstract class Dataset
{
    private protected Dataset(string name, string description, IReadOnlyList<string> prefixes)
    {
        Name = name;
        Description = description;
        Prefixes = prefixes;
    }

    /// <summary>The name it is called by, in lower case, such as <c>time-machine</c>.</summary>
    public string Name { get; }

    /// <summary>One line on what it is and where it comes from.</summary>
    public string Description { get; }

    /// <summary>Two beginnings, normalised to letters, that the text itself continues in many ways.</summary>
    public IReadOnlyList<string> Prefixes { get; }

    /// <summary>
    /// The text's bytes, UTF-8, as published, without what a publisher puts around it; downloaded and kept where they are
    /// not at hand.
    /// </summary>
    /// <param name="cacheFolder">
    /// Where downloaded texts are kept; created when missing. By default the user's own cache folder:
    /// <c>$XDG_CACHE_HOME/recurrent</c> or <c>~/.cache/recurrent</c> on Linux,
    /// <c>~/Library/Caches/recurrent</c> on macOS, <c>%LOCALAPPDATA%\recurrent\cache</c> on Windows. Embedded
    /// texts do not use it.
    /// </param>
    /// <param name="cancellationToken">Stops a download.</param>
    /// <exception cref="DatasetException">The text cannot be downloaded or kept; the message says which file
    /// to put where instead.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was
    /// cancelled.</exception>
    public abstract Task<byte[]> ReadAsync(
        string? cacheFolder = null,
        CancellationToken cancellationToken = default
    );
}
