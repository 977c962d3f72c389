using Recurrent.Cli.Tests.Support;

namespace Recurrent.Cli.Tests;

/// <summary>
/// Bytes of jobs in many circumstances, of which bench/ranks.py tries every pair. Ranks compare their weights
/// themselves, so that those of all are rank 0's.
/// </summary>
[Collection(MpiJob.Alone)]
public sealed class MpiCoverTests : IDisposable
{
    private static readonly string[] s_widths = ["", "DOTNET_EnableAVX512=0", "DOTNET_EnableAVX2=0"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Trains one model in a job and in this process.</summary>
    /// <param name="ranks">The processes of the job.</param>
    /// <param name="threads">Of each.</param>
    /// <param name="vectors">Their widths: 512, 256, none, or mixed.</param>
    /// <param name="shards">The shards of a minibatch of 16 rows.</param>
    /// <param name="settings">The model and its training.</param>
    [Theory]
    [InlineData(2, 1, "mixed", 8, "--model gru --features 256 --dropout 0.1 --optimizer adamw")]
    [InlineData(2, 2, "256", 16, "--model lstm --layers 2 --dropout 0.2 --tied --optimizer muon")]
    [InlineData(2, 1, "none", 8, "--model mingru --dropout 0.1 --optimizer sgd --momentum 0.9 --sampler random")]
    [InlineData(2, 2, "mixed", 16, "--model rnn --optimizer rmsprop --sampler random")]
    [InlineData(2, 1, "512", 2, "--model gru --bidirectional --optimizer adam")]
    [InlineData(2, 1, "256", 8, "--model rnn --optimizer adam --validation 0.3 --validate-every 400")]
    [InlineData(4, 1, "mixed", 8, "--model lstm --layers 2 --dropout 0.2 --tied --optimizer adam --sampler random")]
    [InlineData(4, 2, "none", 16, "--model gru --features 256 --optimizer muon --sampler random")]
    [InlineData(4, 1, "256", 4, "--model mingru --optimizer rmsprop --average 2 --validation 0.3")]
    [InlineData(8, 1, "mixed", 8, "--model gru --optimizer sgd --momentum 0.9")]
    public async Task Jobs_train_the_bytes_of_one_process(
        int ranks,
        int threads,
        string vectors,
        int shards,
        string settings
    )
    {
        MpiJob.Require();
        var alone = CliRunner.Plain(Train(_folder["alone.safetensors"], threads: 1));
        var arguments = Train(_folder["job.safetensors"], threads);
        // Parts of a job, each with variables of its own; the first rank has the widest vectors of a mixed one.
        var parts = Enumerable
            .Range(0, ranks)
            .Select(rank => (string[])["-n", "1", "env", .. Variables(rank), .. MpiJob.Program, .. arguments]);
        var result = await MpiJob.FinishAsync(MpiJob.Start(parts.Aggregate((some, more) => [.. some, ":", .. more])));
        Assert.Equal((0, alone.Error), (result.ExitCode, result.Error));
        Assert.Contains($"; {ranks} ranks on 1 machine, {shards} shards, ", result.Lines[0]);
        Assert.Equal(File.ReadAllBytes(_folder["alone.safetensors"]), File.ReadAllBytes(_folder["job.safetensors"]));

        string[] Variables(int rank) =>
            vectors switch
            {
                "512" => [],
                "256" => [s_widths[1]],
                "none" => [s_widths[2]],
                _ => [.. s_widths.Skip(rank % 3).Take(1).Where(width => width.Length > 0)],
            };

        string[] Train(string path, int threads) =>
            [
                .. $"train story --hidden 16 --embedding 16 --batch 16 --steps 8 --max-tokens 1500 --epochs 2".Split(
                    ' '
                ),
                .. $"--shards {shards} --threads {threads} --no-counts --no-report --out {path} {settings}".Split(' '),
            ];
    }
}
