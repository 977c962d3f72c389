using Recurrent.Evaluation;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Text;

namespace Recurrent.Training;

public sealed partial class TrainingSession
{
    /// <summary>
    /// The network as far as it is trained, at its best or not, for a file of its own before <see cref="Finish"/>; null
    /// where that is the best, and of several networks.
    /// </summary>
    public TrainedModel? LastBesideBest() =>
        Plan.Networks == 1
        && Trainer is { Best: not null, Last: { } last }
        && Trainer.TokensTrained != Trainer.BestTokensTrained
            ? Describe(last, Trainer.TokensTrained, last.ValidationPerplexity)
            : null;

    /// <summary>
    /// The model at its best, or as far as it is trained where there is no validation text, with its codec and
    /// everything that tells how it came to be; for the end of the run, on rank 0 alone if need be. With counts beside
    /// the network, or several networks, it is a <see cref="MixedModel"/> (<see cref="Counted"/>,
    /// <see cref="TrainingPlan.Networks"/>).
    /// </summary>
    public TrainedModel Finish()
    {
        Trainer.RestoreBest();
        var trained = WithCounts(Plan.Networks == 1 ? DescribeNetwork() : MeanOfNetworks());
        _finished = trained.Model;
        return LineScorer.Measure(trained, Trainer.HeldOut) is { } lines
            ? new(trained.Model, Corpus.Codec, trained.Training with { HeldOutLines = lines })
            : trained;
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
        var configuration = model.Model.Configuration; // of the network
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

    /// <summary>The present network with the weights that it has now, its best.</summary>
    private TrainedModel DescribeNetwork() =>
        Trainer.Best is { } best
            ? Describe(best, Trainer.BestTokensTrained, best.ValidationPerplexity, Trainer.IsBestWhole)
            : Describe(Trainer.Last, Trainer.TokensTrained, validation: null);

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
                Settings = SettingsSoFar,
            }
        );

    /// <summary>The settings, and where the run was stopped if it has not ended.</summary>
    private IReadOnlyList<KeyValuePair<string, string>> SettingsSoFar =>
        Network == Plan.Networks && Trainer.IsFinished
            ? Settings
            :
            [
                .. Settings,
                new(
                    TrainingSettings.Stopped,
                    (Plan.Networks > 1 ? $"network {Network} of {Plan.Networks}, " : "")
                        + $"epoch {(Trainer.Last?.Epoch ?? 0) + 1}"
                ),
            ];
}
