using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Tests.Support;
using Recurrent.Decoding;
using Recurrent.Evaluation;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Models.Counts;

namespace Recurrent.Cli.Tests.Commands;

/// <summary>A model file with counts, with each verb that takes one.</summary>
public sealed class HybridTests : IDisposable
{
    private static readonly string s_network = OldFiles.PathOf("gru.safetensors");
    private static readonly string s_text = OldFiles.PathOf("gru.txt");

    private readonly TemporaryFolder _folder = new();
    private readonly string _hybrid;

    public HybridTests()
    {
        _hybrid = _folder["hybrid.safetensors"];
        var network = TrainedModel.Load(s_network);
        var tokens = network.Codec.Encode(File.ReadAllText(s_text));
        var counts = NGramModel.Count(tokens, network.Codec.Vocabulary.Count);
        new TrainedModel(new MixedModel(network.Model, counts), network.Codec, network.Training).Save(_hybrid);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Generate_writes_with_the_counts_or_as_the_network_alone()
    {
        string[] options = ["--prompt", "the ", "--length", "80", "--samples", "2"];
        var written = CliRunner.Plain(["generate", _hybrid, .. options]);
        var trained = TrainedModel.Load(_hybrid);
        var texts = new TextGenerator(trained.Model, trained.Codec).GenerateAll(
            ["the ", "the "],
            80,
            TestContext.Current.CancellationToken
        );
        Assert.Equal($"the {texts[0]}\n---\nthe {texts[1]}\n", written.Out);
        var alone = CliRunner.Plain(["generate", s_network, .. options]);
        Assert.NotEqual(alone, written);
        Assert.Equal(alone, CliRunner.Plain(["generate", _hybrid, "--no-counts", .. options]));
        Assert.Equal(alone, CliRunner.Plain(["generate", s_network, "--no-counts", .. options]));
    }

    [Fact]
    public void Score_and_evaluate_measure_either()
    {
        var hybrid = CliRunner.Plain("score", _hybrid, s_text);
        var alone = CliRunner.Plain("score", s_network, s_text);
        Assert.NotEqual(alone, hybrid);
        Assert.Equal(alone, CliRunner.Plain("score", _hybrid, s_text, "--no-counts"));
        Assert.Equal(Bits(s_network), Bits(_hybrid, "--no-counts"));
        Assert.True(Bits(_hybrid) < Bits(s_network));
        Assert.Equal(
            ModelEvaluator
                .Measure(TrainedModel.Load(_hybrid), File.ReadAllText(s_text), TestContext.Current.CancellationToken)
                .BitsPerCharacter,
            Bits(_hybrid)
        );
        CliRunner
            .Plain("score", _hybrid, s_text, "--alert", "0.1", "--no-counts")
            .AssertFailed(2, "--alert goes by what the whole model expects of a line; leave out --no-counts.");
    }

    [Fact]
    public void A_packed_text_takes_the_bits_that_it_is_measured_at()
    {
        var packed = _folder["gru.packed"];
        CliRunner.Plain("pack", _hybrid, s_text, "-o", packed, "-q");
        var bits = 8.0 * new FileInfo(packed).Length;
        Assert.InRange(bits - (Bits(_hybrid) * File.ReadAllText(s_text).Length), 0, 300); // the header and the end
        var text = _folder["gru.txt"];
        Assert.Equal(1, CliRunner.Plain("unpack", s_network, packed, "-o", text).ExitCode);
        Assert.Equal(0, CliRunner.Plain("unpack", _hybrid, packed, "-o", text).ExitCode);
        Assert.Equal(File.ReadAllBytes(s_text), File.ReadAllBytes(text));
    }

    [Fact]
    public void Export_takes_the_network_alone_to_other_programs()
    {
        var (onnx, other) = (_folder["a.onnx"], _folder["b.onnx"]);
        CliRunner
            .Plain("export", _hybrid, "--onnx", onnx)
            .AssertFailed(
                1,
                $"{_hybrid} has counts, which ONNX has nothing for; export its network alone, with --no-counts."
            );
        Assert.Equal(0, CliRunner.Plain("export", _hybrid, "--onnx", onnx, "--no-counts").ExitCode);
        CliRunner.Plain("export", s_network, "--onnx", other);
        Assert.Equal(File.ReadAllBytes(other), File.ReadAllBytes(onnx));
    }

    [Fact]
    public void Export_keeps_the_counts_in_a_smaller_file_unless_told_otherwise()
    {
        var (small, alone, other) = (_folder["small"], _folder["alone"], _folder["other"]);
        var result = CliRunner.Plain("export", _hybrid, "--dtype", "f16", "--out", small);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.IsType<MixedModel>(TrainedModel.Load(small).Model);
        CliRunner.Plain("export", _hybrid, "--dtype", "f16", "--out", alone, "--no-counts");
        CliRunner.Plain("export", s_network, "--dtype", "f16", "--out", other);
        Assert.Equal(File.ReadAllBytes(other), File.ReadAllBytes(alone));
    }

    [Fact]
    public void Inspect_tells_what_is_counted()
    {
        var counts = (NGramModel)((MixedModel)TrainedModel.Load(_hybrid).Model).Second;
        Assert.Contains(
            $"counts        {counts.Entries:#,0} n-grams of up to 8 tokens, with the weight 0.5",
            CliRunner.Plain("inspect", _hybrid).Lines
        );
        Assert.DoesNotContain("counts", CliRunner.Plain("inspect", s_network).Out);
        Assert.Equal(
            $$"""{"order":8,"entries":{{counts.Entries}},"weight":0.5}""",
            JsonNode.Parse(CliRunner.Plain("inspect", _hybrid, "--json").Out)!["counts"]!.ToJsonString()
        );
    }

    [Theory]
    [InlineData]
    [InlineData("--no-counts")]
    public async Task Serve_writes_what_generate_does(params string[] options)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "There are no signals here.");
        using var process = RecurrentProcess.Start(["serve", _hybrid, "--port", "0", "--log", "none", .. options]);
        var line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        using var client = new HttpClient { BaseAddress = new Uri(line!.Split(" at ")[1].Split(',')[0]) };
        using var response = await client.PostAsJsonAsync(
            "v1/completions",
            new
            {
                prompt = "the ",
                max_tokens = 50,
                temperature = 0.8,
                seed = 3,
            },
            TestContext.Current.CancellationToken
        );
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var generated = CliRunner.Plain([
            "generate",
            _hybrid,
            "--prompt",
            "the ",
            "--length",
            "50",
            "--seed",
            "3",
            "--json",
            .. options,
        ]);
        Assert.Equal((string)JsonNode.Parse(generated.Out)!["text"]!, (string)answer!["choices"]![0]!["text"]!);
        await RecurrentProcess.SignalAsync(process, "TERM");
        Assert.Equal(ExitCode.Success, (await RecurrentProcess.FinishAsync(process)).ExitCode);
    }

    private static double Bits(string model, params string[] options)
    {
        var result = CliRunner.Plain(["evaluate", model, s_text, "--validation", "1", "--json", .. options]);
        return (double)JsonNode.Parse(result.Out)!["bitsPerCharacter"]!;
    }
}
