using System.Text.Json;
using Recurrent.Cli.Output;
using Recurrent.Cli.Tests.Support;
using Recurrent.Formats;

namespace Recurrent.Cli.Tests.Commands;

/// <summary>The verb inspect.</summary>
public sealed class InspectCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _model;

    public InspectCommandTests()
    {
        _model = _folder["model.safetensors"];
        CliRunner.Plain(Tiny.Train(_model, 5));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Inspect_shows_what_the_file_holds()
    {
        var result = CliRunner.Plain("inspect", _model);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Golden.Check("inspect.txt", result.Out);
    }

    [Fact]
    public void Inspect_as_json_gives_the_same_to_programs()
    {
        using var json = JsonDocument.Parse(CliRunner.Plain("inspect", _model, "--json").Out);
        var root = json.RootElement;
        var trained = TrainedModel.Load(_model);
        Assert.Equal(16, root.GetProperty("configuration").GetProperty("hiddenSize").GetInt32());
        Assert.Equal(
            trained.Model.Parameters.Select(parameter => ParameterFacts.Of(parameter).Hash),
            root.GetProperty("parameters").EnumerateArray().Select(one => one.GetProperty("hash").GetString())
        );
        Assert.Equal(trained.Codec.Vocabulary.Count, root.GetProperty("vocabulary").GetArrayLength());
        Assert.Equal(trained.Training.CorpusHash, root.GetProperty("training").GetProperty("corpusHash").GetString());
    }

    [Theory]
    [InlineData("characters", "letters", "nothing", "lf")]
    [InlineData("bytes", "none", "nothing", "keep", "--tokens bytes --normalize none --line-ends keep")]
    [InlineData("words", "letters", "space", "lf", "--tokens words --lines space")]
    public void Inspect_as_json_says_how_a_text_is_read_in_the_words_of_its_options(
        string tokenizer,
        string normalization,
        string lineJoin,
        string lineEnds,
        string options = ""
    )
    {
        var model = _folder["words.safetensors"];
        Assert.Equal(
            0,
            CliRunner
                .Plain([.. Tiny.Train(model, 1), .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)])
                .ExitCode
        );
        using var json = JsonDocument.Parse(CliRunner.Plain("inspect", model, "--json").Out);
        Assert.Equal(
            JsonSerializer.Serialize(
                new
                {
                    tokenizer,
                    normalization,
                    lineJoin,
                    lineEnds,
                }
            ),
            json.RootElement.GetProperty("text").GetRawText()
        );
    }
}
