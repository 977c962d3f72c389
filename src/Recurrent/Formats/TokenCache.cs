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
/// and is made again where it is damaged.
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
    ) => Open(_ => TextFile.OpenRead(path), path, cachePath, options, cancellationToken);

    /// <summary>
    /// Makes a corpus of a text that can be opened again, with the tokens that were kept when it was last read.
    /// </summary>
    /// <param name="open">Opens it from its beginning, the same bytes each time.</param>
    /// <param name="origin">Its name in error messages.</param>
    /// <param name="cachePath">The file to keep the tokens in; its folder must exist.</param>
    /// <param name="options">How; null for every default.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    internal static (Corpus Corpus, bool IsNew) Open(
        Func<CancellationToken, Stream> open,
        string origin,
        string cachePath,
        CorpusOptions? options,
        CancellationToken cancellationToken
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(cachePath);
        options ??= new CorpusOptions();
        if (
            File.Exists(cachePath)
            && SharedFile.MayHaveContent(cachePath)
            && Find(open, cachePath, options, cancellationToken) is { } kept
        )
        {
            return (kept.ToCorpus(options), false);
        }
        using var text = open(cancellationToken);
        return (Make(text, origin, cachePath, options, cancellationToken), true);
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
        ArgumentException.ThrowIfNullOrEmpty(cachePath);
        options ??= new CorpusOptions();
        s_output.Write(cachePath, file => TokenCacheFile.Write(file, text, origin, options, cancellationToken));
        var made =
            TokenCacheFile.TryOpen(cachePath, _ => true, cancellationToken)
            ?? throw new IOException(
                $"{cachePath} does not hold what was just written to it; check the disk, or keep the tokens elsewhere."
            );
        return made.ToCorpus(options);
    }

    /// <summary>The tokens that are kept, if they are the text's; otherwise null.</summary>
    private static TokenCacheFile? Find(
        Func<CancellationToken, Stream> open,
        string cachePath,
        CorpusOptions options,
        CancellationToken cancellationToken
    )
    {
        var key = (HashOf(open, cancellationToken), TokenCacheFile.SplitByOf(options));
        return TokenCacheFile.TryOpen(cachePath, cache => (cache.SourceHash, cache.SplitBy) == key, cancellationToken);
    }

    private static string HashOf(Func<CancellationToken, Stream> open, CancellationToken cancellationToken)
    {
        using var text = open(cancellationToken);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var part = new byte[PartLength];
        while (text.Read(part) is > 0 and var count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            hash.AppendData(part, 0, count);
        }
        return TextScan.NameOf(hash.GetHashAndReset());
    }
}
