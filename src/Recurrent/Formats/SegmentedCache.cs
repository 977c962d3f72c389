using System.Runtime.ExceptionServices;
using Recurrent.Formats.TokenCaches;
using Recurrent.Text;

namespace Recurrent.Formats;

/// <summary>
/// Keeps the tokens of each segment of a long text in a file of its own, so that threads and processes read the text
/// side by side. Each process makes its share of the files and knows what is in all of them; it opens one when a token
/// of it is read, and makes it itself where it is not there.
/// </summary>
internal static class SegmentedCache
{
    private const string Refused = "-";

    /// <summary>Makes a corpus of a text in segments; all processes that share it call this at the same time.</summary>
    /// <returns>
    /// The corpus, and its files; null, for all, where the text must be read in one pass.
    /// </returns>
    /// <exception cref="IOException">A file cannot be read or written, or is not a token cache.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; each file is as it was, or whole.</exception>
    public static (Corpus Corpus, SegmentFiles Files)? TryOpen(
        TokenSource source,
        SegmentSharing sharing,
        CancellationToken cancellationToken
    )
    {
        var starts = PlanOf(source, cancellationToken);
        var plans = sharing.Gather(starts is null ? Refused : string.Join(' ', starts));
        if (starts is null || plans.Any(plan => plan != plans[0]))
        {
            return null;
        }
        TokenSource[] segments =
        [
            .. starts.Zip(starts.Skip(1)).Select((ends, i) => source.Segment(i, ends.First, ends.Second - ends.First)),
        ];
        TokenSource[] own = [.. segments.Where((_, i) => i % sharing.Ranks == sharing.Rank)];
        var known = Share(own, sharing.Threads, cancellationToken);
        var files = new Known[segments.Length];
        for (var first = 0; first < files.Length; first += sharing.Ranks) // in rounds, because words may be many
        {
            var round = sharing.Gather(known is null ? Refused : $"{known.ElementAtOrDefault(first / sharing.Ranks)}");
            if (round.Contains(Refused))
            {
                Array.ForEach(own, segment => segment.Delete());
                return null;
            }
            var count = Math.Min(sharing.Ranks, files.Length - first);
            round.Take(count).Select(Known.Parse).ToArray().CopyTo(files, first);
        }
        if (sharing.Rank == 0)
        {
            source.DeleteFrom(segments.Length);
        }
        return (
            CorpusOf(source.Options, segments, files),
            new(files.Length, files.Sum(file => file.Description.Widths.Bytes), files.Any(file => file.IsNew))
        );
    }

    /// <summary>The first byte of each segment, and the number of all bytes; null for one pass.</summary>
    private static IReadOnlyList<long>? PlanOf(TokenSource source, CancellationToken cancellationToken)
    {
        using var text = source.Open(cancellationToken);
        if (SegmentPlan.Of(text, source.Options) is not { } starts)
        {
            return null;
        }
        using var whole = TokenCacheFile.TryOpenUnchecked(
            source.CachePath,
            file => file.Description.SourceLength == text.Length && file.Description.SplitBy == source.Options.SplitBy
        );
        return whole is null ? starts : null; // it was read in one pass before
    }

    /// <summary>Makes this process's share of the files, or finds them.</summary>
    /// <returns>What is in them; null where the text must be read in one pass.</returns>
    private static Known[]? Share(TokenSource[] own, int threads, CancellationToken cancellationToken)
    {
        var known = new Known[own.Length];
        try
        {
            Parallel.For(
                0,
                own.Length,
                new() { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken },
                i =>
                {
                    var (file, isNew) = TokenCache.Open(own[i], cancellationToken);
                    using (file)
                    {
                        known[i] = new Known(file.Hash, isNew, file.Description);
                    }
                }
            );
        }
        catch (AggregateException errors)
        {
            // What is not text is found again in one pass, which knows its line.
            if (errors.InnerExceptions.Any(IsNoSegment))
            {
                return null;
            }
            ExceptionDispatchInfo.Throw(errors.InnerExceptions[0]);
        }
        return known;
    }

    private static Corpus CorpusOf(CorpusOptions options, TokenSource[] segments, Known[] files)
    {
        var (distinct, numbers) = DistinctTokens.Merge([.. files.Select(file => file.Description.Distinct)]);
        SegmentFile[] opened = [];
        return Corpus.Of(
            distinct,
            options,
            ContentHash.Of([.. files.Select(file => file.Description.ContentHash)]),
            hasSegments: true,
            indexes =>
            {
                opened =
                [
                    .. files.Select(
                        (file, i) =>
                            new SegmentFile(
                                file.Description.Widths.Tokens,
                                [.. numbers[i].Select(number => indexes[number])],
                                () => OpenAgain(segments[i], file.Hash)
                            )
                    ),
                ];
                return new TokensInSegments(opened, options.MaxTokens ?? long.MaxValue);
            },
            new Opened(() => Array.ForEach(opened, file => file.Dispose()))
        );
    }

    /// <summary>Opens a file that this or another process has made or found whole.</summary>
    private static TokenCacheFile OpenAgain(TokenSource segment, string hash)
    {
        if (TokenCacheFile.TryOpenUnchecked(segment.CachePath, file => file.Hash == hash) is { } there)
        {
            return there;
        }
        TokenCacheFile? made = null;
        try
        {
            (made, _) = TokenCache.Open(segment, CancellationToken.None);
        }
        catch (Exception error) when (IsNoSegment(error)) { }
        if (made?.Hash == hash)
        {
            return made;
        }
        made?.Dispose();
        throw new IOException($"{segment.Origin} has changed, or another rank has another text; start again.");
    }

    private static bool IsNoSegment(Exception error) => error is SegmentException or TextFormatException;

    private sealed class Opened(Action dispose) : IDisposable
    {
        public void Dispose() => dispose();
    }

    /// <summary>What is known of a file.</summary>
    private sealed record Known(string Hash, bool IsNew, TokenCacheDescription Description)
    {
        public override string ToString() =>
            $"{Hash}{(IsNew ? '+' : '=')}{Convert.ToBase64String(Description.ToBytes())}";

        public static Known Parse(string text)
        {
            var length = text.IndexOfAny(['+', '=']);
            return new(
                text[..length],
                text[length] == '+',
                TokenCacheDescription.Read(Convert.FromBase64String(text[(length + 1)..]))
            );
        }
    }
}

/// <summary>The files with a text's tokens.</summary>
/// <param name="Count">Their number.</param>
/// <param name="Bytes">The bytes of all tokens in them.</param>
/// <param name="IsNew">Whether one of them was made, by whichever process.</param>
internal sealed record SegmentFiles(int Count, long Bytes, bool IsNew);
