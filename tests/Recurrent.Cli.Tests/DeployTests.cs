using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Recurrent.Cli.Tests.Support;
using Recurrent.Server;
using Recurrent.Tests;

namespace Recurrent.Cli.Tests;

/// <summary>The files of the folder deploy: their syntax, and that they ask for what there is.</summary>
public sealed class DeployTests
{
    private const string Program = "/usr/local/bin/recurrent";

    [Fact]
    public void The_image_has_no_shell_and_no_root()
    {
        var instructions = Instructions(Read("Dockerfile"));
        string[] known = ["FROM", "WORKDIR", "COPY", "RUN", "USER", "EXPOSE", "STOPSIGNAL", "ENTRYPOINT", "CMD"];
        Assert.Subset(known.ToHashSet(), instructions.Select(one => one.Name).ToHashSet());
        var last = instructions[instructions.FindLastIndex(one => one.Name == "FROM")..];
        Assert.EndsWith("-chiseled", last[0].Value);
        Assert.Equal("$APP_UID", last.Single(one => one.Name == "USER").Value);
        Assert.Contains(last, one => one.Name == "COPY" && one.Value.EndsWith($" {Program}", StringComparison.Ordinal));
        var entry = Words(last.Single(one => one.Name == "ENTRYPOINT").Value);
        Assert.Equal(Program, entry[0]);
        AssertParses([.. entry[1..], .. Words(last.Single(one => one.Name == "CMD").Value)]);
        var published = instructions.Single(one => one.Name == "RUN").Value.Split(' ');
        Assert.True(Directory.Exists(Repository.PathOf(published[2])), published[2]);
        Assert.Contains("-p:AheadOfTime=true", published);
    }

    [Fact]
    public void The_unit_asks_for_what_there_is_and_waits_for_the_drain()
    {
        var unit = Unit();
        var start = unit["ExecStart"].Split(' ');
        Assert.Equal(Program, start[0]);
        AssertParses(start[1..]);
        Assert.Contains("-HUP $MAINPID", unit["ExecReload"]);
        Assert.InRange(int.Parse(unit["TimeoutStopSec"]), After(start, "--drain") + 1, 60);
    }

    [Fact]
    public async Task Systemd_reads_the_unit_and_finds_it_safe()
    {
        const string Analyze = "/usr/bin/systemd-analyze";
        Assert.SkipUnless(File.Exists(Analyze), "There is no systemd-analyze here.");
        using var folder = new TemporaryFolder();
        // A program that is there, because it is looked for.
        var unit = folder.Write("recurrent.service", Read("recurrent.service").Replace(Program, "/bin/true"));
        var verified = await RunAsync(Analyze, ["verify", unit], "");
        Assert.Equal((0, ""), (verified.ExitCode, verified.Error));
        var safe = await RunAsync(Analyze, ["security", "--offline=true", "--threshold=20", unit], "");
        Assert.True(safe.ExitCode == 0, safe.Out); // 100 is unsafe, 0 does nothing at all
    }

    [Fact]
    public async Task Kubernetes_asks_for_what_there_is_and_waits_for_the_drain()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/python3"), "There is no python3 here.");
        const string ToJson = "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(sys.stdin))))";
        var read = await RunAsync("/usr/bin/python3", ["-c", ToJson], Read("kubernetes.yaml"));
        Assert.SkipWhen(read.Error.Contains("No module named 'yaml'"), "There is no python3-yaml here.");
        Assert.Equal((0, ""), (read.ExitCode, read.Error));
        var objects = JsonNode.Parse(read.Out)!.AsArray().ToDictionary(one => (string)one!["kind"]!, one => one!);
        Assert.Equal(["Deployment", "Service", "HorizontalPodAutoscaler"], objects.Keys);
        var (deployment, service) = (objects["Deployment"], objects["Service"]);
        var pod = deployment["spec"]!["template"]!["spec"]!;
        var container = Assert.Single(pod["containers"]!.AsArray())!;
        string[] arguments = [.. container["args"]!.AsArray().Select(argument => (string)argument!)];
        AssertParses(["serve", "--host", "0.0.0.0", .. arguments]);
        var sleep = (int)container["lifecycle"]!["preStop"]!["sleep"]!["seconds"]!;
        Assert.InRange((int)pod["terminationGracePeriodSeconds"]!, sleep + After(arguments, "--drain") + 1, 120);
        foreach (var probe in (string[])["startupProbe", "livenessProbe", "readinessProbe"])
        {
            var path = (string)container[probe]!["httpGet"]!["path"]!;
            Assert.Contains(Routes.All, route => route.Path == path);
            Assert.Equal("http", (string)container[probe]!["httpGet"]!["port"]!);
        }
        Assert.Equal("http", (string)container["ports"]![0]!["name"]!);
        Assert.Equal(ServerOptions.DefaultPort, (int)container["ports"]![0]!["containerPort"]!);
        Assert.Equal("http", (string)service["spec"]!["ports"]![0]!["targetPort"]!);
        var label = deployment["spec"]!["template"]!["metadata"]!["labels"]!.ToJsonString();
        Assert.Equal(label, deployment["spec"]!["selector"]!["matchLabels"]!.ToJsonString());
        Assert.Equal(label, service["spec"]!["selector"]!.ToJsonString());
        var scaled = objects["HorizontalPodAutoscaler"]["spec"]!["scaleTargetRef"]!;
        Assert.Equal(
            ("Deployment", (string)deployment["metadata"]!["name"]!),
            ((string)scaled["kind"]!, (string)scaled["name"]!)
        );
    }

    private static string Read(string name) =>
        File.ReadAllText(Repository.PathOf($"deploy/{name}")).ReplaceLineEndings("\n");

    private static List<(string Name, string Value)> Instructions(string text) =>
        [
            .. text.Replace("\\\n", "")
                .Split('\n')
                .Where(line => line.Length > 0 && line[0] != '#')
                .Select(line => line.Split(' ', 2))
                .Select(parts => (parts[0], parts[1])),
        ];

    private static string[] Words(string json) => [.. JsonSerializer.Deserialize<string[]>(json)!];

    private static Dictionary<string, string> Unit() =>
        Read("recurrent.service")
            .Split('\n')
            .Where(line => line.Contains('=') && line[0] != '#')
            .Select(line => line.Split('=', 2))
            .GroupBy(parts => parts[0])
            .ToDictionary(group => group.Key, group => group.Last()[1]);

    private static int After(string[] arguments, string option) =>
        int.Parse(arguments[Array.IndexOf(arguments, option) + 1]);

    private static void AssertParses(string[] arguments)
    {
        using var runner = new CliRunner();
        var parsed = new Application(runner.Context(TextWriter.Null, TextWriter.Null)).CreateRoot().Parse(arguments);
        Assert.Empty(parsed.Errors);
        Assert.Equal("serve", parsed.CommandResult.Command.Name);
    }

    private static async Task<CliResult> RunAsync(string program, string[] arguments, string input)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new(process.ExitCode, output, await error);
    }
}
