using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Tensors;

namespace Recurrent.Training;

// A training run that is halted between two minibatches, as a file and back.
public sealed partial class Trainer
{
    internal const string FromName = "from";
    internal const string FromMomentsName = "from-moments";

    private long _updatesBefore; // of the run whose moments this one goes on with
    private string? _moments; // their identity; null where there were none
    private IReadOnlyList<KeyValuePair<string, string>>? _fingerprint; // null before the first checkpoint

    /// <summary>
    /// Saves all that it takes to continue to the same bytes as if the run had never stopped: weights, the
    /// optimiser's moments, schedule, place in the text, state, the best weights so far, and what it would go back to
    /// if a number were not finite. A crash leaves the old file or the new one. All ranks are to call it, and rank 0
    /// writes; the file does not depend on their number.
    /// </summary>
    /// <param name="path">The file to create, or a checkpoint to replace; its folder must exist.</param>
    /// <exception cref="ModelFileException">A file that is not a checkpoint is there.</exception>
    /// <exception cref="IOException">The file cannot be written; the message names the path and the cause.</exception>
    /// <exception cref="RanksException">The ranks have different weights, and nothing is written.</exception>
    public void SaveCheckpoint(string path) => SaveCheckpoint(path, prepare: null);

    /// <inheritdoc cref="SaveCheckpoint(string)"/>
    /// <param name="path">The file.</param>
    /// <param name="prepare">Is done before, where the file is written: if it fails, nothing is.</param>
    internal void SaveCheckpoint(string path, Action? prepare)
    {
        Settle();
        RequireSameWeights();
        var withGood = HasGoodPoint;
        var (state, good) = (_state, _good.State);
        if (_group is not null)
        {
            (state, good) = (_group.Gather(_state), withGood ? _group.Gather(good) : good);
        }
        var isWithinRound = _local is { IsWithinRound: true };
        var tensors = Tensors(state, withGood ? good : null, Best is not null, _reports.Count, isWithinRound);
        try
        {
            if (_group is null or { IsFirst: true })
            {
                prepare?.Invoke();
                TrainingCheckpoint.Write(path, Fingerprint, ToRecord(), tensors);
            }
        }
        finally
        {
            tensors.WaitForAll(); // the others send theirs, whatever becomes of the file
        }
    }

    /// <summary>
    /// Continues from where <see cref="SaveCheckpoint(string)"/> was; for a trainer that has not run yet. All ranks are
    /// to call it, and rank 0 reads for all.
    /// </summary>
    /// <param name="path">The checkpoint.</param>
    /// <exception cref="ModelFileException">
    /// The file is missing or damaged, or of a run with other settings, another model or another text; then this
    /// training is as before.
    /// </exception>
    public void ResumeFrom(string path)
    {
        Compare();
        var (state, goodState) = (_state, _good.State);
        if (_group is not null)
        {
            (state, goodState) = (_group.RoomFor(_state), _group.RoomFor(_state));
        }
        var record = TrainingCheckpoint.Read(
            path,
            Fingerprint,
            _model.Parameters,
            record =>
                Tensors(
                    state,
                    record.Good is null ? null : goodState,
                    record.Best is not null,
                    record.Position.Epoch - 1,
                    _local is not null && record.IsWithinRound
                ).All,
            _group
        );
        if (record.IsWithinRound)
        {
            _local?.GoOnWithinRound();
        }
        else
        {
            _local?.BeginRound();
        }
        _group?.Scatter(state, _state);
        _group?.Scatter(goodState, _good.State);
        _reports.AddRange(record.Reports);
        _position = record.Position;
        _elapsedBefore = record.Elapsed;
        _recoveries.AddRange(record.Recoveries);
        if (record.Good is { } good)
        {
            _good.Position = good;
        }
        else
        {
            _good.Keep(_position, _state);
        }
        if (record.Best is { } best)
        {
            _best?.Set(best, record.BestTokensTrained);
        }
        _optimizer.ContinueFrom(_updatesBefore + record.Position.Updates);
        (_schedule.Scale, _schedule.LowestLoss) = (record.ScheduleScale, record.ScheduleLowestLoss);
        _schedule.EpochsWithoutFall = record.ScheduleEpochsWithoutFall;
        Volatile.Write(ref _tokensTrained, record.TokensTrained);
        HasEnded = record.HasEnded;
    }

    /// <summary>Whether there is a point to go back to that differs from the run's position.</summary>
    private bool HasGoodPoint => _position.Minibatches > _good.Position.Minibatches;

    /// <summary>All that must be the same in a run that continues.</summary>
    private IReadOnlyList<KeyValuePair<string, string>> Fingerprint =>
        _fingerprint ??= [
            .. TrainingFingerprint.Of(
                new(_model.Configuration, _options)
                {
                    Networks = Network.Run?.Networks ?? 1,
                    FurtherKinds = Network.Run?.FurtherKinds ?? [],
                },
                _partNames,
                _tokens
            ),
            .. Network.Number > 1 ? [new("network", $"{Network.Number}")] : Array.Empty<KeyValuePair<string, string>>(),
            .. Beginnings,
        ];

    /// <summary>The identity of the weights that the run goes on from; null where they are drawn.</summary>
    internal string? From { get; set; }

    /// <summary>Whether what is held out was not the end of the text.</summary>
    private bool IsOwnValidation { get; }

    /// <summary>Where in its files the text came from, by name.</summary>
    internal IReadOnlyList<KeyValuePair<string, string>> Origin { get; init; } = [];

    /// <summary>What the run was begun with besides its settings and its text, by name.</summary>
    internal IEnumerable<KeyValuePair<string, string>> Beginnings
    {
        get
        {
            if (From is not null)
            {
                yield return new(FromName, From);
            }
            if (IsOwnValidation && !_options.ValidationLines)
            {
                yield return new(TrainingSettings.ValidationText, "sha256:" + TrainingFingerprint.HashOf(HeldOut!));
            }
            if (_moments is not null)
            {
                yield return new(FromMomentsName, _moments);
            }
            foreach (var setting in Origin)
            {
                yield return setting;
            }
        }
    }

    /// <summary>
    /// Begins with what the optimiser of another run remembered, in the corner of each parameter that was there; for a
    /// trainer that has not run yet.
    /// </summary>
    /// <exception cref="ModelFileException">
    /// The file is missing or damaged, or the checkpoint of another optimiser or of a larger or another model.
    /// </exception>
    internal void TakeMoments(string path)
    {
        Compare();
        var moments = WeightsAndMoments().Skip(_model.Parameters.Count).ToArray();
        var optimizer = _partNames.Optimizer ?? _optimizer.Name;
        _updatesBefore = TrainingCheckpoint.ReadMoments(path, optimizer, moments, _group);
        _optimizer.ContinueFrom(_updatesBefore);
        _moments = StartingWeights.HashOf(moments.Select(moment => moment.Value));
        _local?.ShareMoments();
    }

    /// <summary>
    /// Takes from this run's own checkpoint what it was begun with, because its model file has taken the place of that;
    /// before <see cref="ResumeFrom"/>.
    /// </summary>
    /// <exception cref="ModelFileException">
    /// The file is missing, damaged, or of a run that goes on from no model.
    /// </exception>
    internal void TakeBeginnings(string path)
    {
        Compare();
        (From, _moments, _updatesBefore) = TrainingCheckpoint.ReadBeginnings(path, _group);
    }

    private CheckpointRecord ToRecord() =>
        new()
        {
            Position = _position with
            {
                ElapsedBefore =
                    _position.Minibatches > 0
                        ? _position.ElapsedBefore + _time.GetElapsedTime(_epochStart)
                        : TimeSpan.Zero,
            },
            IsWithinRound = _local is { IsWithinRound: true },
            Good = HasGoodPoint ? _good.Position : null,
            Recoveries = _recoveries,
            UpdatesBefore = _updatesBefore,
            TokensTrained = _tokensTrained,
            Elapsed = Elapsed,
            HasEnded = HasEnded,
            Last = Last,
            Best = Best,
            BestTokensTrained = BestTokensTrained,
            ScheduleScale = _schedule.Scale,
            ScheduleLowestLoss = _schedule.LowestLoss,
            ScheduleEpochsWithoutFall = _schedule.EpochsWithoutFall,
            Reports = _reports,
        };

    /// <summary>The tensors of a checkpoint by name: those that there are, to be written or to be read into.</summary>
    /// <param name="state">The state of all rows.</param>
    /// <param name="good">That of the good point; null where it has none of its own.</param>
    /// <param name="withBest">Whether there are best weights.</param>
    /// <param name="epochs">The epochs that have ended.</param>
    /// <param name="withinRound">Whether workers have weights of their own.</param>
    private CheckpointTensors Tensors(ModelState state, ModelState? good, bool withBest, int epochs, bool withinRound)
    {
        var tensors = new CheckpointTensors(_group);
        AddRun("", [.. RunTensors(withinRound)], withinRound);
        tensors.AddRange(state.Parts.Select((part, i) => new Parameter($"state.{i}", part)));
        for (var i = 0; withBest && _best is not null && i < _best.Weights.Count; i++)
        {
            tensors.Add(BestModel.Prefix + _model.Parameters[i].Name, _best.Weights[i]);
        }
        if (_last is not null)
        {
            tensors.AddRange(_last.Tensors(epochs));
        }
        if (good is not null)
        {
            AddRun(GoodPoint.Prefix, _good.Tensors, withinRound: false);
            tensors.AddRange(good.Parts.Select((part, i) => new Parameter($"{GoodPoint.Prefix}state.{i}", part)));
        }
        return tensors;

        void AddRun(string prefix, IReadOnlyList<Tensor> run, bool withinRound)
        {
            if (_local is not null)
            {
                _local.AddTo(tensors, prefix, run, withinRound);
                return;
            }
            tensors.AddRange(WeightsAndMoments().Select((one, i) => new Parameter(prefix + one.Name, run[i])));
        }
    }

    /// <summary>The weights and moments that this rank overwrites from step to step.</summary>
    /// <param name="withinRound">Whether workers have weights of their own.</param>
    private IEnumerable<Tensor> RunTensors(bool withinRound) =>
        _local?.Tensors(withinRound) ?? WeightsAndMoments().Select(one => one.Value);

    private List<Parameter> WeightsAndMoments()
    {
        List<Parameter> tensors = [.. _model.Parameters];
        for (var moment = 0; moment < _optimizer.MomentNames.Count; moment++)
        {
            for (var i = 0; i < _model.Parameters.Count; i++)
            {
                var name = $"{_optimizer.MomentNames[moment]}.{_model.Parameters[i].Name}";
                tensors.Add(new Parameter(name, _optimizer.Moment(moment, i)));
            }
        }
        return tensors;
    }
}
