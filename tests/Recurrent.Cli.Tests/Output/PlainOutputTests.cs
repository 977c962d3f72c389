using Recurrent.Cli.Tests.Support;

namespace Recurrent.Cli.Tests.Output;

public sealed class PlainOutputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(60, 1)]
    [InlineData(59, 0)]
    public void An_epoch_of_minutes_shows_how_far_it_has_come(int seconds, int lines)
    {
        using var runner = new CliRunner();
        runner.Time.Step = TimeSpan.FromSeconds(seconds);
        runner.Time.RingsAlways = true;
        var result = runner.Run(Tiny.Train(_folder["model.safetensors"], epochs: 2, "--checkpoint", "0"));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        // 500 tokens less an offset give 15 minibatches of 32, the first of which is done.
        string[] shown =
        [
            .. result.Lines.Where(line => line.StartsWith("epoch 2/2    6.4%  ", StringComparison.Ordinal)),
        ];
        Assert.Equal(lines, shown.Length);
        Assert.All(shown, line => Assert.EndsWith(" 1 tokens/s", line, StringComparison.Ordinal));
    }
}
