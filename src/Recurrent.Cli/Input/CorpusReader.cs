using Recurrent.Cli.Hosting;
using Recurrent.Files;
using Recurrent.Formats;
using Recurrent.Text;

namespace Recurrent.Cli.Input;

/// <summary>
/// Reading of a text as a corpus: into memory if it is small, or if few of its tokens are kept; otherwise into a token
/// cache beside the model, or one for each of its segments, which the ranks share out.
/// </summary>
internal static class CorpusReader
{
    private const int BytesPerToken = 4; // in memory

    /// <summary>Returns the path of the token cache of a model's text.</summary>
    public static string CachePath(string modelPath) => modelPath + ".tokens";

    /// <summary>Reads the text without writing anything, however large it is.</summary>
    public static Corpus ReadIntoMemory(TextSource source, CorpusOptions options, CancellationToken cancellation)
    {
        using var stream = source.OpenRead(cancellation);
        return Corpus.FromStream(stream, source.Origin, options, cancellation);
    }

    /// <summary>Reads the text, and reports if its tokens are kept in a file.</summary>
    /// <param name="source">The text.</param>
    /// <param name="options">The way it becomes tokens.</param>
    /// <param name="modelPath">The model file that will be written.</param>
    /// <param name="threads">Threads that may work at once.</param>
    /// <param name="context">The world outside.</param>
    public static Corpus Read(
        TextSource source,
        CorpusOptions options,
        string modelPath,
        int threads,
        CliContext context
    )
    {
        if (ReadSegments(source, options, modelPath, threads, context) is { } corpus)
        {
            return corpus;
        }
        // A text that rank 0 fetches, or whose tokens it keeps in a file, is there for the others.
        return context.Ranks is { } ranks ? ranks.InTurn(ReadInTurn) : ReadInTurn();

        Corpus ReadInTurn() => ReadOnce(source, options, modelPath, context);
    }

    /// <summary>Reads a long text with all ranks and threads; null where one is to read it in one pass.</summary>
    private static Corpus? ReadSegments(
        TextSource source,
        CorpusOptions options,
        string modelPath,
        int threads,
        CliContext context
    )
    {
        var isLong =
            source.Files is [var file]
            && LengthOf(file) > context.LargeText
            && source.IsInFiles
            && !(options.MaxTokens <= context.LargeText / BytesPerToken);
        if (!isLong && context.Ranks is null)
        {
            return null;
        }
        var sharing = context.Ranks is { } ranks
            ? new SegmentSharing(ranks.Rank, ranks.Count, ranks.Gather, threads)
            : SegmentSharing.Alone(threads);
        context.Interruption.Protect(); // a signal must not leave half a file behind
        var text = new TokenSource(
            isLong ? source.OpenRead : _ => Stream.Null, // for the other ranks to know
            source.Origin,
            CachePath(modelPath),
            options
        );
        if (SegmentedCache.TryOpen(text, sharing, context.Interruption.Token) is not var (corpus, files))
        {
            return null;
        }
        var more = files.Count == 2 ? $" and {text.CachePath}.2" : $" and {text.CachePath}.2 to {files.Count}";
        Report(source, text.CachePath, more, files.IsNew, files.Bytes, context);
        return corpus;
    }

    private static long LengthOf(string file)
    {
        try
        {
            return new FileInfo(AtomicFile.FinalTarget(file)).Length;
        }
        catch (IOException)
        {
            return 0; // whoever reads it says what is wrong
        }
    }

    private static Corpus ReadOnce(TextSource source, CorpusOptions options, string modelPath, CliContext context)
    {
        var cancellation = context.Interruption.Token;
        using var stream = source.OpenRead(cancellation);
        var isSmall = stream.CanSeek && stream.Length <= context.LargeText;
        if (isSmall || options.MaxTokens <= context.LargeText / BytesPerToken)
        {
            return Corpus.FromStream(stream, source.Origin, options, cancellation);
        }
        var cachePath = CachePath(modelPath);
        if (stream.CanSeek && source.IsInFiles)
        {
            return ReadFiles(source, options, cachePath, context);
        }
        var beginning = new byte[context.LargeText + 1];
        var length = stream.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false);
        return length < beginning.Length ? Corpus.FromBytes(beginning.AsMemory(0, length), source.Origin, options)
            : source.IsInFiles ? ReadFiles(source, options, cachePath, context)
            : ReadPipe(new PieceStream(From(beginning, stream)), source, options, cachePath, context);
    }

    private static Corpus ReadFiles(TextSource source, CorpusOptions options, string cachePath, CliContext context)
    {
        context.Interruption.Protect(); // a signal must not leave half a file behind
        var cancellation = context.Interruption.Token;
        var text = new TokenSource(source.OpenRead, source.Origin, cachePath, options);
        var (corpus, isNew) = TokenCache.OpenWhole(text, cancellation);
        Report(source, cachePath, "", isNew, new FileInfo(cachePath).Length, context);
        return corpus;
    }

    private static Corpus ReadPipe(
        Stream stream,
        TextSource source,
        CorpusOptions options,
        string cachePath,
        CliContext context
    )
    {
        context.Interruption.Protect();
        var corpus = TokenCache.Make(stream, source.Origin, cachePath, options, context.Interruption.Token);
        Report(source, cachePath, "", isNew: true, new FileInfo(cachePath).Length, context);
        return corpus;
    }

    /// <summary>A stream put together again from a beginning that has already been read and the rest.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> From(byte[] beginning, Stream rest)
    {
        yield return beginning;
        var part = new byte[1 << 16];
        while (rest.Read(part) is > 0 and var count)
        {
            yield return part.AsMemory(0, count);
        }
    }

    private static void Report(TextSource source, string file, string more, bool isNew, long bytes, CliContext context)
    {
        var what = more.Length > 0 ? "they" : "the file";
        context.Error.WriteLine(
            PrintableText.OneLine(
                isNew
                    ? $"The tokens of {source.Name} are kept in {file}{more} ({bytes / 1e6:#,0.0} MB); {what} can be "
                        + "deleted after the training run."
                    : $"The tokens of {source.Name} are read from {file}{more}."
            )
        );
    }
}
