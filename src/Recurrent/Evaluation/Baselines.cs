using System.IO.Compression;
using Recurrent.Models.Counts;

namespace Recurrent.Evaluation;

/// <summary>
/// Baselines that anything should beat that claims to know a text: simple models and compressors, measured on the same
/// text.
/// </summary>
internal static class Baselines
{
    /// <summary>The most tokens to learn from, whose counts fit in memory: 2,000,000.</summary>
    public const int MaxTraining = 2_000_000;

    /// <summary>The compressors at their strongest, each as a stream that compresses into another.</summary>
    public static readonly IReadOnlyList<(string Name, Func<Stream, Stream> Into)> Compressors =
    [
        ("gzip", output => new GZipStream(output, CompressionLevel.SmallestSize, leaveOpen: true)),
        ("brotli", output => new BrotliStream(output, CompressionLevel.SmallestSize, leaveOpen: true)),
    ];

    /// <summary>All of them, from the least knowing.</summary>
    /// <param name="training">
    /// The text to learn from, of which the last <see cref="MaxTraining"/> tokens are used; where it is empty, what
    /// learns is left out.
    /// </param>
    /// <param name="heldOut">The text to measure, encoded by the same codec; it is taken to continue that text.</param>
    /// <param name="vocabularySize">Number of vocabulary entries.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>
    /// uniform; unigram, each count one too high; 2-gram to 8-gram (<see cref="NGramModel"/>); gzip and brotli at their
    /// strongest, of the measured text alone.
    /// </returns>
    public static IEnumerable<Measurement> Measure(
        MeasuredText training,
        MeasuredText heldOut,
        int vocabularySize,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(heldOut);
        var (count, spelled) = (heldOut.Length, heldOut.Spelling);
        var spelling = spelled.Sum();
        yield return Of("uniform", count * Surprisal.OfProbability(1.0 / vocabularySize));
        if (training.Length > 0)
        {
            var learnt = Math.Min(training.Length, MaxTraining);
            training = training.Slice(training.Length - learnt, learnt);
            yield return Of("unigram", Unigram(training, heldOut, vocabularySize));
            var positions = heldOut.Positions;
            var windows = new SortedWindows(training.Tokens, NGramModel.MaxOrder);
            for (var order = 2; order <= NGramModel.MaxOrder; order++)
            {
                var model = new NGramModel(new NGramTrie(windows, order), vocabularySize);
                var bits = NGram(model, training, heldOut, cancellationToken);
                yield return Of($"{order}-gram", bits.Sum()) with
                {
                    Blocks = BlockInterval.MeansOf(
                        [.. bits.Zip(spelled, (token, spelt) => token + spelt)],
                        positions,
                        heldOut.Content.Length
                    ),
                };
            }
        }
        foreach (var (name, into) in Compressors)
        {
            yield return OfBytes(name, Compressed(into));
        }

        // A model of tokens says only that one is unknown, and has to spell it out besides; a compressor has done so.
        Measurement Of(string name, double bits) => OfBytes(name, bits + spelling) with { TokenBits = bits };

        Measurement OfBytes(string name, double bits) =>
            new(name, bits, count, heldOut.Characters, heldOut.Content.Length);

        double Compressed(Func<Stream, Stream> into)
        {
            using var compressed = new MemoryStream();
            using (var stream = into(compressed))
            {
                stream.Write(heldOut.Content.Span);
            }
            return 8.0 * compressed.Length;
        }
    }

    private static double Unigram(MeasuredText training, MeasuredText heldOut, int vocabularySize)
    {
        var counts = new int[vocabularySize]; // (vocabulary)
        foreach (var token in training.Tokens.Span)
        {
            counts[token]++;
        }
        double total = training.Tokens.Length + (long)vocabularySize;
        var bits = 0.0;
        foreach (var token in heldOut.Tokens.Span)
        {
            bits += Surprisal.OfProbability((counts[token] + 1) / total);
        }
        return bits;
    }

    /// <summary>The bits of each token (tokens).</summary>
    private static double[] NGram(
        NGramModel model,
        MeasuredText training,
        MeasuredText heldOut,
        CancellationToken cancellationToken
    )
    {
        var contexts = model.ContextsAfter(training.Tokens.Span); // which the measured text continues
        var (bits, done) = (new double[heldOut.Length], 0);
        foreach (var token in heldOut.Tokens.Span)
        {
            cancellationToken.ThrowIfCancellationRequested();
            bits[done++] = Surprisal.OfProbability(model.Probability(contexts, token));
            model.Read(contexts, token);
        }
        return bits;
    }
}
