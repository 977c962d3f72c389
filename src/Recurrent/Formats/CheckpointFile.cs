using System.Text.Json;
using Recurrent.Formats.Safetensors;
using Recurrent.Tensors;

namespace Recurrent.Formats;

/// <summary>
/// A checkpoint of a training run: tensors, and in the metadata the sections "settings", which must be the same in
/// a run that continues, and "state", the place that it has reached. Only the trainer knows what they mean. See
/// docs/formats.md.
/// </summary>
internal static class CheckpointFile
{
    /// <summary>The way out where a checkpoint is of no use.</summary>
    public const string TrainAgain = "train again without resuming";

    private const string SettingsName = "settings";
    private const string StateName = "state";

    private static readonly ContainerFormat s_format = new(
        "recurrent-checkpoint",
        2,
        "it is not a checkpoint of a training run",
        $"name one, or {TrainAgain}",
        TrainAgain
    );

    private static readonly OutputFile s_output = new("is not a checkpoint", "move it away", s_format.IsIn);

    /// <summary>Throws what <see cref="Write"/> would throw for this path now, and leaves no trace.</summary>
    public static void CheckDestination(string path) => s_output.Check(path);

    /// <summary>Writes a checkpoint, all of it or nothing.</summary>
    /// <param name="path">The file to create, or a checkpoint to replace; its folder must exist.</param>
    /// <param name="settings">Names and values.</param>
    /// <param name="writeState">Writes the members of the state into an open object.</param>
    /// <param name="tensors">The tensors in the order of the file.</param>
    /// <param name="waitFor">Waits for the values of one, by its index, before they are written.</param>
    /// <exception cref="ModelFileException">A file that is not a checkpoint is there.</exception>
    /// <exception cref="IOException">The file cannot be written; the message names the path and the cause.</exception>
    public static void Write(
        string path,
        IReadOnlyList<KeyValuePair<string, string>> settings,
        Action<Utf8JsonWriter> writeState,
        IReadOnlyList<Parameter> tensors,
        Action<int> waitFor
    ) =>
        s_output.Write(
            path,
            stream =>
                s_format.Write(
                    stream,
                    [(SettingsName, section => WriteStrings(section, settings)), (StateName, writeState)],
                    tensors,
                    waitFor: waitFor
                )
        );

    /// <summary>Reads a checkpoint.</summary>
    /// <param name="path">The file.</param>
    /// <param name="read">
    /// Makes of it what the caller needs; a <see cref="FormatError"/> names the file in the end.
    /// </param>
    /// <param name="through">Opens the file in a way of the caller's; null for the usual one.</param>
    /// <exception cref="ModelFileException">The file is missing, damaged, or not what the caller needs.</exception>
    public static T Read<T>(string path, Func<Checkpoint, T> read, Func<Func<Stream>, Stream>? through = null) =>
        InputFile.Read(
            path,
            stream =>
            {
                var file = s_format.Open(stream);
                return read(new Checkpoint(file.Section(SettingsName), file.Section(StateName), file.Tensors));
            },
            through
        );

    private static void WriteStrings(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, string>> strings)
    {
        foreach (var (name, value) in strings)
        {
            json.WriteString(name, value);
        }
    }
}

/// <summary>A checkpoint, open to be read.</summary>
/// <param name="Settings">The settings that must be the same in a run that continues, strings by name.</param>
/// <param name="State">The place that the run has reached.</param>
/// <param name="Tensors">Its tensors.</param>
internal sealed record Checkpoint(JsonMembers Settings, JsonMembers State, SafetensorsReader Tensors);
