using System.Text;
using Recurrent.Text;

namespace Recurrent.Formats.TokenCaches;

/// <summary>What the tokens of a token cache are of and mean.</summary>
internal sealed record TokenCacheDescription
{
    private const int Version = 3;

    /// <summary>The hash of the bytes that the text was read from, "sha256:" and hexadecimal digits.</summary>
    public required string SourceHash { get; init; }

    /// <summary>The number of those bytes; 0 where it is not known.</summary>
    public required long SourceLength { get; init; }

    /// <summary>The hash of the text (<see cref="Corpus.Hash"/>).</summary>
    public required string ContentHash { get; init; }

    /// <summary>Whether the text has several segments; null where it is not known, and the hash is of one.</summary>
    public required bool? HasSegments { get; init; }

    /// <summary>The way the text was decoded, normalized and split.</summary>
    public required string SplitBy { get; init; }

    /// <summary>The numbers of tokens of each width.</summary>
    public required NumberWidths Widths { get; init; }

    /// <summary>The distinct tokens.</summary>
    public required DistinctTokens Distinct { get; init; }

    /// <summary>Reads a description of any version.</summary>
    /// <exception cref="InvalidDataException">It is of a later version.</exception>
    /// <exception cref="EndOfStreamException">It is cut short.</exception>
    public static TokenCacheDescription Read(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
        var version = reader.ReadInt32();
        if (version is < 1 or > Version)
        {
            throw new InvalidDataException("It is of another version.");
        }
        var sourceHash = reader.ReadString();
        var contentHash = version == 1 ? sourceHash : reader.ReadString();
        var splitBy = reader.ReadString();
        var (sourceLength, hasSegments) = version < 3 ? (0, null) : (reader.ReadInt64(), (bool?)reader.ReadBoolean());
        long[] counts = [reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64()];
        var distinct = new DistinctTokens();
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            distinct.Add(reader.ReadString(), reader.ReadInt64());
        }
        if (version == 1)
        {
            // Line ends were kept then, and encodings not named.
            var ends = distinct.Tokens.Any(token => token.Contains('\r')) ? LineEnds.Keep : LineEnds.Lf;
            splitBy = $"{splitBy}, {ends}, utf-8";
        }
        return new()
        {
            SourceHash = sourceHash,
            SourceLength = sourceLength,
            ContentHash = contentHash,
            HasSegments = hasSegments,
            SplitBy = splitBy,
            Widths = new(counts),
            Distinct = distinct,
        };
    }

    /// <summary>Writes it in the present version.</summary>
    public byte[] ToBytes()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        writer.Write(Version);
        Array.ForEach([SourceHash, ContentHash, SplitBy], writer.Write);
        writer.Write(SourceLength);
        writer.Write(HasSegments == true);
        foreach (var count in Widths.Counts)
        {
            writer.Write(count);
        }
        writer.Write(Distinct.Tokens.Count);
        for (var number = 0; number < Distinct.Tokens.Count; number++)
        {
            writer.Write(Distinct.Tokens[number]);
            writer.Write(Distinct.Counts[number]);
        }
        writer.Flush();
        return bytes.ToArray();
    }
}
