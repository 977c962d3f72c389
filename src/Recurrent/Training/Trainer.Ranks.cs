using Recurrent.Evaluation;
using Recurrent.Models;

namespace Recurrent.Training;

// What a run does as one of several ranks that train together.
public sealed partial class Trainer
{
    private readonly RankGroup? _group; // null where this rank is alone
    private readonly LocalSteps? _local; // null where all shards train together
    private Wish _decided; // by all ranks, after the last minibatch
    private bool _isCompared; // with the other ranks
    private volatile bool _isCheckpointDue;

    /// <summary>What else must be the same on all ranks, by name.</summary>
    internal IReadOnlyList<KeyValuePair<string, string>> Compared { get; init; } = [];

    /// <summary>The ranks that train together; null where this one is alone.</summary>
    internal RankGroup? Group => _group;

    /// <summary>Asks for a checkpoint after the next minibatch, on all ranks; from any thread.</summary>
    internal void RequestCheckpoint() => _isCheckpointDue = true;

    /// <summary>Whether a checkpoint is due now, once for each time that one was asked for.</summary>
    internal bool TakeCheckpointRequest()
    {
        if (_group is not null)
        {
            return _decided.Saves;
        }
        var isDue = _isCheckpointDue;
        _isCheckpointDue = false;
        return isDue;
    }

    /// <summary>Makes sure, once, that all ranks train the same, before they do anything else together.</summary>
    /// <exception cref="RanksException">They do not; the message names what differs.</exception>
    internal void Compare()
    {
        if (_group is null || _isCompared)
        {
            return;
        }
        _isCompared = true;
        var plan = new TrainingPlan(_model.Configuration, _options);
        _group.RequireSame([
            new("version", TrainingFingerprint.Version),
            .. TrainingSettings.All.Select(row => new KeyValuePair<string, string>(row.Name, row.TextOf(plan))),
            .. TrainingFingerprint.Of(plan, _partNames, _tokens),
            .. Beginnings,
            new("initial weights", StartingWeights.HashOf(_model.Parameters.Select(one => one.Value))),
            .. Compared,
        ]);
    }

    /// <summary>Makes sure that all ranks have trained the same, before it is kept.</summary>
    /// <exception cref="RanksException">They have not; the message names who differs.</exception>
    private void RequireSameWeights() =>
        _group?.RequireSameWeights(StartingWeights.HashOf(_model.Parameters.Select(one => one.Value)), _position.Epoch);

    /// <summary>Decides with all ranks, by their wishes and the clock of rank 0, what becomes of the run.</summary>
    /// <param name="result">What this rank's shards contribute to a minibatch's; null between epochs.</param>
    /// <param name="cancellationToken">Whether this rank is to stop.</param>
    private void Decide(StepResult? result, CancellationToken cancellationToken)
    {
        if (_group is null)
        {
            return;
        }
        var saves = result is not null && _isCheckpointDue;
        _isCheckpointDue &= !saves;
        var norm = _local is null ? 0 : result?.GradientNorm ?? 0; // else all have the same
        var stops = cancellationToken.IsCancellationRequested;
        _decided = _group.Decide(new(result?.Loss ?? 0, norm, OwnTimeShare, stops, saves));
        if (_local is null)
        {
            result?.TakeLoss(_decided.Loss);
        }
        else
        {
            result?.Take(_decided.Loss, _decided.Norm);
        }
    }

    /// <summary>Takes up a wish to stop that came while all ranks measured, and the time that it took.</summary>
    private void DecideAfterValidation(CancellationToken cancellationToken)
    {
        var saves = _decided.Saves; // which is still to be done
        Decide(result: null, cancellationToken);
        _decided = _decided with { Saves = saves };
    }

    /// <summary>
    /// The loss of a model on the validation text, which this rank reads alone, for the end of a run; null without one.
    /// </summary>
    internal double? MeasureHeldOut(ILanguageModel model) =>
        MeanLoss(model, _heldOutAlone, group: null, CancellationToken.None);

    /// <summary>The loss on the validation text, to which each of the ranks contributes its strips.</summary>
    private double? MeanLoss(
        ILanguageModel model,
        StripReader? text,
        RankGroup? group,
        CancellationToken cancellationToken
    )
    {
        if (text is null || _options.Shards == 1)
        {
            return text?.MeanLoss(model, cancellationToken);
        }
        var own = new double[text.MostStripsOfRank];
        text.AddLosses(model, own, group is null ? cancellationToken : CancellationToken.None);
        var all = group?.Gather<double>(own) ?? own;
        var loss = 0.0;
        for (var rank = 0; rank * own.Length < all.Length; rank++) // the strips in their order, whoever has read them
        {
            for (var strip = 0; strip < text.FirstStripOf(rank + 1) - text.FirstStripOf(rank); strip++)
            {
                loss += all[(rank * own.Length) + strip];
            }
        }
        return loss / text.Tokens;
    }
}
