using Recurrent.Cli.Tests.Support;

namespace Recurrent.Cli.Tests.Mpi;

/// <summary>Processes whose shards train by themselves between two exchanges.</summary>
public sealed class LocalStepsJobTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Two_processes_write_the_file_of_one_and_a_checkpoint_that_one_goes_on_from()
    {
        MpiJob.Require();
        string[] settings = ["--shards", "4", "--local-steps", "5", "--optimizer", "adam"];
        CliRunner.Plain(Tiny.Train(_folder["alone.safetensors"], 6, settings));
        var path = _folder["model.safetensors"];
        var result = await MpiJob.RunAsync(2, Tiny.Train(path, 6, [.. settings, "--keep", "1"]));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        var expected = File.ReadAllBytes(_folder["alone.safetensors"]);
        Assert.Equal(expected, File.ReadAllBytes(path));

        File.Delete(path);
        result = CliRunner.Plain(Tiny.Train(path, 6, [.. settings, "--resume"]));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(expected, File.ReadAllBytes(path));
    }
}
