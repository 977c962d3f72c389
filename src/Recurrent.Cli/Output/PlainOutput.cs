using Recurrent.Cli.Hosting;
using Recurrent.Reports;
using Recurrent.Training;

namespace Recurrent.Cli.Output;

/// <summary>
/// Lines that never move, for a file, a pipe or a dumb terminal: one after some epochs and, where an epoch is long,
/// one a minute.
/// </summary>
/// <param name="output">For what is asked for.</param>
/// <param name="error">For what went wrong on the way.</param>
/// <param name="time">The clock.</param>
/// <param name="threads">The threads that work at once.</param>
/// <param name="ranks">The ranks that train together; null for one alone.</param>
internal sealed class PlainOutput(
    TextWriter output,
    TextWriter error,
    TimeProvider time,
    int threads,
    LaunchedRanks? ranks
) : ITrainingOutput
{
    private const int SampleLength = 64; // characters
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(1);

    private TrainingSession? _session;
    private ITimer? _timer;
    private volatile bool _isDue;

    public void Started(TrainingSession session)
    {
        _session = session;
        var together = ranks is null ? "" : $"; {ranks.Words(session.Plan.Trainer.Shards, threads)}";
        output.WriteLine(TrainingText.Heading(session) + together);
        _timer = time.CreateTimer(_ => _isDue = true, null, s_interval, s_interval);
    }

    public void NetworkStarted(int network) => output.WriteLine(TrainingText.Network(_session!));

    public void MinibatchEnded()
    {
        if (!_isDue)
        {
            return;
        }
        _isDue = false;
        if (_session!.Trainer.Unfinished is { } report && report.Elapsed >= s_interval)
        {
            WriteLine(report, done: $"  {TrainingText.EpochDone(_session), 6:0.0%}", validation: "", sample: "");
        }
    }

    public void Validated(EpochReport soFar) =>
        WriteLine(
            soFar,
            done: $"  {TrainingText.EpochDone(_session!), 6:0.0%}",
            $"  validation {Figures.Perplexity(soFar.ValidationPerplexity!.Value), 5}",
            sample: ""
        );

    public void EpochEnded(EpochReport report, TrainingSample? sample, int epochsExpected)
    {
        if (!SampleEpochs.ContainsPlain(report.Epoch, epochsExpected))
        {
            return;
        }
        var validation = report.ValidationPerplexity is { } value ? $"  validation {Figures.Perplexity(value), 5}" : "";
        var text = sample is null ? "" : $"  {PrintableText.Beginning(sample.Prompt + sample.Text, SampleLength)}";
        WriteLine(report, done: "", validation, text);
    }

    public void Recovered(TrainingRecovery recovery) => error.WriteLine(TrainingText.Recovery(recovery));

    public void CheckpointFailed(IOException failure) => error.WriteLine(TrainingText.CheckpointFailure(failure));

    public void Finish(string modelPath, string? reportPath, IReadOnlyList<TrainingSample> continuations)
    {
        foreach (var line in TrainingText.Ending(_session!, modelPath, reportPath, continuations, ranks))
        {
            output.WriteLine(line);
        }
    }

    public void Dispose() => _timer?.Dispose();

    private void WriteLine(EpochReport report, string done, string validation, string sample)
    {
        output.WriteLine(
            $"{TrainingText.Epoch(_session!.Plan, report.Epoch)}{done}"
                + $"  perplexity {Figures.Perplexity(report.Perplexity), 5}{validation}"
                + $"  {Figures.Speed(report.TokensPerSecond), 8} tokens/s{sample.TrimEnd()}"
        );
    }
}
