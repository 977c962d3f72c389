using Recurrent.Cli.Tests.Support;

namespace Recurrent.Cli.Tests.Training;

/// <summary>Two trainings do not write one model.</summary>
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
}
