using System.Security.Cryptography;
using System.Text.Json;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Tests.Support;
using Recurrent.Formats;

namespace Recurrent.Cli.Tests.Commands;

public sealed class TrainCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Model => _folder["model.safetensors"];

    public void Dispose() => _folder.Dispose();

    // The clock steps evenly, and the losses are the same bits everywhere, so even the speeds are known.
    [Fact]
    public void Plain_output_is_a_line_for_every_tenth_epoch()
    {
        var result = CliRunner.Plain(Tiny.Train(Model, epochs: 25));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.DoesNotContain('\e', result.Out);
        Golden.Check("train-plain.txt", result.Out.Replace(_folder.Path, "FOLDER"));
    }

    [Fact]
    public void Json_output_is_an_event_a_line()
    {
        var result = CliRunner.Plain(Tiny.Train(Model, epochs: 2, "--json"));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        var lines = result.Lines.Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(
            ["start", "epoch", "sample", "epoch", "sample", "end"],
            lines.Select(line => line.EnumerateObject().First()).Select(first => $"{first.Value}")
        );
        var epochs = lines.Where(line => line.GetProperty("event").GetString() == "epoch").ToArray();
        Assert.Equal([1, 2], epochs.Select(line => line.GetProperty("epoch").GetInt32()));
        var end = lines[^1];
        var trained = TrainedModel.Load(end.GetProperty("model").GetString()!);
        Assert.Equal(trained.Model.Parameters.Sum(p => p.Value.Count), end.GetProperty("parameters").GetInt64());
        Assert.Equal(trained.Training.Perplexity, end.GetProperty("perplexity").GetDouble());
        Assert.Equal(trained.Training.Perplexity, epochs[^1].GetProperty("perplexity").GetDouble());
        Assert.Equal(
            end.GetProperty("tokensPerSecond").GetDouble() * end.GetProperty("seconds").GetDouble(),
            trained.Training.Tokens,
            precision: 6
        );
        Assert.Equal(
            "sha256:" + Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Model))),
            end.GetProperty("hash").GetString()
        );
        Assert.Equal(
            ["the miller ", "the tide "],
            end.GetProperty("continuations").EnumerateArray().Select(c => c.GetProperty("prompt").GetString())
        );
    }

    [Fact]
    public void The_model_file_tells_how_it_came_to_be()
    {
        CliRunner.Plain(Tiny.Train(Model, 3, "story", "--seed", "7", "--clip", "0", "--sampler", "random"));
        var trained = TrainedModel.Load(Model);
        Assert.Equal(16, trained.Model.Configuration.HiddenSize);
        Assert.Equal(("story", 3), (trained.Training.Text, trained.Training.Epochs));
        Assert.StartsWith("sha256:", trained.Training.CorpusHash);
        Assert.Equal(
            [
                new("seed", "7"),
                new("batch", "4"),
                new("steps", "8"),
                new("epochs", "3"),
                new("learning-rate", "1"),
                new("clip", "0"),
                new("sampler", "random"),
                new("max-tokens", "500"),
            ],
            trained.Training.Settings
        );
    }

    [Fact]
    public void The_same_seed_gives_the_same_file_and_another_seed_another()
    {
        string[] models = [_folder["a"], _folder["b"], _folder["c"]];
        CliRunner.Plain(Tiny.Train(models[0]));
        CliRunner.Plain([.. Tiny.Train(models[1]).SkipLast(1), "2"]); // threads
        CliRunner.Plain(Tiny.Train(models[2], 3, "--seed", "2"));
        Assert.Equal(File.ReadAllBytes(models[0]), File.ReadAllBytes(models[1]));
        Assert.NotEqual(File.ReadAllBytes(models[0]), File.ReadAllBytes(models[2]));
    }

    [Fact]
    public void A_seed_is_64_bits_with_a_sign_or_without()
    {
        string[] models = [_folder["a"], _folder["b"]];
        CliRunner.Plain(Tiny.Train(models[0], 3, "--seed", "-1"));
        CliRunner.Plain(Tiny.Train(models[1], 3, "--seed", "18446744073709551615"));
        Assert.Equal(File.ReadAllBytes(models[0]), File.ReadAllBytes(models[1]));
        Assert.Contains(new("seed", "18446744073709551615"), TrainedModel.Load(models[0]).Training.Settings);
    }

    [Fact]
    public void A_text_from_a_pipe_is_continued_from_its_own_words()
    {
        using var runner = new CliRunner { Input = "春眠不觉晓，处处闻啼鸟。\n\n"u8.ToArray().Repeat(30) };
        var result = runner.Run(Tiny.Train(Model, 3, "-", "--normalize", "none"));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("  春眠不觉晓，处处", result.Out);
        Assert.Equal("text", TrainedModel.Load(Model).Training.Text);
    }

    [Fact]
    public void A_terminal_as_standard_input_says_what_to_do() =>
        CliRunner
            .Plain("train", "-")
            .AssertFailed(
                2,
                "- means standard input, which is a terminal; "
                    + "pipe a text in, as in cat my.txt | recurrent train - ."
            );

    [Fact]
    public void A_replaced_model_is_the_new_one()
    {
        CliRunner.Plain(Tiny.Train(Model));
        var old = File.ReadAllBytes(Model);
        Assert.Equal(0, CliRunner.Plain(Tiny.Train(Model, 4)).ExitCode);
        Assert.NotEqual(old, File.ReadAllBytes(Model));
    }

    [Fact]
    public void A_live_view_is_painted_in_a_terminal_only()
    {
        using var runner = new CliRunner { Terminal = new Terminal(() => 80, () => 24, Color: true) };
        Assert.Contains("\e[", runner.Run(Tiny.Train(Model)).Out);
    }
}
