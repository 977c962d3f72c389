using System.Security.Cryptography;

namespace Recurrent.Text;

/// <summary>
/// The hash of a text's content, which is given part by part: the SHA-256 of its bytes; but of a text of several
/// segments (<see cref="SegmentCuts"/>) the SHA-256 of theirs, one after the other, so that they can be hashed side by
/// side.
/// </summary>
/// <param name="segmentLength">The length of a segment.</param>
internal sealed class ContentHash(long segmentLength) : IDisposable
{
    private readonly SegmentCuts _cuts = new(segmentLength);
    private readonly IncrementalHash _segment = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<byte> _ended = []; // the hashes of the segments that have ended
    private bool _isCut; // what comes next begins a segment

    /// <summary>Adds the next part.</summary>
    /// <param name="content">The bytes; how they are divided into parts does not matter.</param>
    public void Append(ReadOnlySpan<byte> content)
    {
        while (!content.IsEmpty)
        {
            if (_isCut)
            {
                _ended.AddRange(_segment.GetHashAndReset());
            }
            var count = _cuts.Take(content, out _isCut);
            _segment.AppendData(content[..count]);
            content = content[count..];
        }
    }

    /// <summary>Ends the text.</summary>
    /// <returns>Its hash, as <see cref="Corpus.Hash"/> has it, and whether it has more than one segment.</returns>
    public (string Hash, bool HasSegments) End()
    {
        var last = _segment.GetHashAndReset();
        return (NameOf(Joined([.. _ended], last)), _ended.Count > 0);
    }

    /// <summary>The hash of a text by those of its segments.</summary>
    public static string Of(IReadOnlyList<string> segments)
    {
        byte[][] hashes = [.. segments.Select(segment => Convert.FromHexString(segment.AsSpan(Prefix.Length)))];
        return NameOf(Joined([.. hashes[..^1].SelectMany(hash => hash)], hashes[^1]));
    }

    /// <summary>Writes a SHA-256 as <see cref="Corpus.Hash"/> has it.</summary>
    public static string NameOf(ReadOnlySpan<byte> sha256) => Prefix + Convert.ToHexStringLower(sha256);

    public void Dispose() => _segment.Dispose();

    private const string Prefix = "sha256:";

    private static byte[] Joined(byte[] ended, byte[] last) =>
        ended.Length == 0 ? last : SHA256.HashData([.. ended, .. last]);
}
