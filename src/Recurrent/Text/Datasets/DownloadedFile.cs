using System.Security.Cryptography;

namespace Recurrent.Text.Datasets;

/// <summary>A file that is published under a fixed address and never changes.</summary>
/// <param name="Url">Where it is published.</param>
/// <param name="FileName">What it is called in the cache folder.</param>
/// <param name="Sha256">The SHA-256 of its bytes in lower-case hexadecimal.</param>
internal sealed record DownloadedFile(Uri Url, string FileName, string Sha256)
{
    /// <summary>The most bytes that are read of any copy, from the network or the disk: 10 MiB.</summary>
    public const int MaximumLength = 10 * 1024 * 1024;

    /// <summary>The SHA-256 of some bytes in the form of <see cref="Sha256"/>.</summary>
    public static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
