using Recurrent.Cli.Tests.Support;
using Recurrent.Decoding;
using Recurrent.Formats;

namespace Recurrent.Cli.Tests.Commands;

public sealed class GenerateSamplingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _model;

    public GenerateSamplingTests()
    {
        _model = _folder["model.safetensors"];
        CliRunner.Plain(Tiny.Train(_model, 5));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Prints_what_the_library_generates()
    {
        AssertPrints(new SamplingOptions { Temperature = 0.7 }, "--temperature", "0.7");
        AssertPrints(new SamplingOptions { Temperature = 0.5 }, "--alpha", "2");
        AssertPrints(new SamplingOptions { Temperature = 0.8, TopK = 3 }, "--top-k", "3");
        AssertPrints(SamplingOptions.Greedy, "--greedy");
        AssertPrints(SamplingOptions.Greedy, "--temperature", "0");
        AssertPrints(new SamplingOptions { TopP = 0.5, Seed = 8 }, "--top-p", "0.5", "--seed", "8");
        AssertPrints(new SamplingOptions { MinP = 0.2 }, "--min-p", "0.2");
        AssertPrints(SamplingOptions.Greedy with { RepetitionPenalty = 3 }, "--greedy", "--repetition-penalty", "3");
        AssertPrints(
            new SamplingOptions { Temperature = 1, StopStrings = ["e", "a t"] },
            "--temperature",
            "1",
            "--stop",
            "a t",
            "--stop",
            "e"
        );
    }

    [Fact]
    public void Samples_stand_below_each_other_and_the_first_is_the_text_of_one()
    {
        var one = Generate("--samples", "1");
        var three = Generate("--samples", "3").Split("---\n");
        Assert.Equal(3, three.Distinct().Count());
        Assert.Equal(one, three[0]);
        Assert.All(three, text => Assert.StartsWith("the ", text));
        Assert.All(three, text => Assert.EndsWith("\n", text));
    }

    [Fact]
    public void Chance_is_the_same_each_time_and_another_by_another_seed()
    {
        Assert.Equal(Generate("--temperature", "1"), Generate("--temperature", "1", "--seed", "1"));
        Assert.NotEqual(Generate("--temperature", "1"), Generate("--seed", "2"));
        Assert.Equal(Generate("--seed", "18446744073709551615"), Generate("--seed", "-1"));
    }

    [Theory]
    [InlineData("--temperature", "-1", "a number from 0 to 1,000")]
    [InlineData("--temperature", "warm", "a number from 0 to 1,000")]
    [InlineData("--alpha", "0", "a number of at least 0.001")]
    [InlineData("--alpha", "Infinity", "a number of at least 0.001")]
    [InlineData("--top-k", "-1", "a whole number of at least 0")]
    [InlineData("--top-p", "0", "a number above 0 and at most 1")]
    [InlineData("--repetition-penalty", "0.5", "a number from 1 to 100")]
    [InlineData("--seed", "x", "a whole number from -9223372036854775808 to 18446744073709551615")]
    [InlineData("--samples", "0", "a whole number from 1 to 1,000")]
    public void Names_the_option_the_value_and_the_range(string option, string value, string range) =>
        CliRunner
            .Plain("generate", _model, option, value)
            .AssertFailed(
                2,
                $"{option} is \"{value}\" and must be {range}; recurrent generate --help shows how it is used."
            );

    [Fact]
    public void Refuses_an_empty_stop_and_two_ways_to_say_one_thing()
    {
        CliRunner
            .Plain("generate", _model, "--stop", "")
            .AssertFailed(
                2,
                "--stop is empty and would stop every text at once; recurrent generate --help shows how it is used."
            );
        CliRunner
            .Plain("generate", _model, "--alpha", "1", "--temperature", "1")
            .AssertFailed(
                2,
                "--temperature and --alpha set the same thing, temperature = 1/alpha; give only one of them."
            );
    }

    [Theory]
    [InlineData("--temperature", "0.5")]
    [InlineData("--alpha", "2")]
    [InlineData("--top-k", "3")]
    [InlineData("--top-p", "0.5")]
    [InlineData("--seed", "2")]
    [InlineData("--samples", "2")]
    public void Greedy_leaves_nothing_to_chance(string option, string value) =>
        CliRunner
            .Plain("generate", _model, "--greedy", option, value)
            .AssertFailed(
                2,
                $"--greedy always takes the most likely token, so {option} has no effect; give only one of them."
            );

    [Fact]
    public void Beams_print_the_text_that_the_library_finds()
    {
        var trained = TrainedModel.Load(_model);
        var generator = new TextGenerator(trained.Model, trained.Codec, SamplingOptions.Greedy);
        var expected = generator.Search("the ", 50, 4, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal($"the {expected}\n", Generate("--beams", "4"));
        Assert.Equal(Generate(), Generate("--beams", "1"));
        CliRunner
            .Plain("generate", _model, "--beams", "2", "--top-k", "3")
            .AssertFailed(
                2,
                "--beams searches for the most likely text, so --top-k has no effect; give only one of them."
            );
    }

    private void AssertPrints(SamplingOptions options, params string[] arguments)
    {
        var trained = TrainedModel.Load(_model);
        var expected = new TextGenerator(trained.Model, trained.Codec, options).Generate("the ");
        Assert.Equal($"the {expected}\n", Generate(arguments));
    }

    private string Generate(params string[] arguments)
    {
        var result = CliRunner.Plain(["generate", _model, "--prompt", "the ", .. arguments]);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        return result.Out;
    }
}
