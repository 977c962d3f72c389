using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Recurrent.Cli.Tests.Support;
using Recurrent.Tests;

namespace Recurrent.Cli.Tests;

/// <summary>The files of docs/cluster: their syntax, and that recurrent knows what they ask of it.</summary>
public sealed partial class ClusterDocsTests
{
    public static readonly TheoryData<string> Scripts = [.. Files("*.sh")];

    public static readonly TheoryData<string> Manifests = [.. Files("*.yaml")];

    [Theory]
    [MemberData(nameof(Scripts))]
    public void A_script_is_one(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no bash.");
        using var bash = Process.Start(
            new ProcessStartInfo("bash", ["-n", PathOf(name)]) { RedirectStandardError = true, UseShellExecute = false }
        )!;
        Assert.Equal("", bash.StandardError.ReadToEnd());
        var text = File.ReadAllText(PathOf(name)).Replace("\\\n", "", StringComparison.Ordinal);
        var command = Command().Match(text).Groups["words"].Value;
        AssertParses(Variable().Replace(command, "1").Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [MemberData(nameof(Manifests))]
    public void A_manifest_is_one(string name)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/python3"), "There is no python3 here.");
        const string ToJson = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
        using var python = Process.Start(
            new ProcessStartInfo("/usr/bin/python3", ["-c", ToJson, PathOf(name)])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            }
        )!;
        var (error, json) = (python.StandardError.ReadToEnd(), python.StandardOutput.ReadToEnd());
        Assert.SkipWhen(
            error.Contains("No module named 'yaml'", StringComparison.Ordinal),
            "There is no python3-yaml here."
        );
        Assert.Equal("", error);
        var spec = JsonNode.Parse(json)!["spec"]!;
        var pod = (spec["mpiReplicaSpecs"]?["Launcher"] ?? spec)["template"]!["spec"]!;
        var container = Assert.Single(pod["containers"]!.AsArray())!;
        string[] words = [.. container["args"]!.AsArray().Select(word => (string)word!)];
        AssertParses([.. words.SkipWhile(word => word == "recurrent").Select(word => Variable().Replace(word, "1"))]);
    }

    [Fact]
    public void The_document_names_every_file()
    {
        var document = File.ReadAllText(Repository.PathOf("docs/cluster.md"));
        Assert.All(Files("*"), name => Assert.Contains($"](cluster/{name})", document, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Files(string pattern) =>
        Directory
            .EnumerateFiles(Repository.PathOf("docs/cluster"), pattern)
            .Select(path => Path.GetFileName(path))
            .Order();

    private static string PathOf(string name) => Repository.PathOf($"docs/cluster/{name}");

    private static void AssertParses(string[] arguments)
    {
        using var runner = new CliRunner();
        var parsed = new Application(runner.Context(TextWriter.Null, TextWriter.Null)).CreateRoot().Parse(arguments);
        Assert.Empty(parsed.Errors);
        Assert.Equal("train", parsed.CommandResult.Command.Name);
    }

    [GeneratedRegex(@"recurrent (?<words>train [^>'\n]*)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Command();

    [GeneratedRegex(@"""?\$[({]?\w+[)}]?""?|""", RegexOptions.None, 1000)]
    private static partial Regex Variable();
}
