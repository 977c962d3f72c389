using System.Text;
using Recurrent.Cli.Tests.Support;
using Recurrent.Formats;
using Recurrent.Models;

namespace Recurrent.Cli.Tests.Training;

/// <summary>Counts of n-grams beside the network, as train says and saves them.</summary>
public sealed class CountsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _text;

    public CountsTests()
    {
        var lines = Enumerable.Range(0, 300).Select(i => i % 3 == 0 ? "the miller sang" : $"of rye and {i * i % 7}");
        _text = _folder.Write("song.txt", Encoding.UTF8.GetBytes(string.Join('\n', lines)));
    }

    private string Model => _folder["song.safetensors"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Both_perplexities_are_said_and_kept()
    {
        var result = Train("--validation", "0.2");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        var line = Assert.Single(result.Lines, one => one.StartsWith("counts ", StringComparison.Ordinal));
        Assert.Matches(
            @"^counts of 8-grams in 3,\d{3} characters: validation perplexity [\d.]+ with them, [\d.]+ without; "
                + "saved with the network$",
            line
        );
        var trained = TrainedModel.Load(Model);
        Assert.IsType<MixedModel>(trained.Model);
        Assert.True(trained.Training.ValidationPerplexity < trained.Training.NetworkValidationPerplexity);
        var inspected = CliRunner.Plain("inspect", Model).Lines;
        Assert.Single(inspected, one => one.StartsWith("counts        ", StringComparison.Ordinal));
        Assert.Single(
            inspected,
            one =>
                one.StartsWith("validation    ", StringComparison.Ordinal)
                && one.EndsWith("without counts", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("--no-counts")]
    [InlineData("--counts", "never")]
    [InlineData("--validation", "0")]
    public void Without_them_the_network_is_all_there_is(params string[] options)
    {
        var result = Train(options);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.DoesNotContain("counts", result.Out);
        Assert.IsNotType<MixedModel>(TrainedModel.Load(Model).Model);
    }

    [Fact]
    public void They_are_there_when_asked_for_without_a_validation_text()
    {
        var result = Train("--validation", "0", "--counts", "always", "--counts-weight", "0.7");
        Assert.Contains(result.Lines, one => one.EndsWith(" are saved with the network", StringComparison.Ordinal));
        Assert.Equal(0.3, Assert.IsType<MixedModel>(TrainedModel.Load(Model).Model).Weight, 1e-6);
    }

    [Theory]
    [InlineData("--no-counts leaves out what --counts asks for; give one of them.", "--no-counts", "--counts", "auto")]
    [InlineData(
        "--counts-weight has no effect here; leave it out or add --counts auto.",
        "--no-counts",
        "--counts-weight",
        "0.4"
    )]
    [InlineData(
        "--counts-weight has no effect here; leave it out or add --counts auto.",
        "--preset",
        "book",
        "--counts-weight",
        "0.4"
    )]
    [InlineData(
        "--counts-weight is \"1\" and must be a number from 0.01 to 0.99; recurrent train --help shows how it is used.",
        "--counts-weight",
        "1"
    )]
    public void What_does_not_go_together_is_said(string sentence, params string[] options) =>
        Train(options).AssertFailed(2, sentence);

    [Fact]
    public void Counts_beside_a_bidirectional_model_are_refused_when_asked_for()
    {
        Train("--bidirectional", "--counts", "always")
            .AssertFailed(
                1,
                "Counts read a text from left to right and cannot be mixed with a bidirectional model; leave one of "
                    + "the two out."
            );
        Assert.Equal(0, Train("--bidirectional").ExitCode);
    }

    private CliResult Train(params string[] options) =>
        CliRunner.Plain([
            "train",
            _text,
            .. $"--out {Model} --hidden 16 --batch 8 --steps 8 --epochs 3 --threads 1 --no-report".Split(' '),
            .. options,
        ]);
}
