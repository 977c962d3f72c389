using System.Security.Cryptography;

namespace Recurrent.Datasets;

/// <summary>A file that never changes and holds nothing but the text.</summary>
/// <param name="url">The address it is published at.</param>
/// <param name="fileName">Its name in the cache folder.</param>
/// <param name="sha256">The SHA-256 of its bytes in lower-case hexadecimal.</param>
internal sealed class ChecksummedFile(Uri url, string fileName, string sha256) : DownloadedFile(url, fileName)
{
    public override string RightCopy => $"a copy of that file, with the SHA-256 {sha256},";

    /// <summary>Computes the SHA-256 of some bytes, in lower-case hexadecimal.</summary>
    public static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public override string? Fault(ReadOnlySpan<byte> copy)
    {
        var hash = Hash(copy);
        return hash == sha256
            ? null
            : $"the {copy.Length:#,0} bytes received have the SHA-256 {hash}, which is not the expected one";
    }

    public override byte[] Text(byte[] copy) => copy;
}
