using Recurrent.Evaluation;
using Recurrent.Formats;
using Recurrent.Text;

namespace Recurrent.Training;

public sealed partial class TrainingSession
{
    private const int MostMeasured = 100_000; // tokens of the lines that are held out

    /// <summary>
    /// The model as far as it is trained, at its best or not, for a file of its own before <see cref="Finish"/>; null
    /// where that is the best.
    /// </summary>
    public TrainedModel? LastBesideBest() =>
        Trainer is { Best: not null, Last: { } last } && Trainer.TokensTrained != Trainer.BestTokensTrained
            ? Describe(last, Trainer.TokensTrained, last.ValidationPerplexity)
            : null;

    /// <summary>
    /// The model at its best, or as far as it is trained where there is no validation text, with its codec and
    /// everything that tells how it came to be; for the end of the run.
    /// </summary>
    public TrainedModel Finish()
    {
        Trainer.RestoreBest();
        var trained = Trainer.Best is { } best
            ? Describe(best, Trainer.BestTokensTrained, best.ValidationPerplexity, Trainer.IsBestWhole)
            : Describe(Trainer.Last, Trainer.TokensTrained, validation: null);
        return MeasureLines(trained) is { } lines
            ? new(Model, Corpus.Codec, trained.Training with { HeldOutLines = lines })
            : trained;
    }

    /// <summary>
    /// Measures whole lines of what was held out, where there are enough; those with a token that the vocabulary lacks
    /// are passed over, because nobody knows any more what it was.
    /// </summary>
    private HeldOutLines? MeasureLines(TrainedModel trained)
    {
        if (Plan.Model.Bidirectional || Trainer.HeldOut is not { } heldOut)
        {
            return null;
        }
        var tokens = heldOut.Slice(0, Math.Min(heldOut.Length, MostMeasured)).ToArray();
        var lines = Corpus
            .Codec.Decode(tokens)
            .Split('\n')
            .Skip(1)
            .SkipLast(1)
            .Where(line => line.Length > 0 && !line.Contains(Vocabulary.UnknownToken, StringComparison.Ordinal))
            .ToList();
        if (lines.Count < HeldOutLines.Fewest)
        {
            return null;
        }
        double[] bits = [.. new LineScorer(trained).Score(lines).Select(score => score.BitsPerCharacter)];
        return Array.TrueForAll(bits, double.IsFinite) ? HeldOutLines.Of(bits) : null;
    }

    /// <summary>
    /// What tells that a model is not the end of this run, in words that complete "it is of"; null where it is.
    /// </summary>
    internal string? DifferenceOf(TrainedModel model)
    {
        if (model.Training.CorpusHash != Corpus.Hash)
        {
            return "another text";
        }
        var configuration = model.Model.Configuration;
        if (configuration with { Options = Plan.Model.Options } != Plan.Model)
        {
            return "another model";
        }
        var (found, expected) = (TrainingSettings.Chosen(model.Training.Settings), TrainingSettings.Chosen(Settings));
        foreach (var name in found.Keys.Union(expected.Keys))
        {
            var (other, own) = (found.GetValueOrDefault(name, "none"), expected.GetValueOrDefault(name, "none"));
            if (other != own)
            {
                return $"a training run with {name} {other} instead of {own}";
            }
        }
        return
            model.Training.Settings.FirstOrDefault(setting => setting.Key == TrainingSettings.Stopped).Value
                is { } epoch
            ? $"a training run that was stopped in {epoch}"
            : null;
    }

    private TrainedModel Describe(EpochReport? epoch, long tokens, double? validation, bool isWhole = true) =>
        new(
            Model,
            Corpus.Codec,
            new TrainingSummary
            {
                Epochs = (epoch?.Epoch ?? 0) - (isWhole ? 0 : 1),
                Tokens = tokens,
                Perplexity = epoch?.Perplexity,
                ValidationPerplexity = validation,
                Text = TextName,
                CorpusHash = Corpus.Hash,
                Settings = Trainer.IsFinished
                    ? Settings
                    : [.. Settings, new(TrainingSettings.Stopped, $"epoch {(Trainer.Last?.Epoch ?? 0) + 1}")],
            }
        );
}
