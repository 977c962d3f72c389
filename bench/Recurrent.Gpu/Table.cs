using System.Globalization;
using System.Text.Json.Nodes;

namespace Recurrent.Gpu;

/// <summary>The results in a folder as Markdown.</summary>
internal static class Table
{
    private static readonly (string Key, string Head)[] s_peers =
    [
        ("float32", "cuDNN, float32"),
        ("tf32", "cuDNN, TF32"),
        ("float16", "cuDNN, float16"),
    ];

    /// <summary>Prints it.</summary>
    /// <param name="folder">With machine.txt, check.txt and speed.jsonl, or some of them.</param>
    public static void Print(string folder)
    {
        Console.WriteLine(string.Join('\n', Lines("machine.txt")));
        Console.WriteLine();
        Console.WriteLine("| same bits as the CPU |  |\n| --- | --- |");
        foreach (var line in Lines("check.txt").Where(line => line.Contains(" equal  ") || line.Contains('D')))
        {
            var parts = line.Split(' ', 2);
            Console.WriteLine($"| {parts[0]} | {parts[^1].Trim()} |");
        }
        var speeds = Lines("speed.jsonl").Select(line => JsonNode.Parse(line)!).ToLookup(node => (string)node["name"]!);
        Console.WriteLine();
        Console.WriteLine(
            $"| tokens/s | Recurrent, GPU | Recurrent, CPU | {string.Join(" | ", s_peers.Select(one => one.Head))} |"
        );
        Console.WriteLine("| --- | --- | --- | --- | --- | --- |");
        foreach (var load in Load.Rows)
        {
            var (model, options) = (load.Model, load.Options);
            string[] cells =
            [
                $"{model.Kind} {model.HiddenSize}, B {options.BatchSize}, T {options.Steps}, V {model.VocabularySize}",
                Cell(speeds[load.Name].FirstOrDefault(node => DeviceOf(node) is ['g', ..])),
                Cell(speeds[load.Name].FirstOrDefault(node => DeviceOf(node) is ['c', ..])),
                .. s_peers.Select(one => Cell(speeds[load.Name].FirstOrDefault(node => IsOf(node, one.Key)))),
            ];
            Console.WriteLine($"| {string.Join(" | ", cells)} |");
        }

        string[] Lines(string file) =>
            Path.Combine(folder, file) is var path && File.Exists(path)
                ? [.. File.ReadLines(path).Where(line => line.Length > 0)]
                : [];
    }

    private static string? DeviceOf(JsonNode node) => (string?)node["device"];

    private static bool IsOf(JsonNode node, string precision) => (string?)node["precision"] == precision;

    private static string Cell(JsonNode? node) =>
        node?["perSecond"] is { } speed ? Rounded((double)speed)
        : node?["failure"] is { } ? "failed"
        : "–";

    /// <summary>Three figures.</summary>
    private static string Rounded(double speed)
    {
        var unit = Math.Pow(10, Math.Floor(Math.Log10(speed)) - 2);
        return (Math.Round(speed / unit) * unit).ToString("#,0", CultureInfo.InvariantCulture);
    }
}
