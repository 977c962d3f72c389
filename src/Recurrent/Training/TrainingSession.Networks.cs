using Recurrent.Formats;
using Recurrent.Kernels.Portable;
using Recurrent.Models;
using Recurrent.Randomness;

namespace Recurrent.Training;

// The networks of a run that trains several, one after another.
public sealed partial class TrainingSession
{
    private readonly List<EndedNetwork> _ended = [];
    private ILanguageModel? _finished; // what Finish has returned

    /// <summary>The number of the network that is trained now, from 1 to <see cref="TrainingPlan.Networks"/>.</summary>
    public int Network => _ended.Count + 1;

    /// <summary>What the networks whose training has ended came to, before the present one.</summary>
    internal IReadOnlyList<EndedNetwork> Ended => _ended;

    /// <summary>The mean of several networks, once the run is finished; null for one.</summary>
    internal MeanReport? Mean { get; private set; }

    /// <summary>The share of the whole run that is done, 0 to 1.</summary>
    internal double Progress => (_ended.Count + Trainer.Progress) / Plan.Networks;

    /// <summary>Tokens that all networks were trained on so far.</summary>
    internal long TokensTrained => _ended.Sum(network => network.TokensTrained) + Trainer.TokensTrained;

    private IReadOnlyList<TrainingRecovery> Recoveries =>
        [.. _ended.SelectMany(network => network.Recoveries), .. Trainer.Recoveries];

    /// <summary>The checkpoint of a network, in which it also stays when its training has ended.</summary>
    private string? CheckpointOf(int network) =>
        _options.CheckpointPath is { } path && network > 1 ? $"{path}.network{network}" : _options.CheckpointPath;

    private void DeleteCheckpointsFrom(int network)
    {
        for (; _options.CheckpointPath is not null && network <= TrainingPlan.MaxNetworks; network++)
        {
            File.Delete(CheckpointOf(network)!);
        }
    }

    /// <summary>Makes the next network and its trainer, which has its share of the time that is left.</summary>
    private (ILanguageModel, Trainer) CreateNetwork()
    {
        var random = RandomStream.Parameters(Trainer.SeedOf(Plan.Trainer.Seed, Network));
        var configuration = Plan.ModelOf(Network);
        var model = _options.Parts.Model is { } create
            ? TrainingParts.Made(nameof(TrainingParts.Model), create(configuration, random))
            : LanguageModel.Create(configuration, random, _options.Device);
        if (Plan.From is { } from)
        {
            StartingWeights.Copy(model, Corpus.Vocabulary, from);
        }
        var left = Plan.Trainer.Budget - new TimeSpan(_ended.Sum(network => network.Elapsed.Ticks));
        var trainer = new Trainer(model, _tokens, Plan.Trainer, _options.Time, _parts)
        {
            From = Plan.From is { } start
                ? StartingWeights.HashOf(start.Network.Parameters.Select(parameter => parameter.Value))
                : null,
            Origin = _options.Origin,
            Compared = _parts.Ranks is null
                ? []
                :
                [
                    new("corpus", Corpus.Hash),
                    new("vocabulary", TrainingFingerprint.HashOf(Corpus.Vocabulary)),
                    new("networks", $"{Plan.Networks}"),
                ],
            Network = (Network, Plan),
            Share =
                Plan.Networks > 1 && left is { Ticks: var ticks }
                    ? new TimeSpan(Math.Max(ticks / (Plan.Networks - _ended.Count), 0))
                    : null,
        };
        if (Plan.FromCheckpoint is { } checkpoint)
        {
            trainer.TakeMoments(checkpoint);
        }
        trainer.Observers.Add(new Relay(this));
        return (model, trainer);
    }

    /// <summary>Keeps the end of a network in its checkpoint, and begins the next.</summary>
    private void EndNetwork()
    {
        Trainer.HasEnded = true;
        SaveCheckpoint();
        BeginNetwork();
    }

    /// <summary>Takes the present network as it is at its best, and goes on to the next.</summary>
    private void BeginNetwork()
    {
        var elapsed = Trainer.Elapsed;
        Trainer.RestoreBest();
        _ended.Add(
            new(
                DescribeNetwork(),
                Trainer.Reports,
                Trainer.Best,
                Trainer.AveragedInBest,
                Trainer.Recoveries,
                Trainer.TokensTrained,
                elapsed
            )
        );
        (Model, Trainer) = CreateNetwork();
    }

    /// <summary>
    /// The mean of the networks, but for those that there was no time for. One whose training was stopped is among them
    /// where it lowers the loss of the validation text, or is the only one.
    /// </summary>
    private TrainedModel MeanOfNetworks()
    {
        List<TrainedModel> networks =
        [
            .. _ended.Where(network => network.TokensTrained > 0).Select(network => network.Trained),
        ];
        var last = DescribeNetwork();
        if (networks.Count == 0 || (Trainer.TokensTrained > 0 && (Trainer.IsFinished || LossWith(last) < LossWith())))
        {
            networks.Add(last);
        }
        Mean = new(LossWith(), [.. networks.Select(network => network.Training.ValidationPerplexity)]);
        var losses = networks.Select(network => network.Training.Perplexity is { } known ? PortableMath.Log(known) : 0);
        return new(
            MixedModel.Mean([.. networks.Select(network => network.Model)]),
            Corpus.Codec,
            last.Training with
            {
                Epochs = networks.Sum(network => network.Training.Epochs),
                Tokens = networks.Sum(network => network.Training.Tokens),
                // At least that of the mean, because the mean's loss is at most the mean of the losses.
                Perplexity = networks.TrueForAll(network => network.Training.Perplexity is not null)
                    ? PortableMath.Exp(losses.Average())
                    : null,
                ValidationPerplexity = Mean.ValidationPerplexity,
            }
        );

        double? LossWith(params TrainedModel[] more) =>
            Trainer.MeasureHeldOut(MixedModel.Mean([.. networks.Concat(more).Select(network => network.Model)]));
    }
}

/// <summary>One of several networks whose training has ended, at its best.</summary>
internal sealed record EndedNetwork(
    TrainedModel Trained,
    IReadOnlyList<EpochReport> Epochs,
    EpochReport? Best,
    int AveragedInBest,
    IReadOnlyList<TrainingRecovery> Recoveries,
    long TokensTrained,
    TimeSpan Elapsed
);

/// <summary>What several networks came to together.</summary>
/// <param name="Loss">The loss of their mean on the validation text; null without one.</param>
/// <param name="Alone">The validation perplexity of each; null where it is not known.</param>
internal sealed record MeanReport(double? Loss, IReadOnlyList<double?> Alone)
{
    /// <summary>The perplexity of the mean on the validation text; null without one.</summary>
    public double? ValidationPerplexity => Loss is { } nats ? PortableMath.Exp(nats) : null;
}
