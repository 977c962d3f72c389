using Recurrent.Formats;
using Recurrent.Formats.Safetensors;
using Recurrent.Tensors;

namespace Recurrent.Training;

/// <summary>
/// A training run as a checkpoint: the weights under their names, beside them the tensors of the training, its
/// settings and where it is.
/// </summary>
internal static class TrainingCheckpoint
{
    private const string WayOut = $"give the settings it was begun with, or {CheckpointFile.TrainAgain}";

    /// <summary>Writes a checkpoint.</summary>
    /// <param name="path">The file to create, or a checkpoint to replace.</param>
    /// <param name="fingerprint">What must be the same in a run that continues.</param>
    /// <param name="record">Where the run is.</param>
    /// <param name="tensors">Its tensors.</param>
    /// <exception cref="ModelFileException">A file that is not a checkpoint is there.</exception>
    /// <exception cref="IOException">The file cannot be written; the message names the path and the cause.</exception>
    public static void Write(
        string path,
        IReadOnlyList<KeyValuePair<string, string>> fingerprint,
        CheckpointRecord record,
        CheckpointTensors tensors
    ) =>
        CheckpointFile.Write(
            path,
            fingerprint,
            state => CheckpointJson.Write(state, record),
            record.Reports.Count > 0 ? [.. tensors.All, ReportsTensor.From(record.Reports)] : tensors.All,
            tensors.WaitFor
        );

    /// <summary>Reads a checkpoint; the tensors are changed only when all the rest is right.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fingerprint">What the file must have been written for.</param>
    /// <param name="weights">The model's parameters.</param>
    /// <param name="tensorsOf">The tensors to read into, which depend on the position of the run.</param>
    /// <param name="group">The ranks that rank 0 reads it for; null for this one alone.</param>
    /// <exception cref="ModelFileException">The file is missing, damaged or another training's.</exception>
    public static CheckpointRecord Read(
        string path,
        IReadOnlyList<KeyValuePair<string, string>> fingerprint,
        IReadOnlyList<Parameter> weights,
        Func<CheckpointRecord, IReadOnlyList<Parameter>> tensorsOf,
        RankGroup? group
    ) =>
        CheckpointFile.Read(
            path,
            checkpoint =>
            {
                RequireSame(checkpoint.Settings, fingerprint);
                var record = CheckpointJson.Read(checkpoint.State);
                var tensors = tensorsOf(record);
                var file = checkpoint.Tensors;
                RequireSame(file.Entries, tensors, ReportsTensor.NamesAndShapes(record.Position.Epoch - 1));
                RequireFinite(file, weights, tensors.Count, record);
                var reports = ReportsTensor.Read(file, record);
                for (var i = 0; i < tensors.Count; i++)
                {
                    var values = new float[tensors[i].Value.Count];
                    file.Read(file.Entries[i], values);
                    tensors[i].Value.Write(values);
                }
                return record with { Reports = reports };
            },
            group is null ? null : group.Open
        );

    /// <summary>Reads what an optimiser remembered, for a run that goes on from another's model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="optimizer">The name of the optimiser that goes on.</param>
    /// <param name="moments">Its moments, of the other's shapes or larger; overwritten.</param>
    /// <param name="group">The ranks that rank 0 reads it for; null for this one alone.</param>
    /// <returns>The updates that were made.</returns>
    /// <exception cref="ModelFileException">The file is missing, damaged, or not of such a run.</exception>
    public static long ReadMoments(string path, string optimizer, IReadOnlyList<Parameter> moments, RankGroup? group) =>
        CheckpointFile.Read(
            path,
            checkpoint =>
            {
                const string wayOut = "move it away to begin without the optimiser's memory";
                if (checkpoint.Settings.OptionalString(LocalStepsSettings.Steps.IdentityName!) is not null)
                {
                    throw new FormatError(
                        "it is of a training run with local steps, each of whose shards has an optimiser's memory of "
                            + "its own",
                        wayOut
                    );
                }
                if (checkpoint.Settings.String("optimizer") is var other && other != optimizer)
                {
                    throw new FormatError(
                        $"it is of a training run with optimizer {FormatError.OneLine(other)} instead of {optimizer}",
                        wayOut
                    );
                }
                var file = checkpoint.Tensors;
                var entries = file.Entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
                foreach (var (name, value) in moments)
                {
                    if (
                        !entries.TryGetValue(name, out var entry)
                        || entry.Shape.Length != value.Shape.ToArray().Length
                        || entry.Shape.Zip(value.Shape.ToArray()).Any(lengths => lengths.First > lengths.Second)
                    )
                    {
                        throw new FormatError("its tensors are not those of the model", wayOut);
                    }
                    file.RequireFinite(entry, wayOut, mayBeInfinite: true);
                    var values = new float[entry.Shape.Aggregate(1, (product, length) => product * (int)length)];
                    file.Read(entry, values);
                    StartingWeights.CopyCorner(values, (int)entry.Shape[^1], value);
                }
                return CheckpointJson.Read(checkpoint.State).Position.Updates;
            },
            group is null ? null : group.Open
        );

    /// <summary>Reads what a run was begun with that goes on from a model which may be gone by now.</summary>
    /// <param name="path">The file.</param>
    /// <param name="group">The ranks that rank 0 reads it for; null for this one alone.</param>
    /// <returns>The identities of the weights and of the optimiser's memory; and the updates that it made.</returns>
    /// <exception cref="ModelFileException">The file is missing, damaged, or not of such a run.</exception>
    public static (string From, string? Moments, long UpdatesBefore) ReadBeginnings(string path, RankGroup? group) =>
        CheckpointFile.Read(
            path,
            checkpoint =>
                (
                    checkpoint.Settings.OptionalString(Trainer.FromName)
                        ?? throw new FormatError("it is of a training run that goes on from no model", WayOut),
                    checkpoint.Settings.OptionalString(Trainer.FromMomentsName),
                    CheckpointJson.Read(checkpoint.State).UpdatesBefore
                ),
            group is null ? null : group.Open
        );

    private static void RequireSame(JsonMembers found, IReadOnlyList<KeyValuePair<string, string>> expected)
    {
        var others = found.Strings().Where(setting => expected.All(own => own.Key != setting.Key));
        if (others.FirstOrDefault() is { Key: not null } more)
        {
            throw new FormatError($"it is of a training run with {more.Key} {FormatError.OneLine(more.Value)}", WayOut);
        }
        foreach (var (name, value) in expected)
        {
            if (found.OptionalString(name) is var other && other != value)
            {
                var values =
                    name == "text" ? "another text"
                    : name == "model" ? "another model"
                    : $"{name} {(other is null ? "none" : FormatError.OneLine(other))} instead of {value}";
                throw new FormatError($"it is of a training run with {values}", WayOut);
            }
        }
    }

    private static void RequireSame(
        IReadOnlyList<TensorEntry> found,
        IReadOnlyList<Parameter> tensors,
        IReadOnlyList<string> reports
    )
    {
        string[] names = [.. found.Select(entry => $"{entry.Name} ({string.Join(", ", entry.Shape)})")];
        string[] expected = [.. tensors.Select(tensor => $"{tensor.Name} {tensor.Value.Shape}")];
        var isSame =
            reports.Count == 0
                ? names.SequenceEqual(expected)
                : names.Length > 0 && names.SkipLast(1).SequenceEqual(expected) && reports.Contains(names[^1]);
        if (!isSame)
        {
            throw new FormatError("its tensors are not those of this training", WayOut);
        }
    }

    /// <summary>
    /// Checks what the run would go back to or end with: its weights are finite, its moments and states numbers.
    /// Where it is further than it would go back to, the values of that moment may be beyond all bounds: the trainer
    /// knows what to do then.
    /// </summary>
    private static void RequireFinite(
        SafetensorsReader file,
        IReadOnlyList<Parameter> weights,
        int tensors,
        CheckpointRecord record
    )
    {
        var good = record.Good is null ? "" : GoodPoint.Prefix;
        var finite = weights
            .SelectMany(weight => (string[])[good + weight.Name, BestModel.Prefix + weight.Name])
            .ToHashSet(StringComparer.Ordinal);
        foreach (var entry in file.Entries.Take(tensors))
        {
            if (finite.Contains(entry.Name) || entry.Name.StartsWith(good, StringComparison.Ordinal))
            {
                file.RequireFinite(entry, CheckpointFile.TrainAgain, mayBeInfinite: !finite.Contains(entry.Name));
            }
        }
    }
}
