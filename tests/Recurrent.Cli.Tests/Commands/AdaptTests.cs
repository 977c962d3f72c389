using System.Text.Json;
using System.Text.Json.Nodes;
using Recurrent.Adaptation;
using Recurrent.Cli.Tests.Support;
using Recurrent.Decoding;
using Recurrent.Evaluation;
using Recurrent.Formats;

namespace Recurrent.Cli.Tests.Commands;

/// <summary>The option --adapt of evaluate, generate and pack.</summary>
public sealed class AdaptTests : IDisposable
{
    private static readonly byte[] s_odd = [.. "The miller sang.\r\n麵 "u8, 0xFF, 0];

    private readonly TemporaryFolder _folder = new();
    private readonly string _model;

    public AdaptTests()
    {
        _model = _folder["model.safetensors"];
        CliRunner.Plain(Tiny.Train(_model, 20));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Evaluate_prints_the_model_that_learns_beside_the_one_that_does_not()
    {
        var text = string.Concat(Enumerable.Repeat("the tide was out and in again ", 40));
        var path = _folder.Write("text.txt", text);
        var (before, plain) = (File.ReadAllBytes(_model), CliRunner.Plain("evaluate", _model, path));
        var result = CliRunner.Plain("evaluate", _model, path, "--adapt");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(before, File.ReadAllBytes(_model));
        Assert.Equal(plain.Lines, result.Lines.Where(line => !line.StartsWith("adaptive", StringComparison.Ordinal)));
        Assert.StartsWith("adaptive  ", result.Lines[3]);
        Assert.Contains(
            "adaptive: a copy of the model that learns from each token once it has predicted it; compare it with compressors alone",
            result.Lines
        );
        var measured = ModelEvaluator.MeasureAdaptive(
            TrainedModel.Load(_model),
            text,
            TestContext.Current.CancellationToken
        );
        Assert.EndsWith($"{measured.BitsPerCharacter:0.0000}     {measured.BitsPerByte:0.0000}", result.Lines[3]);
        using var json = JsonDocument.Parse(CliRunner.Plain("evaluate", _model, path, "--adapt", "--json").Out);
        var adaptive = json.RootElement.GetProperty("adaptive");
        Assert.Equal(measured.BitsPerCharacter, adaptive.GetProperty("bitsPerCharacter").GetDouble());
        Assert.Equal(measured.Perplexity, adaptive.GetProperty("perplexity").GetDouble());
        using var without = JsonDocument.Parse(CliRunner.Plain("evaluate", _model, path, "--json").Out);
        Assert.Equal(JsonValueKind.Null, without.RootElement.GetProperty("adaptive").ValueKind);
    }

    [Fact]
    public void Learns_from_the_prompt_where_asked_and_leaves_the_file_as_it_is()
    {
        var prompt = string.Concat(Enumerable.Repeat("zzyzx ", 100));
        var (file, trained) = (File.ReadAllBytes(_model), TrainedModel.Load(_model));
        string[] arguments = ["generate", _model, "--prompt", prompt, "--length", "40"];
        var learned = CliRunner.Plain([.. arguments, "--adapt"]);
        var reader = AdaptiveReader.Of(trained.Model);
        foreach (var token in trained.Codec.Encode(prompt))
        {
            reader.Read(token);
        }
        var expected = new TextGenerator(reader.Adapted(), trained.Codec).Generate(
            prompt,
            40,
            TestContext.Current.CancellationToken
        );
        Assert.StartsWith(prompt + expected, learned.Out);
        Assert.NotEqual(CliRunner.Plain(arguments).Out, learned.Out);
        Assert.Equal(file, File.ReadAllBytes(_model));
    }

    [Theory]
    [InlineData("--adapt")]
    [InlineData("--adapt --prompt a --prompt b")]
    public void Learns_from_one_prompt(string options) =>
        CliRunner
            .Plain(["generate", _model, .. options.Split(' ')])
            .AssertFailed(2, "--adapt learns from one prompt; give one, by --prompt or --prompt-file.");

    [Theory]
    [InlineData("gru")]
    [InlineData("gru-words")]
    [InlineData("lstm-bytes")]
    public void A_text_from_which_the_model_learns_comes_back(string model)
    {
        var (text, path) = (_folder["mine.txt"], OldFiles.PathOf($"{model}.safetensors"));
        byte[] bytes = [.. Enumerable.Repeat(s_odd, 100).SelectMany(text => text)];
        _folder.Write("mine.txt", bytes);
        CliRunner.Plain("pack", path, text, "-o", text + ".plain", "-q");
        var packed = CliRunner.Plain("pack", path, text, "-o", text + ".packed", "--adapt");
        Assert.Equal((0, ""), (packed.ExitCode, packed.Error));
        Assert.EndsWith(" bits per character, adaptive", packed.Lines[0]);
        Assert.True(new FileInfo(text + ".packed").Length < new FileInfo(text + ".plain").Length);
        var unpacked = CliRunner.Plain("unpack", path, text + ".packed", "-o", _folder["again"], "--json");
        Assert.True((bool)JsonNode.Parse(unpacked.Out)!["adaptive"]!);
        Assert.Equal(bytes, File.ReadAllBytes(_folder["again"]));
    }
}
