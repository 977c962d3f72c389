using System.Text.Json;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Tests.Support;
using Recurrent.Formats;
using Recurrent.Models;

namespace Recurrent.Cli.Tests.Commands;

/// <summary>Models of several layers, both directions, embeddings and dropout.</summary>
public sealed class DeepModelTests : IDisposable
{
    private const string WhyNoText =
        "No text is shown, because a bidirectional model reads ahead and so cannot generate.\n";

    private static readonly string[] s_deep =
    [
        .. "--model lstm --layers 2 --dropout 0.25 --embedding 16 --tied --sigma 0.1".Split(' '),
    ];

    private readonly TemporaryFolder _folder = new();

    private string Model => _folder["model.safetensors"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_chosen_is_shown_and_saved()
    {
        var result = CliRunner.Plain(Tiny.Train(Model, 3, s_deep));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(
            "story: 500 characters, 28 vocabulary entries; "
                + "lstm: 2 layers of 16 hidden units, embedding 16 tied to the output, dropout 0.25, 4,828 weights; on cpu",
            result.Lines[0]
        );
        Assert.Equal(
            new ModelConfiguration
            {
                Kind = "lstm",
                VocabularySize = 28,
                HiddenSize = 16,
                Layers = 2,
                Dropout = 0.25,
                EmbeddingSize = 16,
                TiedWeights = true,
                InitialDeviation = 0.1,
            },
            TrainedModel.Load(Model).Model.Configuration
        );
        Assert.Equal(0, CliRunner.Plain("generate", Model, "--prefix", "the ").ExitCode);
    }

    [Fact]
    public void Json_ends_with_the_model_that_was_chosen()
    {
        var result = CliRunner.Plain(Tiny.Train(Model, 1, ["--json", .. s_deep]));
        var model = JsonDocument.Parse(result.Lines[^1]).RootElement.GetProperty("configuration");
        Assert.Equal("lstm", model.GetProperty("kind").GetString());
        Assert.Equal(2, model.GetProperty("layers").GetInt32());
        Assert.Equal(0.25, model.GetProperty("dropout").GetDouble());
        Assert.Equal(16, model.GetProperty("embeddingSize").GetInt32());
        Assert.True(model.GetProperty("tiedWeights").GetBoolean());
        Assert.False(model.GetProperty("bidirectional").GetBoolean());
    }

    [Fact]
    public void The_same_seed_drops_the_same_whatever_the_threads()
    {
        var other = _folder["other"];
        CliRunner.Plain(Tiny.Train(Model, 3, s_deep));
        CliRunner.Plain([.. Tiny.Train(other, 3, s_deep).SkipLast(1), "3"]); // threads
        Assert.Equal(File.ReadAllBytes(Model), File.ReadAllBytes(other));
    }

    [Fact]
    public void A_model_that_is_too_large_is_refused_before_it_is_made() =>
        CliRunner
            .Plain([
                .. "train --model lstm --layers 2 --hidden 16384 --embedding 1 --sigma 1".Split(' '),
                "--bidirectional",
                "--json",
                "--out",
                Model,
            ])
            .AssertFailed(
                1,
                "With a vocabulary of 57 entries and a hidden size of 16,384 a parameter has more values than the most "
                    + "possible, 2,147,483,647; choose a smaller one."
            );

    [Fact]
    public void A_bidirectional_model_is_trained_without_samples_and_refuses_to_generate()
    {
        string[] both = ["--model", "gru", "--bidirectional"];
        var result = CliRunner.Plain(Tiny.Train(Model, 25, both));
        Assert.Equal((0, WhyNoText), (result.ExitCode, result.Error));
        Golden.Check("train-bidirectional.txt", result.Out.Replace(_folder.Path, "FOLDER"));
        CliRunner
            .Plain("generate", Model, "--prefix", "the ")
            .AssertFailed(
                1,
                $"{Model} holds a bidirectional model, which reads ahead and so cannot generate text; "
                    + "train one without --bidirectional."
            );
    }

    [Fact]
    public void A_bidirectional_model_has_no_samples_in_json_and_in_a_terminal()
    {
        string[] both = ["--model", "rnn", "--bidirectional"];
        var json = CliRunner.Plain(Tiny.Train(Model, 2, [.. both, "--json"]));
        Assert.Equal((0, WhyNoText), (json.ExitCode, json.Error));
        var last = JsonDocument.Parse(json.Lines[^1]).RootElement;
        Assert.Empty(last.GetProperty("continuations").EnumerateArray());
        using var runner = new CliRunner { Terminal = new Terminal(() => 80, () => 24, Color: false) };
        var live = runner.Run(Tiny.Train(Model, 2, both));
        Assert.Equal((0, WhyNoText), (live.ExitCode, live.Error));
        Assert.DoesNotContain("the miller", live.Out);
        Assert.Contains("16 hidden units in both", live.Out);
    }
}
