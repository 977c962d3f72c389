using System.Text;
using System.Text.Json.Nodes;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Tests.Support;
using Recurrent.Decoding;
using Recurrent.Formats;

namespace Recurrent.Cli.Tests.Commands;

/// <summary>Several networks in one run and one file, with each verb that trains or takes them.</summary>
public sealed class NetworksTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _text;

    public NetworksTests()
    {
        var lines = Enumerable.Range(0, 300).Select(i => i % 3 == 0 ? "the miller sang" : $"of rye and {i * i % 7}");
        _text = _folder.Write("song.txt", Encoding.UTF8.GetBytes(string.Join('\n', lines)));
    }

    private string Model => _folder["song.safetensors"];

    public void Dispose() => _folder.Dispose();

    private string[] Command(params string[] options) =>
        [
            "train",
            _text,
            .. "--hidden 12 --batch 8 --steps 8 --epochs 2 --threads 1 --validation 0.2".Split(' '),
            .. options.Contains("--out") ? [] : (string[])["--out", Model],
            .. options,
        ];

    private CliResult Train(params string[] options) => CliRunner.Plain(Command(options));

    [Fact]
    public void Train_says_which_it_trains_and_what_they_come_to()
    {
        var result = Train("--networks", "2", "--no-report");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("; 2 networks, each gru: 12 hidden units", result.Lines[0]);
        Assert.Equal(
            ["network 1 of 2", "epoch 1/2", "epoch 2/2", "network 2 of 2", "epoch 1/2", "epoch 2/2"],
            result.Lines.Skip(1).Take(6).Select(line => line.Split("  ")[0])
        );
        Assert.Single(
            result.Lines,
            line =>
                line.StartsWith("the mean of 2 networks is saved: validation perplexity ", StringComparison.Ordinal)
                && line.Split("; alone ")[1].Split(", ").Length == 2
        );
        Assert.Single(
            result.Lines,
            line => line.EndsWith(" without; saved with the network", StringComparison.Ordinal)
        );
        Assert.Equal(2, TrainedModel.Load(Model).Networks.Count);
    }

    [Fact]
    public void Several_kinds_are_as_many_networks()
    {
        var result = Train("--model", "gru,lstm", "--no-report", "--no-counts");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("; gru and lstm: 12 hidden units", result.Lines[0]);
        Assert.Contains(" weights of the first; on ", result.Lines[0]);
        Assert.Equal(["network 1 of 2, gru", "network 2 of 2, lstm"], result.Lines.Where(line => line[0] == 'n'));
        Assert.Equal(["gru", "lstm"], TrainedModel.Load(Model).Networks.Select(one => one.Configuration.Kind));
    }

    [Theory]
    [InlineData("gru,rnn-scratch")]
    [InlineData("gru,")]
    [InlineData("gru,lstm,gru,lstm,gru,lstm,gru,lstm,gru")]
    public void Kinds_that_do_not_go_together_are_refused(string kinds)
    {
        var result = Train("--model", kinds);
        Assert.Equal((2, ""), (result.ExitCode, result.Out));
        Assert.Contains("must be at most 8 of rnn, rnn-relu, gru, ", result.Error);
        Assert.Contains($"\"{kinds}\"", result.Error);
    }

    [Fact]
    public void As_JSON_lines()
    {
        var result = Train("--networks", "2", "--no-report", "--json");
        var events = result.Lines.Select(line => JsonNode.Parse(line)!).ToArray();
        Assert.Equal(
            [
                "start",
                "network",
                "epoch",
                "sample",
                "epoch",
                "sample",
                "network",
                "epoch",
                "sample",
                "epoch",
                "sample",
                "end",
            ],
            events.Select(one => (string?)one["event"])
        );
        Assert.Equal("""{"event":"network","network":2,"networks":2,"kind":"gru"}""", events[6].ToJsonString());
        var mean = events[^1]["mean"]!;
        Assert.Equal(2, mean["networks"]!.AsArray().Count);
        Assert.Equal(
            TrainedModel.Load(Model).Training.NetworkValidationPerplexity!.Value,
            (double)mean["validationPerplexity"]!,
            1e-9
        );
        Assert.True((long)events[^1]["tokensTrained"]! > (long)events[4]["tokensTrained"]!);
        Train("--no-report", "--json");
        Assert.Null(JsonNode.Parse(Train("--no-report", "--json").Lines[^1])!["mean"]);
    }

    [Fact]
    public void A_run_that_is_stopped_in_the_second_goes_on_to_the_same_file()
    {
        var whole = _folder["whole.safetensors"];
        Train("--networks", "2", "--no-report", "--out", whole);
        CliRunner? runner = null;
        using var output = new FailingWriter(5, () => runner!.Interruption.Receive(Interruption.Interrupt));
        using (runner = new CliRunner { Out = output })
        {
            Assert.Equal(130, runner.Run(Command("--networks", "2", "--no-report")).ExitCode);
        }
        Assert.Matches(
            @"\nstopped in network 2 of 2, epoch 2 of 2; --resume continues\n(.*\n)*"
                + @"(network 1 alone|the mean of 2 networks) is saved: validation perplexity [\d.]+",
            output.ToString()
        );
        Assert.Equal(
            ["song.safetensors", "song.safetensors.checkpoint", "song.safetensors.checkpoint.network2"],
            _folder.Names.Where(name => name!.StartsWith("song.safetensors", StringComparison.Ordinal)).Order()
        );
        var result = Train("--networks", "2", "--no-report", "--resume");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal("network 2 of 2", result.Lines[1]);
        Assert.Equal(File.ReadAllBytes(whole), File.ReadAllBytes(Model));
        Assert.DoesNotContain(_folder.Names, name => name!.Contains("checkpoint", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_checkpoints_none_is_written()
    {
        var watched = new HashSet<string?>();
        CliRunner? runner = null;
        using var output = new FailingWriter(6, () => watched.UnionWith(_folder.Names));
        using (runner = new CliRunner { Out = output })
        {
            Assert.Equal(0, runner.Run(Command("--networks", "2", "--checkpoint", "0", "--no-report")).ExitCode);
        }
        Assert.DoesNotContain(
            watched.Union(_folder.Names),
            name => name!.Contains("checkpoint", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void All_of_them_write_score_and_measure()
    {
        Train("--networks", "2", "--no-report");
        var trained = TrainedModel.Load(Model);
        var text = new TextGenerator(trained.Model, trained.Codec).Generate(
            "the ",
            40,
            TestContext.Current.CancellationToken
        );
        Assert.Equal($"the {text}\n", CliRunner.Plain("generate", Model, "--prompt", "the ", "--length", "40").Out);
        var mean = trained.WithoutCounts();
        text = new TextGenerator(mean.Model, trained.Codec).Generate("the ", 40, TestContext.Current.CancellationToken);
        string[] alone = ["generate", Model, "--prompt", "the ", "--length", "40", "--no-counts"];
        Assert.Equal($"the {text}\n", CliRunner.Plain(alone).Out);

        var packed = _folder["song.packed"];
        Assert.Equal(0, CliRunner.Plain("pack", Model, _text, "--out", packed).ExitCode);
        Assert.Equal(0, CliRunner.Plain("unpack", Model, packed, "--out", _folder["back.txt"]).ExitCode);
        Assert.Equal(File.ReadAllBytes(_text), File.ReadAllBytes(_folder["back.txt"]));
        Assert.Equal(0, CliRunner.Plain("evaluate", Model, _text, "--adapt").ExitCode);
    }

    [Fact]
    public void Inspect_lists_each()
    {
        Train("--networks", "2", "--no-report");
        var lines = CliRunner.Plain("inspect", Model).Lines;
        Assert.Single(lines, line => line.StartsWith("network 2     gru: 12 hidden units", StringComparison.Ordinal));
        Assert.Single(lines, line => line.StartsWith("  network2.linear.bias ", StringComparison.Ordinal));
        Assert.Single(lines, line => line.EndsWith(" of the networks without counts", StringComparison.Ordinal));
        var json = JsonNode.Parse(CliRunner.Plain("inspect", Model, "--json").Out)!;
        Assert.Equal(2, json["networks"]!.AsArray().Count);
        Assert.Equal(
            (long)json["weights"]!,
            TrainedModel.Load(Model).Networks.Sum(one => one.Parameters.Sum(parameter => (long)parameter.Value.Count))
        );
    }

    [Fact]
    public void One_of_them_is_exported_by_its_number_and_trained_further()
    {
        var (alone, one, onnx) = (_folder["alone.safetensors"], _folder["one.safetensors"], _folder["one.onnx"]);
        Train("--networks", "2", "--no-report");
        Train("--seed", "1001", "--no-counts", "--no-report", "--out", alone);
        CliRunner
            .Plain("export", Model, "--onnx", onnx)
            .AssertFailed(
                1,
                $"{Model} has 2 networks, and an ONNX file is of one; export one of them, with --network 1."
            );
        CliRunner
            .Plain("export", Model, "--onnx", onnx, "--network", "3")
            .AssertFailed(1, $"--network is 3 and {Model} has 2 networks; choose one of them.");
        Assert.Equal(0, CliRunner.Plain("export", Model, "--onnx", onnx, "--network", "2").ExitCode);
        var other = _folder["other.onnx"];
        Assert.Equal(0, CliRunner.Plain("export", alone, "--onnx", other).ExitCode);
        Assert.Equal(File.ReadAllBytes(other), File.ReadAllBytes(onnx));

        Train("--networks", "2", "--no-report");
        var refused = CliRunner.Plain("train", _text, "--from", Model, "--out", _folder["further.safetensors"]);
        refused.AssertFailed(
            1,
            $"{Model} has 2 networks, and a training goes on from one; write one to a file of its own, with recurrent "
                + $"export {Model} --network 1 --dtype f32 --out one.safetensors, and go on from that."
        );
        Assert.Equal(0, CliRunner.Plain("export", Model, "--network", "1", "--dtype", "f32", "--out", one).ExitCode);
        string[] further = ["train", _text, "--from", one, "--out", _folder["further.safetensors"], "--epochs", "1"];
        Assert.Equal(0, CliRunner.Plain(further).ExitCode);
        CliRunner
            .Plain([.. further, "--networks", "2"])
            .AssertFailed(
                2,
                "--networks cannot be changed in a model that is trained further; leave it out, or leave --from out to "
                    + "train one from the beginning."
            );
    }

    [Fact]
    public void The_report_has_the_curves_of_each()
    {
        Train("--networks", "2");
        var report = File.ReadAllText(_folder["song.report.html"]);
        Assert.Contains("Perplexity, network 1", report);
        Assert.Contains("Perplexity, network 2", report);
        Assert.Contains("mean of 2 networks", report);
    }
}
