using System.Text.Json;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Tests.Support;

namespace Recurrent.Cli.Tests.Output;

/// <summary>What --json prints is what docs/json.md says, name for name.</summary>
public sealed class JsonTests : IDisposable
{
    // What is described elsewhere, and lists of values.
    private static readonly string[] s_open = ["configuration", "settings", "instructions", "difference.confidence95"];

    private static readonly string[] s_wild = "--lr 3 --weight-decay 0.8 --clip 1000000".Split(' '); // goes back once

    private readonly TemporaryFolder _folder = new();

    private string Model => _folder["model.safetensors"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_tells_the_same_events_for_ever()
    {
        var output = Train(seconds: 6, epochs: 2, "--validation", "0.2");
        Golden.Check("train-json.txt", output.Replace(Installation.Version, "VERSION").Replace(_folder.Path, "FOLDER"));
    }

    [Fact]
    public void Each_event_is_described()
    {
        var events = Lines(Train(seconds: 6, epochs: 2, "--validation", "0.2"))
            .Concat(Lines(Train(seconds: 1, epochs: 40, s_wild)))
            .Concat(Lines(Train(seconds: 1, epochs: 1, "--validation", "0.2", "--validate-every", "100")))
            .Concat(Lines(Train(seconds: 1, epochs: 1, "--validation", "0.2", "--counts", "always")))
            .Concat(Lines(Train(seconds: 1, epochs: 1, "--validation", "0.2", "--networks", "2")))
            .ToLookup(json => json.GetProperty("event").GetString()!);
        Assert.Equal(
            ["end", "epoch", "network", "progress", "recovery", "sample", "start", "validation"],
            events.Select(kind => kind.Key).Order()
        );
        foreach (var kind in events)
        {
            AssertDescribed($"### {kind.Key}\n", kind);
        }
    }

    [Fact]
    public void Each_object_of_the_other_verbs_is_described()
    {
        CliRunner.Plain(Tiny.Train(Model));
        AssertDescribed(
            "## generate\n",
            Lines(CliRunner.Plain("generate", Model, "--json", "--tokens", "--length", "3").Out)
        );
        using var lines = new CliRunner { Input = "the\n"u8.ToArray() };
        AssertDescribed("## score\n", Lines(lines.Run("score", Model, "--json").Out));
        AssertDescribed("## compare\n", Lines(CliRunner.Plain("compare", Model, Model, "story", "--json").Out));
        AssertDescribed("## info\n", Lines(CliRunner.Plain("info", "--json").Out));
    }

    private string Train(int seconds, int epochs, params string[] more)
    {
        using var runner = new CliRunner();
        (runner.Time.Step, runner.Time.RingsAlways) = (TimeSpan.FromSeconds(seconds), true);
        var result = runner.Run(Tiny.Train(Model, epochs, ["--json", "--checkpoint", "0", "--no-report", .. more]));
        Assert.Equal(0, result.ExitCode);
        return result.Out;
    }

    private static IEnumerable<JsonElement> Lines(string output) =>
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement);

    private static void AssertDescribed(string heading, IEnumerable<JsonElement> objects)
    {
        var section = File.ReadAllText(Documents.PathOf("docs/json.md")).Split(heading)[1].Split("\n#")[0];
        var described = section
            .Split('\n')
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('`')[1]);
        Assert.Equal(described.Order(), objects.SelectMany(json => Members(json, "")).Distinct().Order());
    }

    private static IEnumerable<string> Members(JsonElement json, string path) =>
        json.EnumerateObject()
            .SelectMany(member =>
            {
                var name = path + member.Name;
                return s_open.Contains(name) ? [name]
                    : member.Value.ValueKind == JsonValueKind.Object ? Members(member.Value, $"{name}.")
                    : member.Value.ValueKind == JsonValueKind.Array
                        ? member.Value.EnumerateArray().SelectMany(one => Members(one, $"{name}[]."))
                    : member.Value.ValueKind == JsonValueKind.Null && (name is "best" or "mean" or "counts") ? []
                    : [name];
            });
}
