using System.Text.Json;
using Recurrent.Formats.Safetensors;

namespace Recurrent.Training;

/// <summary>A <see cref="CheckpointRecord"/> as JSON; every double comes back to the bit.</summary>
internal static class CheckpointJson
{
    private const string Place = "its metadata \"state\"";

    public static void Write(Utf8JsonWriter json, CheckpointRecord record)
    {
        WritePosition(json, record.Position);
        if (record.IsWithinRound)
        {
            json.WriteBoolean("withinRound", true);
        }
        if (record.Good is { } good)
        {
            json.WriteStartObject("good");
            WritePosition(json, good);
            json.WriteEndObject();
        }
        json.WriteStartArray("recoveries");
        foreach (var recovery in record.Recoveries)
        {
            json.WriteStartObject();
            json.WriteNumber("epoch", recovery.Epoch);
            json.WriteNumber("minibatch", recovery.Minibatch);
            json.WriteString("problem", recovery.Problem);
            json.WriteNumber("backTo", recovery.BackTo);
            json.WriteNumber("learningRate", recovery.LearningRate);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (record.UpdatesBefore > 0)
        {
            json.WriteNumber("stepsBefore", record.UpdatesBefore);
        }
        json.WriteNumber("tokensTrained", record.TokensTrained);
        json.WriteNumber("trainingTicks", record.Elapsed.Ticks);
        if (record.HasEnded)
        {
            json.WriteBoolean("ended", true);
        }
        WriteReport(json, "last", record.Last);
        WriteReport(json, "best", record.Best);
        json.WriteNumber("bestTokensTrained", record.BestTokensTrained);
        json.WriteNumber("scheduleScale", record.ScheduleScale);
        if (double.IsFinite(record.ScheduleLowestLoss))
        {
            json.WriteNumber("scheduleLowestLoss", record.ScheduleLowestLoss);
        }
        json.WriteNumber("scheduleEpochsWithoutFall", record.ScheduleEpochsWithoutFall);
    }

    /// <exception cref="FormatError">A member is missing or wrong.</exception>
    public static CheckpointRecord Read(JsonMembers members) =>
        new()
        {
            Position = ReadPosition(members),
            IsWithinRound = members.Has("withinRound"),
            Good = members.Has("good") ? ReadGood(members) : null,
            Recoveries = members.Has("recoveries")
                ? [.. members.Objects("recoveries", Trainer.MaxRecoveries).Select(ReadRecovery)]
                : [],
            UpdatesBefore = members.Has("stepsBefore") ? members.Integer("stepsBefore", 0, long.MaxValue) : 0,
            TokensTrained = members.Integer("tokensTrained", 0, long.MaxValue),
            Elapsed = new TimeSpan(members.Integer("trainingTicks", 0, long.MaxValue)),
            HasEnded = members.Has("ended"),
            Last = ReadReport(members, "last"),
            Best = ReadReport(members, "best"),
            BestTokensTrained = members.Integer("bestTokensTrained", 0, long.MaxValue),
            ScheduleScale = Number(members, "scheduleScale"),
            ScheduleLowestLoss = members.OptionalNumber("scheduleLowestLoss") ?? double.PositiveInfinity,
            ScheduleEpochsWithoutFall = (int)members.Integer("scheduleEpochsWithoutFall", 0, int.MaxValue),
        };

    private static void WritePosition(Utf8JsonWriter json, TrainingPosition position)
    {
        json.WriteNumber("epoch", position.Epoch);
        json.WriteNumber("minibatches", position.Minibatches);
        json.WriteNumber("steps", position.Updates);
        json.WriteNumber("lossSum", position.LossSum);
        json.WriteNumber("normSum", position.NormSum);
        json.WriteNumber("tokens", position.Tokens);
        json.WriteNumber("elapsedTicks", position.ElapsedBefore.Ticks);
    }

    private static TrainingPosition ReadPosition(JsonMembers members) =>
        new()
        {
            Epoch = (int)members.Integer("epoch", 1, int.MaxValue),
            Minibatches = members.Integer("minibatches", 0, long.MaxValue),
            Updates = members.Integer("steps", 0, long.MaxValue),
            LossSum = Number(members, "lossSum"),
            NormSum = Number(members, "normSum"),
            Tokens = members.Integer("tokens", 0, long.MaxValue),
            ElapsedBefore = new TimeSpan(members.Integer("elapsedTicks", 0, long.MaxValue)),
        };

    private static TrainingPosition ReadGood(JsonMembers members)
    {
        var good = ReadPosition(members.Object("good", $"{Place} under \"good\""));
        return
            good.Epoch == members.Integer("epoch", 1, int.MaxValue)
            && good.Minibatches < members.Integer("minibatches", 0, long.MaxValue)
            ? good
            : throw new FormatError($"{Place} has a \"good\" position that is not before its own in the epoch");
    }

    private static TrainingRecovery ReadRecovery(JsonMembers members) =>
        new(
            (int)members.Integer("epoch", 1, int.MaxValue),
            members.Integer("minibatch", 1, long.MaxValue),
            members.String("problem"),
            members.Integer("backTo", 0, long.MaxValue),
            Number(members, "learningRate")
        );

    private static void WriteReport(Utf8JsonWriter json, string name, EpochReport? report)
    {
        if (report is null)
        {
            return;
        }
        json.WriteStartObject(name);
        json.WriteNumber("epoch", report.Epoch);
        json.WriteNumber("loss", report.Loss);
        json.WriteNumber("tokens", report.Tokens);
        json.WriteNumber("gradientNorm", report.GradientNorm);
        json.WriteNumber("elapsedTicks", report.Elapsed.Ticks);
        if (report.LearningRate is { } rate)
        {
            json.WriteNumber("learningRate", rate);
        }
        if (report.ValidationLoss is { } loss && double.IsFinite(loss))
        {
            json.WriteNumber("validationLoss", loss);
        }
        else if (report.ValidationLoss is not null)
        {
            json.WriteString("validationLoss", JsonMembers.Infinity); // or not a number, which is no better
        }
        json.WriteEndObject();
    }

    private static EpochReport? ReadReport(JsonMembers members, string name)
    {
        if (!members.Has(name))
        {
            return null;
        }
        var report = members.Object(name, $"{Place} under \"{name}\"");
        return new EpochReport(
            (int)report.Integer("epoch", 1, int.MaxValue),
            Number(report, "loss"),
            report.Integer("tokens", 0, long.MaxValue),
            Number(report, "gradientNorm"),
            new TimeSpan(report.Integer("elapsedTicks", 0, long.MaxValue))
        )
        {
            LearningRate = report.OptionalNumber("learningRate"),
            ValidationLoss = report.OptionalNumber("validationLoss"),
        };
    }

    private static double Number(JsonMembers members, string name) =>
        members.OptionalNumber(name) ?? throw new FormatError($"{Place} lacks \"{name}\"");
}

/// <summary>The contents of a checkpoint besides its tensors.</summary>
internal sealed record CheckpointRecord
{
    /// <summary>The position of the run.</summary>
    public required TrainingPosition Position { get; init; }

    /// <summary>Whether shards have trained by themselves since they last had the same weights.</summary>
    public bool IsWithinRound { get; init; }

    /// <summary>The position that it would go back to, in the same epoch; null for where it is.</summary>
    public TrainingPosition? Good { get; init; }

    /// <summary>Each time that it went back.</summary>
    public IReadOnlyList<TrainingRecovery> Recoveries { get; init; } = [];

    /// <summary>Updates of the run whose optimizer's memory this one goes on with.</summary>
    public long UpdatesBefore { get; init; }

    /// <summary>Tokens trained on over all epochs.</summary>
    public required long TokensTrained { get; init; }

    /// <summary>Time that the run has taken so far.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Whether it is the end of one of several networks, and the run is further.</summary>
    public bool HasEnded { get; init; }

    /// <summary>The last whole epoch; null before its end.</summary>
    public EpochReport? Last { get; init; }

    /// <summary>The epoch with the lowest validation loss; null where there is none.</summary>
    public EpochReport? Best { get; init; }

    /// <summary>Tokens trained on up to the end of <see cref="Best"/>.</summary>
    public long BestTokensTrained { get; init; }

    /// <summary>The part of the learning rate that a plateau's halvings left.</summary>
    public double ScheduleScale { get; init; } = 1;

    /// <summary>The lowest loss that the schedule knows; infinite before the first.</summary>
    public double ScheduleLowestLoss { get; init; } = double.PositiveInfinity;

    /// <summary>Epochs since the loss fell.</summary>
    public int ScheduleEpochsWithoutFall { get; init; }

    /// <summary>
    /// The result of each whole epoch; the last as <see cref="Last"/> has it, the others in single precision.
    /// </summary>
    public IReadOnlyList<EpochReport> Reports { get; init; } = [];
}
