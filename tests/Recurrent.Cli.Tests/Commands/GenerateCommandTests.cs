using System.Text.Json;
using Recurrent.Cli.Tests.Support;
using Recurrent.Decoding;
using Recurrent.Formats;

namespace Recurrent.Cli.Tests.Commands;

public sealed class GenerateCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _model;

    public GenerateCommandTests()
    {
        _model = _folder["model.safetensors"];
        CliRunner.Plain(Tiny.Train(_model, 20));
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", 50)]
    [InlineData("the tide ", 20)]
    [InlineData("The Tide", 1)]
    [InlineData("the", 0)]
    public void Prints_the_prefix_as_given_and_its_continuation(string prefix, int length)
    {
        var result = CliRunner.Plain("generate", _model, "--prompt", prefix, "--length", $"{length}");
        var trained = TrainedModel.Load(_model);
        var expected = new TextGenerator(trained.Model, trained.Codec).Generate(
            prefix,
            length,
            TestContext.Current.CancellationToken
        );
        Assert.Equal(length, expected.Length);
        Assert.Equal(new CliResult(0, $"{prefix}{expected}\n", ""), result);
    }

    [Fact]
    public void A_prompt_may_be_called_a_prefix_as_it_was_before() =>
        Assert.Equal(
            CliRunner.Plain("generate", _model, "--prompt", "the tide "),
            CliRunner.Plain("generate", _model, "--prefix", "the tide ")
        );

    [Fact]
    public void A_prompt_under_both_names_is_refused() =>
        CliRunner
            .Plain("generate", _model, "--prefix", "a", "--prompt", "a")
            .AssertFailed(2, "--prompt and --prefix set the same thing; give only --prompt.");

    [Fact]
    public void By_default_writes_300_characters_sampled_and_the_same_each_time()
    {
        var result = CliRunner.Plain("generate", _model);
        Assert.Equal(301, result.Out.Length); // with the line end
        Assert.Equal(result, CliRunner.Plain("generate", _model, "--prompt", "", "--length", "300"));
        Assert.Equal(result, CliRunner.Plain("generate", _model, "--temperature", "0.8", "--seed", "1"));
        Assert.NotEqual(result, CliRunner.Plain("generate", _model, "--greedy"));
    }

    [Fact]
    public void Says_once_what_it_has_never_seen()
    {
        var result = CliRunner.Plain("generate", _model, "--prompt", "caf\u00E9 \u00E9 \e!", "--length", "5");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(
            "The model has never seen \"\u00E9\", \"\\u001B\", \"!\" and reads <unk> instead.\n",
            result.Error
        );
        Assert.StartsWith("caf\u00E9 \u00E9 \e!", result.Out);
    }

    [Fact]
    public void Names_a_few_of_many_unknown_tokens() =>
        Assert.Equal(
            "The model has never seen \"1\", \"2\", \"3\", \"4\", \"5\" and 2 more and reads <unk> instead.\n",
            CliRunner.Plain("generate", _model, "--prompt", "1234567").Error
        );

    [Fact]
    public void Sends_no_control_characters_to_a_terminal()
    {
        using var runner = new CliRunner { OutIsTerminal = true };
        Assert.StartsWith("\\u001B[2J\n", runner.Run("generate", _model, "--prompt", "\e[2J\n").Out);
    }

    [Fact]
    public void Words_follow_a_space_once()
    {
        using var runner = new CliRunner { Input = "one two three four five six\n"u8.ToArray().Repeat(50) };
        var model = _folder["words.safetensors"];
        var trained = runner.Run(Tiny.Train(model, 3, "-", "--tokens", "words"));
        Assert.Equal(0, trained.ExitCode);
        var (spaced, bare) = (
            CliRunner.Plain("generate", model, "--prompt", "one "),
            CliRunner.Plain("generate", model, "--prompt", "one")
        );
        Assert.Equal(bare.Out, spaced.Out);
        Assert.DoesNotContain("  ", spaced.Out);
    }

    [Fact]
    public void A_missing_model_is_a_failure()
    {
        var result = CliRunner.Plain("generate", _folder["none"]);
        Assert.Equal((1, ""), (result.ExitCode, result.Out));
        Assert.Contains($"there is no file {_folder["none"]}", result.Error);
    }

    [Fact]
    public void A_model_that_is_cut_short_is_a_failure()
    {
        var bytes = File.ReadAllBytes(_model);
        foreach (var length in new[] { 0, 4, 8, 100, bytes.Length - 1 })
        {
            var result = CliRunner.Plain("generate", _folder.Write("cut", bytes[..length]));
            Assert.Equal((1, ""), (result.ExitCode, result.Out));
            Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
    }

    [Fact]
    public void Json_has_what_the_text_has_and_no_text_can_part_it()
    {
        var plain = CliRunner.Plain("generate", _model, "--prompt", "the ", "--length", "6").Out.TrimEnd('\n');
        var json = CliRunner.Plain([
            .. "generate --json --tokens --length 6 --samples 2 --prompt".Split(' '),
            "the ",
            "--prompt",
            "a",
            _model,
        ]);
        Assert.Equal((0, "", 4), (json.ExitCode, json.Error, json.Lines.Length));
        var texts = json.Lines.Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal([0, 1, 2, 3], texts.Select(one => one.GetProperty("sample").GetInt32()));
        Assert.Equal(["the ", "the ", "a", "a"], texts.Select(one => one.GetProperty("prompt").GetString()));
        Assert.Equal(plain, "the " + texts[0].GetProperty("text").GetString());
        Assert.Equal(
            texts[0].GetProperty("text").GetString(),
            string.Concat(texts[0].GetProperty("tokens").EnumerateArray().Select(one => one.GetProperty("token")))
        );
        Assert.All(
            texts[0].GetProperty("tokens").EnumerateArray(),
            one => Assert.InRange(one.GetProperty("logProbability").GetDouble(), -50, 0)
        );
    }

    [Fact]
    public void A_stop_string_is_an_end_of_its_own()
    {
        var stopped = CliRunner.Plain("generate", _model, "--json", "--stop", " ", "--length", "200").Out;
        Assert.Contains("\"end\":\"stop\",\"seed\":1,\"tokens\":null}", stopped);
        var greedy = CliRunner.Plain("generate", _model, "--json", "--greedy", "--length", "2").Out;
        Assert.Contains("\"end\":\"length\",\"seed\":null,", greedy);
    }

    [Fact]
    public void A_prompt_comes_from_a_file_or_a_pipe_without_its_last_line_end()
    {
        var file = _folder.Write("prompt.txt", "the \r\n");
        var expected = CliRunner.Plain("generate", _model, "--prompt", "the ", "--length", "5").Out;
        Assert.Equal(expected, CliRunner.Plain("generate", _model, "--prompt-file", file, "--length", "5").Out);
        using var piped = new CliRunner { Input = "the \n"u8.ToArray() };
        Assert.Equal(expected, piped.Run("generate", _model, "--prompt-file", "-", "--length", "5").Out);
        CliRunner
            .Plain("generate", _model, "--prompt-file", "-")
            .AssertFailed(
                2,
                "--prompt-file - means standard input, which is a terminal; pipe a text in, or give --prompt."
            );
        CliRunner
            .Plain("generate", _model, "--tokens")
            .AssertFailed(2, "--tokens needs --json, which has a place for them.");
    }
}
