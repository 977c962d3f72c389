using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Recurrent.Text;

namespace Recurrent.Formats.TokenCaches;

/// <summary>
/// A token cache as a file: a magic word, the tokens as numbers (see <see cref="NumbersInFile"/>), what they are of
/// and mean, the length of that description, and the SHA-256 of everything before.
/// </summary>
internal sealed class TokenCacheFile : IDisposable
{
    private const int PartLength = 1 << 16; // bytes
    private const int EndLength = sizeof(long) + SHA256.HashSizeInBytes;

    private readonly SafeFileHandle _file;

    private TokenCacheFile(SafeFileHandle file, TokenCacheDescription description, string hash) =>
        (_file, Description, Hash) = (file, description, hash);

    /// <summary>What its tokens are of and mean.</summary>
    public TokenCacheDescription Description { get; }

    /// <summary>The SHA-256 that it ends with, in hexadecimal digits.</summary>
    public string Hash { get; }

    private static ReadOnlySpan<byte> Magic => "recurrent-tokens"u8;

    /// <summary>Reads a text and writes its tokens.</summary>
    /// <param name="file">The destination.</param>
    /// <param name="text">The text.</param>
    /// <param name="origin">The name of the text in errors.</param>
    /// <param name="options">The way it is normalized and split.</param>
    /// <param name="isSegment">Whether it is a segment of a text.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="SegmentException">The text must be read in one pass.</exception>
    public static void Write(
        Stream file,
        Stream text,
        string origin,
        CorpusOptions options,
        bool isSegment,
        CancellationToken cancellationToken
    )
    {
        using var sha256 = SHA256.Create();
        using (var stream = new CryptoStream(file, sha256, CryptoStreamMode.Write, leaveOpen: true))
        {
            stream.Write(Magic);
            var numbers = new NumbersInFile(stream);
            using var scan = new TextScan(origin, options, numbers, hashesSource: true, isSegment);
            scan.Add(text, cancellationToken);
            var hash = scan.End();
            var description = new TokenCacheDescription
            {
                SourceHash = scan.SourceHash!,
                SourceLength = scan.Length,
                ContentHash = hash,
                HasSegments = scan.HasSegments,
                SplitBy = options.SplitBy,
                Widths = numbers.Widths,
                Distinct = scan.Distinct,
            }.ToBytes();
            stream.Write(description);
            stream.Write(BitConverter.GetBytes(description.LongLength));
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
        Predicate<TokenCacheDescription> isWanted,
        CancellationToken cancellationToken
    ) => TryOpen(path, file => isWanted(file.Description), isChecked: true, cancellationToken);

    /// <summary>Opens a file without reading it through.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isWanted">Returns whether what it says of itself is what the caller needs.</param>
    /// <returns>Null where it is missing or not wanted.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static TokenCacheFile? TryOpenUnchecked(string path, Predicate<TokenCacheFile> isWanted) =>
        TryOpen(path, isWanted, isChecked: false, CancellationToken.None);

    /// <summary>Returns whether a stream begins as a token cache does.</summary>
    public static bool IsIn(Stream stream)
    {
        Span<byte> beginning = stackalloc byte[Magic.Length];
        var count = stream.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false);
        return beginning[..count].SequenceEqual(Magic);
    }

    /// <summary>The tokens, all of them or fewer.</summary>
    /// <param name="indexes">The index of each number, of shape (distinct tokens).</param>
    /// <param name="most">The most of them.</param>
    public TokensInFile Tokens(int[] indexes, long most = long.MaxValue) =>
        new(_file, Magic.Length, Description.Widths, indexes, start: 0, Math.Min(Description.Widths.Tokens, most));

    /// <summary>The text as a corpus, which from then on owns the file.</summary>
    public Corpus ToCorpus(CorpusOptions options) =>
        Corpus.Of(
            Description.Distinct,
            options,
            Description.ContentHash,
            Description.HasSegments == true,
            indexes => Tokens(indexes, options.MaxTokens ?? long.MaxValue),
            this
        );

    public void Dispose() => _file.Dispose();

    private static TokenCacheFile? TryOpen(
        string path,
        Predicate<TokenCacheFile> isWanted,
        bool isChecked,
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
            if (Read(file, isChecked, cancellationToken) is var cache && isWanted(cache))
            {
                return cache;
            }
        }
        catch (Exception error) when (IsDamage(error) || (!isChecked && error is IOException))
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

    private static bool IsDamage(Exception error) =>
        error is EndOfStreamException or InvalidDataException or FormatException;

    private static TokenCacheFile Read(SafeFileHandle file, bool isChecked, CancellationToken cancellationToken)
    {
        var length = RandomAccess.GetLength(file);
        if (length < Magic.Length + EndLength)
        {
            throw new InvalidDataException("It is too short.");
        }
        var hash = Bytes(file, length - SHA256.HashSizeInBytes, SHA256.HashSizeInBytes);
        if (isChecked && !HashOf(file, length - hash.Length, cancellationToken).SequenceEqual(hash))
        {
            throw new InvalidDataException("Its hash is not that of its content.");
        }
        var end = length - EndLength;
        var described = BinaryPrimitives.ReadInt64LittleEndian(Bytes(file, end, sizeof(long)));
        if (described < 0 || described > Math.Min(end - Magic.Length, Array.MaxLength))
        {
            throw new InvalidDataException("Its description has no such length.");
        }
        var description = TokenCacheDescription.Read(Bytes(file, end - described, (int)described));
        return description.Widths.Bytes == end - described - Magic.Length
            ? new(file, description, Convert.ToHexStringLower(hash))
            : throw new InvalidDataException("It has not as many tokens as it says.");
    }

    private static byte[] HashOf(SafeFileHandle file, long length, CancellationToken cancellationToken)
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
        return sha256.GetHashAndReset();
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
