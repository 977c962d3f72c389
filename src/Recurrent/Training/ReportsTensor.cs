using Recurrent.Formats;
using Recurrent.Formats.Safetensors;
using Recurrent.Tensors;

namespace Recurrent.Training;

/// <summary>
/// The results of the epochs, as a checkpoint's tensor of shape (epochs, 6): loss, validation loss or −1 for none,
/// gradient norm, tokens, seconds, learning rate. Older versions left out the last column.
/// </summary>
internal static class ReportsTensor
{
    private const string Name = "epochs";
    private const int Columns = 6;
    private const int OldColumns = 5;
    private const float None = -1;

    /// <summary>Makes the tensor; there must be an epoch.</summary>
    public static Parameter From(IReadOnlyList<EpochReport> reports)
    {
        float[] values = [.. reports.SelectMany(Row)];
        return new(Name, Tensor.From(values, reports.Count, Columns));
    }

    /// <summary>Its name and its sizes, now and before; none for no epochs, which have no tensor.</summary>
    public static IReadOnlyList<string> NamesAndShapes(int epochs) =>
        epochs > 0 ? [$"{Name} ({epochs}, {Columns})", $"{Name} ({epochs}, {OldColumns})"] : [];

    /// <summary>Reads it, as the last of a checkpoint.</summary>
    /// <param name="file">The checkpoint, whose tensors are those of its record.</param>
    /// <param name="record">The rest of the checkpoint, which knows the last epoch better.</param>
    /// <exception cref="FormatError">A value is not one that a training run can have.</exception>
    public static IReadOnlyList<EpochReport> Read(SafetensorsReader file, CheckpointRecord record)
    {
        var epochs = record.Position.Epoch - 1;
        if (epochs == 0)
        {
            return [];
        }
        var columns = (int)file.Entries[^1].Shape[1];
        var values = new float[epochs * columns]; // the file has as many
        file.Read(file.Entries[^1], values);
        var reports = values.Chunk(columns).Select((row, i) => Report(i + 1, row)).ToArray();
        if (record.Last is { } last)
        {
            reports[^1] = last;
        }
        return reports;
    }

    private static IEnumerable<float> Row(EpochReport report) =>
        [
            (float)report.Loss,
            (float?)report.ValidationLoss ?? None,
            (float)report.GradientNorm,
            report.Tokens,
            (float)report.Elapsed.TotalSeconds,
            (float?)report.LearningRate ?? None,
        ];

    private static EpochReport Report(int epoch, float[] row)
    {
        var (loss, validation, norm, tokens, seconds) = (row[0], row[1], row[2], row[3], row[4]);
        var rate = row.Length == OldColumns ? None : row[5];
        if (
            !row.All(float.IsFinite)
            || tokens is < 0 or >= long.MaxValue
            || seconds is < 0 or > int.MaxValue
            || rate is < 0 and not None
        )
        {
            throw new FormatError($"its curves are damaged in epoch {epoch}", CheckpointFile.TrainAgain);
        }
        return new(epoch, loss, (long)tokens, norm, TimeSpan.FromSeconds(seconds))
        {
            LearningRate = rate == None ? null : rate,
            ValidationLoss = validation == None ? null : validation,
        };
    }
}
