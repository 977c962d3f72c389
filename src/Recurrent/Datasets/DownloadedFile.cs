namespace Recurrent.Datasets;

/// <summary>A file that is published at a fixed address, with a check for copies of it.</summary>
/// <param name="url">The address it is published at.</param>
/// <param name="fileName">Its name in the cache folder.</param>
internal abstract class DownloadedFile(Uri url, string fileName)
{
    /// <summary>The most bytes that are read of a copy, from the network or the disk: 10 MiB.</summary>
    public const int MaxLength = 10 * 1024 * 1024;

    /// <summary>The address it is published at.</summary>
    public Uri Url { get; } = url;

    /// <summary>Its name in the cache folder.</summary>
    public string FileName { get; } = fileName;

    /// <summary>The file to put into the cache folder if it cannot be downloaded, as a part of a sentence.</summary>
    public abstract string RightCopy { get; }

    /// <summary>
    /// Checks a copy: returns what is wrong with it, as a part of a sentence, or null if it is right.
    /// </summary>
    public abstract string? Fault(ReadOnlySpan<byte> copy);

    /// <summary>Returns the text that a right copy holds.</summary>
    public abstract byte[] Text(byte[] copy);
}
