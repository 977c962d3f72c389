using System.Security.Cryptography;
using Recurrent.Files;
using Recurrent.Formats.TokenCaches;
using Recurrent.Text;

namespace Recurrent.Formats;

/// <summary>
/// Keeps the tokens of a large text in a file, from which a training run reads them, so that its memory does not depend
/// on the text's size. A token takes 1, 2 or 4 bytes there, by the number of distinct tokens.
/// </summary>
/// <remarks>
/// The file serves as long as the text's bytes and how they are decoded, normalized and split are the same; vocabulary
/// options and the number of tokens to keep may change. It is written whole or not at all, may be deleted at any time,
/// and is made again where it is damaged. Of a UTF-8 file of more than 256 MiB each segment (<see cref="Corpus.Hash"/>)
/// has a file of its own, <c>NAME</c>, <c>NAME.2</c>, <c>NAME.3</c> and so on, and all processors read side by side;
/// unless it has line ends that change or words that a segment would cut.
/// </remarks>
public static class TokenCache
{
    /// <summary>
    /// The length of a text, in bytes, above which <c>recurrent train</c> keeps its tokens in a file: 16 MiB.
    /// </summary>
    public const long LargeText = 16 << 20;

    private const int PartLength = 1 << 16; // bytes

    private static readonly OutputFile s_output = new("is not a token cache", "move it away", TokenCacheFile.IsIn);

    /// <summary>
    /// Makes a corpus of a file, with the tokens that were kept when it was last read, if they are still its.
    /// </summary>
    /// <param name="path">The text, by the rules of <see cref="Corpus.FromBytes"/>; it is read in parts.</param>
    /// <param name="cachePath">The file to keep the tokens in; its folder must exist.</param>
    /// <param name="options">How; null for every default.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>
    /// The corpus, which holds the file open until it is disposed; and whether the file was made again, because it
    /// was not there, damaged, of another text or of other options.
    /// </returns>
    /// <exception cref="IOException">
    /// A file cannot be read or written, or a file that is not a token cache is at <paramref name="cachePath"/>.
    /// </exception>
    /// <exception cref="TextFormatException">The text is empty, or not text in its encoding.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; no file has changed.</exception>
    /// <example>
    /// <code>
    /// var (corpus, isNew) = TokenCache.Open("large.txt", "large.tokens");
    /// </code>
    /// </example>
    public static (Corpus Corpus, bool IsNew) Open(
        string path,
        string cachePath,
        CorpusOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        var source = new TokenSource(_ => TextFile.OpenRead(path), path, cachePath, options ?? new CorpusOptions());
        var sharing = SegmentSharing.Alone(Environment.ProcessorCount);
        return SegmentedCache.TryOpen(source, sharing, cancellationToken) is var (corpus, files)
            ? (corpus, files.IsNew)
            : OpenWhole(source, cancellationToken);
    }

    /// <summary>Makes a corpus of a stream, read once to its end, and keeps its tokens in a file.</summary>
    /// <param name="text">The text, by the rules of <see cref="Corpus.FromBytes"/>; it is left open.</param>
    /// <param name="origin">Its name in error messages, such as "the standard input".</param>
    /// <param name="cachePath">The file to create, or a token cache to replace; its folder must exist.</param>
    /// <param name="options">How; null for every default.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="IOException">
    /// A file cannot be read or written, or a file that is not a token cache is at <paramref name="cachePath"/>.
    /// </exception>
    /// <exception cref="TextFormatException">The text is empty, or not text in its encoding.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; no file has changed.</exception>
    public static Corpus Make(
        Stream text,
        string origin,
        string cachePath,
        CorpusOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(origin);
        var source = new TokenSource(_ => text, origin, cachePath, options ?? new CorpusOptions());
        var corpus = Make(source, text, cancellationToken).ToCorpus(source.Options);
        source.DeleteFrom(1);
        return corpus;
    }

    /// <summary>Makes a corpus of a text that is read in one pass, with the tokens that were kept of it.</summary>
    internal static (Corpus Corpus, bool IsNew) OpenWhole(TokenSource source, CancellationToken cancellationToken)
    {
        var (file, isNew) = Open(source, cancellationToken);
        source.DeleteFrom(1);
        return (file.ToCorpus(source.Options), isNew);
    }

    /// <summary>Opens the file with the tokens of a text, which is made unless it is there.</summary>
    internal static (TokenCacheFile File, bool IsNew) Open(TokenSource source, CancellationToken cancellationToken)
    {
        if (
            File.Exists(source.CachePath)
            && SharedFile.MayHaveContent(source.CachePath)
            && Find(source, cancellationToken) is { } kept
        )
        {
            return (kept, false);
        }
        using var text = source.Open(cancellationToken);
        return (Make(source, text, cancellationToken), true);
    }

    private static TokenCacheFile Make(TokenSource source, Stream text, CancellationToken cancellationToken)
    {
        var (path, options, isSegment) = (source.CachePath, source.Options, source.IsSegment);
        s_output.Write(
            path,
            file => TokenCacheFile.Write(file, text, source.Origin, options, isSegment, cancellationToken)
        );
        return TokenCacheFile.TryOpen(path, _ => true, cancellationToken)
            ?? throw new IOException(
                $"{path} does not hold what was just written to it; check the disk, or keep the tokens elsewhere."
            );
    }

    /// <summary>The tokens that are kept, if they are the text's; otherwise null.</summary>
    private static TokenCacheFile? Find(TokenSource source, CancellationToken cancellationToken)
    {
        using var text = source.Open(cancellationToken);
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (part, length) = (new byte[PartLength], 0L);
        while (text.Read(part) is > 0 and var count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            sha256.AppendData(part, 0, count);
            length += count;
        }
        var key = (ContentHash.NameOf(sha256.GetHashAndReset()), source.Options.SplitBy);
        // Of a long text older files have another hash; a byte is three in UTF-8 at most.
        var mayBeOld = length <= source.Options.SegmentLength / 4;
        return TokenCacheFile.TryOpen(
            source.CachePath,
            cache => (cache.SourceHash, cache.SplitBy) == key && (mayBeOld || cache.HasSegments is not null),
            cancellationToken
        );
    }
}
