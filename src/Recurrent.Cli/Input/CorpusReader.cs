using Recurrent.Cli.Hosting;
using Recurrent.Formats;
using Recurrent.Text;

namespace Recurrent.Cli.Input;

/// <summary>
/// Reading of a text as a corpus: into memory if it is small, or if few of its tokens are kept; otherwise into a token
/// cache beside the model.
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
    /// <param name="context">The world outside.</param>
    public static Corpus Read(TextSource source, CorpusOptions options, string modelPath, CliContext context)
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
        var (corpus, isNew) = TokenCache.Open(source.OpenRead, source.Origin, cachePath, options, cancellation);
        Report(source, cachePath, isNew, context);
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
        Report(source, cachePath, isNew: true, context);
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

    private static void Report(TextSource source, string cachePath, bool isNew, CliContext context)
    {
        var megabytes = new FileInfo(cachePath).Length / 1e6;
        context.Error.WriteLine(
            PrintableText.OneLine(
                isNew
                    ? $"The tokens of {source.Name} are kept in {cachePath} ({megabytes:#,0.0} MB); the file can be "
                        + "deleted after the training run."
                    : $"The tokens of {source.Name} are read from {cachePath}."
            )
        );
    }
}
