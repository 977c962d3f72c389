using Recurrent.Cli.Tests.Support;

namespace Recurrent.Cli.Tests.Training;

/// <summary>Two training runs do not write one model.</summary>
public sealed class SecondTrainingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Model => _folder["model.safetensors"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_second_is_refused_while_the_first_lives_and_no_longer()
    {
        using (var first = RecurrentProcess.Start(Tiny.Train(Model, 1_000_000)))
        {
            await RecurrentProcess.WaitForLineAsync(first, "epoch       1/");
            (await RecurrentProcess.RunAsync(Tiny.Train(Model))).AssertFailed(
                1,
                $"Cannot write {Model}: another training run or program is writing it; wait until it has ended, or name another file."
            );
            first.Kill();
            await first.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        Assert.Equal(["model.safetensors.lock"], _folder.Names); // it locks nobody out
        var third = await RecurrentProcess.RunAsync(Tiny.Train(Model));
        Assert.Equal((0, ""), (third.ExitCode, third.Error));
        Assert.Equal(["model.report.html", "model.safetensors"], _folder.Names);
    }

    [Fact]
    public void A_better_model_of_the_same_text_is_kept_when_a_worse_one_takes_its_name()
    {
        CliRunner.Plain(Tiny.Train(Model, 30, "--no-report"));
        var better = File.ReadAllBytes(Model);
        var second = CliRunner.Plain(Tiny.Train(Model, 2, "--no-report"));
        var kept = _folder["model.1.safetensors"];
        Assert.Equal(
            (0, $"{Model} held a model that is better or of another text; it is kept in {kept}.\n"),
            (second.ExitCode, second.Error)
        );
        Assert.Equal(better, File.ReadAllBytes(kept));
        Assert.NotEqual(better, File.ReadAllBytes(Model));

        var third = CliRunner.Plain(Tiny.Train(Model, 30, "--no-report")); // is better than the second
        Assert.Equal((0, ""), (third.ExitCode, third.Error));
        Assert.Equal(["model.1.safetensors", "model.safetensors"], _folder.Names);
        Assert.Equal(better, File.ReadAllBytes(Model));
    }

    [Fact]
    public void A_model_of_another_text_is_kept_when_its_name_is_taken()
    {
        var (one, other) = (_folder["one.txt"], _folder["other.txt"]);
        File.WriteAllText(one, string.Concat(Enumerable.Repeat("an old mill by the river ", 40)));
        File.WriteAllText(other, string.Concat(Enumerable.Repeat("the sea has many colours ", 40)));
        CliRunner.Plain(Tiny.Train(Model, 3, one, "--no-report"));
        var older = File.ReadAllBytes(Model);
        CliRunner.Plain(Tiny.Train(Model, 3, other, "--no-report"));
        Assert.Equal(older, File.ReadAllBytes(_folder["model.1.safetensors"]));
    }

    [Theory]
    [InlineData]
    [InlineData("--validation", "0.2")]
    public void A_model_worse_than_guessing_is_saved_and_fails(params string[] more)
    {
        var result = CliRunner.Plain(Tiny.Train(Model, 5, [.. more, "--lr", "1000", "--clip", "100000"]));
        Assert.Equal(
            (
                1,
                $"The model in {Model} predicts its text worse than guessing among 28 tokens would; lower --lr, which is "
                    + "1000, or train longer.\n"
            ),
            (result.ExitCode, result.Error)
        );
        Assert.DoesNotContain("the best; saved", result.Out);
        Assert.True(File.Exists(Model));
    }

    [Fact]
    public void Sizes_that_no_memory_holds_are_refused_before()
    {
        var result = CliRunner.Plain("train", "--hidden", "16384", "--layers", "64", "--out", Model);
        Assert.Equal(1, result.ExitCode);
        Assert.Matches(
            @"^The training would need 3,\d\d\d\.\d GB of memory or more and there are [\d,.]+ GB; choose a smaller "
                + "hidden size, fewer layers, a smaller batch or fewer steps\\.\n$",
            result.Error
        );
        Assert.Empty(_folder.Names);
    }
}
