using Recurrent.Cli.Hosting;
using Recurrent.Cli.Input;
using Recurrent.Cli.Output;
using Recurrent.Evaluation;
using Recurrent.Formats;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Cli.Commands;

/// <summary>A text in a model's tokens, and what of it the model was trained on.</summary>
internal sealed class ModelsText
{
    /// <summary>The most tokens of a model's own text that are measured without a share or a split.</summary>
    public const int MaxTokensByDefault = 500_000;

    private const double ShareByDefault = 0.1;
    private static readonly int s_mostTokens = Array.MaxLength - Baselines.MaxTraining; // that memory can hold

    private readonly TextSource _source;
    private readonly TrainedModel _model;
    private readonly CorpusOptions _options;
    private readonly CancellationToken _cancellation;
    private readonly Stream _stream;
    private readonly long _tokens;

    /// <summary>Reads a text to find what of it the model was trained on.</summary>
    /// <param name="source">The text.</param>
    /// <param name="stream">All of it; it is left open.</param>
    /// <param name="model">The model.</param>
    /// <param name="options">The way in which the model reads it.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="FailureException">The model reads no token in it.</exception>
    public ModelsText(
        TextSource source,
        Stream stream,
        TrainedModel model,
        CorpusOptions options,
        CancellationToken cancellationToken
    )
    {
        (_source, _model, _options, _cancellation) = (source, model, options, cancellationToken);
        (_stream, stream.Position) = (stream, 0);
        (_tokens, var hash, var sourceHash) = MeasuredText.Count(
            _stream,
            source.Origin,
            model.Codec,
            options.Encoding,
            cancellationToken
        );
        if (_tokens == 0)
        {
            throw new FailureException(
                $"{source.Origin} has no token for the model to read; give a text with at least one letter."
            );
        }
        Split =
            TrainingSplit.Of(model.Training, hash, _tokens) ?? TrainingSplit.Of(model.Training, sourceHash, _tokens);
    }

    /// <summary>The split of the text in the model's training; null where it was trained on another text.</summary>
    public TrainingSplit? Split { get; }

    /// <summary>The share of the text up to the end of what the model was trained on; 0 for another text.</summary>
    public double TrainedShare => (double)(Split?.Trained ?? 0) / _tokens;

    /// <summary>What is to be measured, and what n-grams learn from, which is not too much for them.</summary>
    /// <param name="share">The share at the end; null for what was held out, or what there is.</param>
    public (MeasuredText Before, MeasuredText Measured, MeasuredPart Part) Choose(double? share)
    {
        if (share is null && Split is { Lines: not null })
        {
            var (trained, heldOut) = Split.PartLines(Read(0, Split.Trained));
            return (EndOf(trained), heldOut, MeasuredPart.HeldOut);
        }
        var (start, length, part) = PartOf(_tokens, Split?.Trained ?? 0, Split?.HeldOut ?? 0, share);
        var learned = (int)Math.Min(start, Baselines.MaxTraining);
        var text = Read(start - learned, learned + length);
        return (text.Slice(0, learned), text.Slice(learned, length), part);
    }

    /// <summary>What the model was trained on of the text, or all of it, as far as n-grams need it.</summary>
    public MeasuredText Trained()
    {
        if (Split is { Lines: not null })
        {
            return EndOf(Split.PartLines(Read(0, Split.Trained)).Trained);
        }
        var end = Split?.Trained ?? _tokens;
        var length = Math.Min(end, Baselines.MaxTraining);
        return Read(end - length, length);
    }

    /// <summary>
    /// Chooses the tokens to measure, and their description: those that the training run held out of its own text, and
    /// all of any other, unless a share is given.
    /// </summary>
    public static (long Start, int Length, MeasuredPart Part) PartOf(
        long tokens,
        long trained,
        long heldOut,
        double? share
    )
    {
        if (share is null && heldOut > 0)
        {
            return (trained, (int)Math.Min(heldOut, s_mostTokens), MeasuredPart.HeldOut);
        }
        var isOwn = share is null && trained == 0;
        var length = (long)Math.Ceiling((isOwn ? 1 : share ?? ShareByDefault) * tokens);
        length = Math.Min(length, share is null && !isOwn ? MaxTokensByDefault : s_mostTokens);
        var part =
            tokens - length < trained ? MeasuredPart.TrainedOn
            : length == tokens ? MeasuredPart.Whole
            : MeasuredPart.End;
        return (tokens - length, (int)length, part);
    }

    private static MeasuredText EndOf(MeasuredText text)
    {
        var length = Math.Min(text.Length, Baselines.MaxTraining);
        return text.Slice(text.Length - length, length);
    }

    private MeasuredText Read(long start, long length)
    {
        _stream.Position = 0;
        return MeasuredText.FromStream(
            _stream,
            _source.Origin,
            _model.Codec,
            start,
            (int)length,
            _options.Encoding,
            _cancellation
        );
    }
}
