namespace Recurrent.Datasets;

/// <summary>A file that is published under a fixed address, and how to tell that a copy of it is right.</summary>
/// <param name="url">Where it is published.</param>
/// <param name="fileName">What it is called in the cache folder.</param>
internal abstract class DownloadedFile(Uri url, string fileName)
{
    /// <summary>The most bytes that are read of any copy, from the network or the disk: 10 MiB.</summary>
    public const int MaximumLength = 10 * 1024 * 1024;

    /// <summary>Where it is published.</summary>
    public Uri Url { get; } = url;

    /// <summary>What it is called in the cache folder.</summary>
    public string FileName { get; } = fileName;

    /// <summary>What to put into the cache folder where it cannot be downloaded, as a part of a sentence.</summary>
    public abstract string RightCopy { get; }

    /// <summary>Why a copy is not right, as a part of a sentence; null when it is.</summary>
    public abstract string? Fault(ReadOnlySpan<byte> copy);

    /// <summary>The text that a right copy holds.</summary>
    public abstract byte[] Text(byte[] copy);
}
