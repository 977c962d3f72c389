using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Recurrent.Text;

namespace Recurrent.Formats.TokenCaches;

/// <summary>
/// A token cache as a file: a magic word, the tokens as numbers (see <see cref="NumbersInFile"/>), what they are of
/// and mean, the length of that description, and the SHA-256 of everything before.
/// </summary>
internal sealed class TokenCacheFile
{
    private const int Version = 2;
    private const int PartLength = 1 << 16; // bytes
    private const int EndLength = sizeof(long) + SHA256.HashSizeInBytes;

    private readonly SafeFileHandle _file;
    private readonly NumberWidths _widths;

    private TokenCacheFile(SafeFileHandle file, BinaryReader description)
    {
        _file = file;
        var version = description.ReadInt32();
        if (version is < 1 or > Version)
        {
            throw new InvalidDataException("It is of another version.");
        }
        SourceHash = description.ReadString();
        ContentHash = version == 1 ? SourceHash : description.ReadString();
        SplitBy = description.ReadString();
        long[] counts = [description.ReadInt64(), description.ReadInt64(), description.ReadInt64()];
        _widths = new NumberWidths(counts);
        for (var left = description.ReadInt32(); left > 0; left--)
        {
            Distinct.Add(description.ReadString(), description.ReadInt64());
        }
        if (version == 1)
        {
            // Line ends were kept then, and encodings not named.
            var ends = Distinct.Tokens.Any(token => token.Contains('\r')) ? LineEnds.Keep : LineEnds.Lf;
            SplitBy = $"{SplitBy}, {ends}, utf-8";
        }
    }

    /// <summary>The hash of the bytes that the text was read from, "sha256:" and hexadecimal digits.</summary>
    public string SourceHash { get; }

    /// <summary>The hash of the text (<see cref="Corpus.Hash"/>).</summary>
    public string ContentHash { get; }

    /// <summary>The way the text was decoded, normalized and split.</summary>
    public string SplitBy { get; }

    private DistinctTokens Distinct { get; } = new();

    private static ReadOnlySpan<byte> Magic => "recurrent-tokens"u8;

    /// <summary>
    /// The way a text is decoded, normalized and split, in words that are the same for the same tokens.
    /// </summary>
    public static string SplitByOf(CorpusOptions options) =>
        $"{options.Tokenizer.Name}, {options.Normalization}, {options.LineJoin}, {options.LineEnds}, "
        + $"{options.Encoding?.WebName ?? "utf-8"}";

    /// <summary>Reads a text and writes its tokens.</summary>
    /// <param name="file">The destination.</param>
    /// <param name="text">The text.</param>
    /// <param name="origin">The name of the text in errors.</param>
    /// <param name="options">The way it is normalized and split.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static void Write(
        Stream file,
        Stream text,
        string origin,
        CorpusOptions options,
        CancellationToken cancellationToken
    )
    {
        using var sha256 = SHA256.Create();
        using (var stream = new CryptoStream(file, sha256, CryptoStreamMode.Write, leaveOpen: true))
        {
            stream.Write(Magic);
            var numbers = new NumbersInFile(stream);
            using var scan = new TextScan(origin, options, numbers, hashesSource: true);
            scan.Add(text, cancellationToken);
            var hash = scan.End();
            Describe(stream, [scan.SourceHash!, hash, SplitByOf(options)], numbers.Widths, scan.Distinct);
        }
        file.Write(sha256.Hash);
    }

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isWanted">Returns whether its text and options are those that the caller needs.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>Null where it is missing, damaged, of another version, or not wanted.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static TokenCacheFile? TryOpen(
        string path,
        Predicate<TokenCacheFile> isWanted,
        CancellationToken cancellationToken
    )
    {
        if (!File.Exists(path))
        {
            return null;
        }
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        try
        {
            if (Read(file, cancellationToken) is var cache && isWanted(cache))
            {
                return cache;
            }
        }
        catch (Exception error) when (error is EndOfStreamException or InvalidDataException)
        {
            // It is as if there were none.
        }
        catch
        {
            file.Dispose();
            throw;
        }
        file.Dispose();
        return null;
    }

    /// <summary>Returns whether a stream begins as a token cache does.</summary>
    public static bool IsIn(Stream stream)
    {
        Span<byte> beginning = stackalloc byte[Magic.Length];
        var count = stream.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false);
        return beginning[..count].SequenceEqual(Magic);
    }

    /// <summary>The text as a corpus, which from then on owns the file.</summary>
    public Corpus ToCorpus(CorpusOptions options)
    {
        var vocabulary = Vocabulary.Build(Distinct, options.Vocabulary);
        int[] indexes = [.. Distinct.Tokens.Select(token => vocabulary[token])]; // (distinct tokens)
        var length = Math.Min(_widths.Tokens, options.MaxTokens ?? long.MaxValue);
        var tokens = new TokensInFile(_file, Magic.Length, _widths, indexes, start: 0, length);
        var codec = new TextCodec(options.Normalizer, options.Tokenizer, vocabulary);
        return new(tokens, codec, ContentHash, _file) { Options = options };
    }

    private static void Describe(Stream stream, string[] identity, NumberWidths widths, DistinctTokens distinct)
    {
        using var description = new MemoryStream();
        using var writer = new BinaryWriter(description, Encoding.UTF8);
        writer.Write(Version);
        Array.ForEach(identity, writer.Write);
        foreach (var count in widths.Counts)
        {
            writer.Write(count);
        }
        writer.Write(distinct.Tokens.Count);
        for (var number = 0; number < distinct.Tokens.Count; number++)
        {
            writer.Write(distinct.Tokens[number]);
            writer.Write(distinct.Counts[number]);
        }
        writer.Flush();
        writer.Write(description.Length);
        writer.Flush();
        description.WriteTo(stream);
    }

    private static TokenCacheFile Read(SafeFileHandle file, CancellationToken cancellationToken)
    {
        var length = RandomAccess.GetLength(file);
        if (length < Magic.Length + EndLength)
        {
            throw new InvalidDataException("It is too short.");
        }
        CheckHash(file, length - SHA256.HashSizeInBytes, cancellationToken);
        var end = length - EndLength;
        var described = BinaryPrimitives.ReadInt64LittleEndian(Bytes(file, end, sizeof(long)));
        if (described < 0 || described > Math.Min(end - Magic.Length, Array.MaxLength))
        {
            throw new InvalidDataException("Its description has no such length.");
        }
        using var description = new MemoryStream(Bytes(file, end - described, (int)described));
        using var reader = new BinaryReader(description, Encoding.UTF8);
        var cache = new TokenCacheFile(file, reader);
        return cache._widths.Bytes == end - described - Magic.Length
            ? cache
            : throw new InvalidDataException("It has not as many tokens as it says.");
    }

    private static void CheckHash(SafeFileHandle file, long length, CancellationToken cancellationToken)
    {
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var part = new byte[PartLength];
        for (var offset = 0L; offset < length; )
        {
            cancellationToken.ThrowIfCancellationRequested();
            var some = part.AsSpan(0, (int)Math.Min(part.Length, length - offset));
            var count = RandomAccess.Read(file, some, offset);
            if (count == 0)
            {
                throw new EndOfStreamException();
            }
            sha256.AppendData(some[..count]);
            offset += count;
        }
        if (!sha256.GetHashAndReset().SequenceEqual(Bytes(file, length, SHA256.HashSizeInBytes)))
        {
            throw new InvalidDataException("Its hash is not that of its content.");
        }
    }

    private static byte[] Bytes(SafeFileHandle file, long offset, int length)
    {
        var bytes = new byte[length];
        for (var place = 0; place < length; )
        {
            var count = RandomAccess.Read(file, bytes.AsSpan(place), offset + place);
            place += count > 0 ? count : throw new EndOfStreamException();
        }
        return bytes;
    }
}
