using Recurrent.Cli.Hosting;
using Recurrent.Cli.Tests.Support;
using Recurrent.Formats;

namespace Recurrent.Cli.Tests.Training;

/// <summary>train --from: a model is trained further.</summary>
public sealed class GoingOnTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Old => _folder["old.safetensors"];

    private string New => _folder["new.safetensors"];

    public void Dispose() => _folder.Dispose();

    private string Text(string words)
    {
        File.WriteAllText(_folder["my.txt"], string.Concat(Enumerable.Repeat(words + "\n", 40)));
        return _folder["my.txt"];
    }

    private static string[] Small(string text, string model, params string[] more) =>
        ["train", text, .. $"--out {model} --epochs 3 --batch 4 --steps 8 --threads 1 --no-report".Split(' '), .. more];

    private void TrainOld() =>
        CliRunner.Plain(
            Small(Text("the old mill by the river"), Old, "--hidden", "16", "--embedding", "8", "--keep", "2")
        );

    [Fact]
    public void It_goes_on_with_another_text_and_leaves_the_model_as_it_was()
    {
        TrainOld();
        var before = File.ReadAllBytes(Old);
        var result = CliRunner.Plain(Small(Text("the river by the old mill"), New, "--from", Old));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("16 hidden units, embedding 8", result.Out);
        Assert.Equal(before, File.ReadAllBytes(Old));
        var settings = TrainedModel.Load(New).Training.Settings.ToDictionary();
        Assert.StartsWith("sha256:", settings["from"]);
        Assert.StartsWith("sha256:", settings["from-moments"]); // of the checkpoint that --keep left
    }

    [Fact]
    public void New_characters_are_refused_with_the_list_or_added()
    {
        TrainOld();
        var text = Text("the quay by the river");
        CliRunner
            .Plain(Small(text, New, "--from", Old))
            .AssertFailed(
                1,
                "The model does not know 3 characters of the text: q u a; add them with --extend-vocabulary, or leave them "
                    + "out of the text."
            );
        Assert.False(File.Exists(New));
        var result = CliRunner.Plain(Small(text, New, "--from", Old, "--extend-vocabulary"));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        var (old, now) = (TrainedModel.Load(Old), TrainedModel.Load(New));
        Assert.Equal([.. old.Codec.Vocabulary.Tokens, "q", "u", "a"], now.Codec.Vocabulary.Tokens);
    }

    [Theory]
    [InlineData("--hidden", "--hidden", "8")]
    [InlineData("--tokens", "--tokens", "words")]
    public void What_the_model_decides_cannot_be_given(string option, params string[] more)
    {
        TrainOld();
        CliRunner
            .Plain(Small(Text("the old mill"), New, ["--from", Old, .. more]))
            .AssertFailed(
                2,
                $"{option} cannot be changed in a model that is trained further; leave it out, or leave --from out to "
                    + "train one from the beginning."
            );
    }

    [Fact]
    public void Only_an_out_of_that_name_writes_over_the_model_that_it_goes_on_from()
    {
        TrainOld();
        var name = $"{Path.GetFileName(_folder.Path)}.safetensors"; // of a model in this folder, by default
        var text = _folder[Path.ChangeExtension(name, ".txt")];
        File.Copy(Text("the old mill"), text);
        File.Copy(Old, name);
        try
        {
            CliRunner
                .Plain("train", text, "--from", name)
                .AssertFailed(
                    1,
                    $"{name} is the model to go on from; name another file with --out, or this one to replace it."
                );
        }
        finally
        {
            File.Delete(name);
        }
    }

    [Fact]
    public void Written_over_the_model_that_it_goes_on_from_it_is_the_model_that_another_file_would_have()
    {
        TrainOld();
        var (old, text) = (File.ReadAllBytes(Old), Text("the river by the old mill"));
        CliRunner.Plain(Small(text, New, "--from", Old));
        var over = CliRunner.Plain(Small(text, Old, "--from", Old));
        var kept = _folder["old.1.safetensors"];
        Assert.Equal(
            (0, $"{Old} held a model that is better or of another text; it is kept in {kept}.\n"),
            (over.ExitCode, over.Error)
        );
        Assert.Equal(old, File.ReadAllBytes(kept));
        Assert.Equal(File.ReadAllBytes(New), File.ReadAllBytes(Old));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Stopped_it_continues_though_its_beginning_is_no_longer_there(bool hasMemory)
    {
        TrainOld();
        var text = Text("the river by the old mill");
        if (!hasMemory)
        {
            File.Delete(Old + ".checkpoint");
        }
        string[] Train(string model, params string[] more) =>
            [
                "train",
                text,
                .. $"--from {Old} --out {model} --epochs 60 --batch 4 --steps 8 --validation 0.2 --no-report".Split(
                    ' '
                ),
                .. more,
            ];
        Assert.Equal(0, CliRunner.Plain(Train(New)).ExitCode);

        CliRunner? runner = null;
        using var output = new FailingWriter(2, () => runner!.Interruption.Receive(Interruption.Interrupt));
        using (runner = new CliRunner { Out = output })
        {
            Assert.Equal(130, runner.Run(Train(Old)).ExitCode);
        }
        Assert.Contains("; --resume continues\n", output.ToString());
        Assert.Equal(0, CliRunner.Plain(Train(Old, "--resume")).ExitCode);
        Assert.Equal(File.ReadAllBytes(New), File.ReadAllBytes(Old));
    }

    [Fact]
    public void Whether_a_model_is_the_beginning_or_the_end_cannot_be_told_by_resume_auto()
    {
        TrainOld();
        CliRunner
            .Plain(Small(Text("the old mill"), Old, "--from", Old, "--resume", "auto"))
            .AssertFailed(
                2,
                "--resume auto cannot tell the model to go on from and the one made of it apart, because both are "
                    + $"{Old}; name another file with --out."
            );
    }

    [Fact]
    public void An_extended_vocabulary_needs_a_model_to_go_on_from()
    {
        CliRunner
            .Plain(Small(Text("the old mill"), New, "--extend-vocabulary"))
            .AssertFailed(2, "--extend-vocabulary needs a model to go on from; name one with --from.");
    }

    [Fact]
    public void Checkpoints_and_the_last_model_are_kept_beside_the_best()
    {
        string[] train = Tiny.Train(New, 60, "--validation", "0.2", "--lr", "5", "--keep", "2", "--no-report");
        var result = CliRunner.Plain(train);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(["new.last.safetensors", "new.safetensors", "new.safetensors.checkpoint"], _folder.Names.Order());
        var (best, last) = (TrainedModel.Load(New), TrainedModel.Load(_folder["new.last.safetensors"]));
        Assert.Equal(60, last.Training.Epochs);
        Assert.True(best.Training.Epochs < 60);
        Assert.True(best.Training.ValidationPerplexity < last.Training.ValidationPerplexity);

        var bytes = File.ReadAllBytes(New);
        var again = CliRunner.Plain([.. train, "--resume", "auto"]);
        Assert.Equal((0, ""), (again.ExitCode, again.Error));
        Assert.Equal(bytes, File.ReadAllBytes(New));
    }
}
