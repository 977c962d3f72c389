using System.Text.Json;
using Recurrent.Cli.Tests.Support;
using Recurrent.Evaluation;
using Recurrent.Formats;

namespace Recurrent.Cli.Tests.Commands;

public sealed class CompareCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _good;
    private readonly string _bad;
    private readonly string _text;

    public CompareCommandTests()
    {
        (_good, _bad) = (_folder["good.safetensors"], _folder["bad.safetensors"]);
        CliRunner.Plain(Tiny.Train(_good, 20));
        CliRunner.Plain(Tiny.Train(_bad, 1));
        _text = _folder.Write(
            "text.txt",
            string.Concat(Enumerable.Repeat("the tide was out and the miller sang ", 90))
        );
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_better_model_is_named_with_the_interval()
    {
        var result = CliRunner.Plain("compare", _good, _bad, _text);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal($"on text.txt, all 3,329 characters", result.Lines[0]);
        Assert.Equal(["", _good, _bad], result.Lines[1..4].Select(line => line.Split("  ")[0].Trim()));
        Assert.StartsWith($"{_good} is better than {_bad} by ", result.Lines[4]);
        Assert.Contains(" nats per token (95% confidence: ", result.Lines[4]);
        Assert.StartsWith(
            $"{_good} is better than {_bad} by ",
            CliRunner.Plain("compare", _bad, _good, _text).Lines[4]
        );
    }

    [Fact]
    public void A_model_and_itself_are_not_told_apart()
    {
        var result = CliRunner.Plain("compare", _good, _good, _text);
        Assert.StartsWith($"the text does not decide between {_good} and {_good}: ", result.Lines[4]);
        var small = _folder.Write("small.txt", "the tide was out");
        Assert.Equal(
            "too short for a confidence interval, which needs 1,024 bytes",
            CliRunner.Plain("compare", _good, _bad, small).Lines[4]
        );
    }

    [Fact]
    public void Json_has_what_the_library_measures()
    {
        var result = CliRunner.Plain("compare", _good, _bad, _text, "--json");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        using var json = JsonDocument.Parse(result.Out);
        var (root, difference) = (json.RootElement, json.RootElement.GetProperty("difference"));
        var expected = ModelEvaluator.Compare(
            TrainedModel.Load(_good),
            TrainedModel.Load(_bad),
            File.ReadAllText(_text),
            TestContext.Current.CancellationToken
        );
        Assert.Equal(expected.Difference, difference.GetProperty("bitsPerCharacter").GetDouble());
        Assert.Equal(expected.NatsPerToken, difference.GetProperty("natsPerToken").GetDouble());
        Assert.Equal(expected.Difference - expected.Margin, difference.GetProperty("confidence95")[0].GetDouble());
        Assert.True(difference.GetProperty("isDecided").GetBoolean());
        Assert.Equal(_bad, root.GetProperty("second").GetProperty("model").GetString());
        Assert.Equal("whole", root.GetProperty("part").GetString());
    }

    [Fact]
    public void What_both_held_out_is_measured_and_of_two_shares_the_smaller()
    {
        var (large, small) = (_folder["large.safetensors"], _folder["small.safetensors"]);
        string[] tiny = "--hidden 8 --epochs 1 --no-report --no-counts".Split(' ');
        Assert.Equal(0, CliRunner.Plain(["train", _text, "--validation", "0.5", "-o", large, .. tiny]).ExitCode);
        Assert.Equal(0, CliRunner.Plain(["train", _text, "--validation", "0.25", "-o", small, .. tiny]).ExitCode);
        foreach (
            var models in (string[][])
                [
                    [large, small],
                    [small, large],
                ]
        )
        {
            Assert.Equal(
                "on text.txt, the 832 characters that the training run held out",
                CliRunner.Plain(["compare", .. models, _text]).Lines[0]
            );
        }
        Assert.Equal(
            $"on text.txt, the last 1,665 characters, which {small} was trained on",
            CliRunner.Plain("compare", large, small, _text, "--validation", "0.5").Lines[0]
        );
    }

    [Fact]
    public void A_text_from_a_pipe_is_read_for_both()
    {
        using var runner = new CliRunner { Input = File.ReadAllBytes(_text) };
        var piped = runner.Run("compare", _good, _bad, "-");
        Assert.Equal(CliRunner.Plain("compare", _good, _bad, _text).Lines[1..], piped.Lines[1..]);
    }

    [Fact]
    public void Words_are_compared_with_characters_and_other_characters_are_refused()
    {
        var (words, all) = (_folder["words.safetensors"], _folder["all.safetensors"]);
        string[] tiny = "--hidden 8 --epochs 1 --no-report".Split(' ');
        var ways = "--tokens words --normalize letters --lines nothing".Split(' ');
        Assert.Equal(0, CliRunner.Plain(["train", _text, "-o", words, .. ways, .. tiny]).ExitCode);
        Assert.Equal(0, CliRunner.Plain(["train", _text, "-o", all, .. tiny]).ExitCode);
        var other = _folder.Write("other.txt", "and out again " + File.ReadAllText(_text)); // neither was trained on it
        Assert.Contains(" is better than ", CliRunner.Plain("compare", _good, words, other).Lines[4]);
        CliRunner
            .Plain("compare", _good, all, _text)
            .AssertFailed(
                1,
                "The two models do not read the same characters of this text; compare models that were trained with "
                    + "the same normalization and line ends."
            );
    }

    [Fact]
    public void Evaluate_compares_the_model_with_the_best_n_gram()
    {
        using var json = JsonDocument.Parse(CliRunner.Plain("evaluate", _bad, "story", "--json").Out);
        var (root, best) = (json.RootElement, json.RootElement.GetProperty("bestNGram"));
        var least = root.GetProperty("baselines")
            .EnumerateArray()
            .Where(one => one.GetProperty("name").GetString()!.EndsWith("-gram", StringComparison.Ordinal))
            .MinBy(one => one.GetProperty("bitsPerCharacter").GetDouble());
        Assert.Equal(least.GetProperty("name").GetString(), best.GetProperty("name").GetString());
        Assert.Equal(
            root.GetProperty("bitsPerCharacter").GetDouble() - least.GetProperty("bitsPerCharacter").GetDouble(),
            best.GetProperty("difference").GetProperty("bitsPerCharacter").GetDouble()
        );
        Assert.True(best.GetProperty("difference").GetProperty("isDecided").GetBoolean());
        Assert.True(best.GetProperty("difference").GetProperty("confidence95")[0].GetDouble() > 0); // it is worse
    }
}
