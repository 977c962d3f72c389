using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Recurrent.Cli.Hosting;
using Recurrent.Models;
using Recurrent.Reports;
using Recurrent.Training;

namespace Recurrent.Cli.Output;

/// <summary>The events of a run, one JSON object a line and nothing else, as docs/json.md describes them.</summary>
/// <param name="output">For the objects.</param>
/// <param name="error">For what went wrong on the way, in words.</param>
/// <param name="time">The clock.</param>
/// <param name="threads">The threads that work at once.</param>
/// <param name="ranks">The ranks that train together; null for one alone.</param>
internal sealed class JsonOutput(
    TextWriter output,
    TextWriter error,
    TimeProvider time,
    int threads,
    LaunchedRanks? ranks
) : ITrainingOutput
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);

    private TrainingSession? _session;
    private ITimer? _timer;
    private volatile bool _isDue;

    public void Started(TrainingSession session)
    {
        _session = session;
        var corpus = session.Corpus;
        Write(
            new StartJson(
                Installation.Version,
                new(
                    session.TextName,
                    corpus.Hash,
                    corpus.Codec.Tokenizer.Name,
                    corpus.Sequence.Length,
                    session.HeldOutTokens,
                    corpus.Vocabulary.Count
                ),
                session.Model.Configuration,
                ModelText.Weights(session.Model),
                session.Plan.Trainer.Seed,
                threads,
                ranks?.Count ?? 1,
                ranks?.Machines ?? 1,
                ranks?.Library,
                session.Model.Device.Words,
                session.TokensTrained,
                session.Settings.ToDictionary(pair => pair.Key, pair => pair.Value)
            )
        );
        _timer = time.CreateTimer(_ => _isDue = true, null, s_interval, s_interval);
    }

    public void NetworkStarted(int network) =>
        Write(new NetworkJson(network, _session!.Plan.Networks, _session.Model.Configuration.Kind));

    public void MinibatchEnded()
    {
        if (!_isDue)
        {
            return;
        }
        _isDue = false;
        if (_session!.Trainer.Unfinished is { } report && report.Elapsed >= s_interval)
        {
            Write(
                new ProgressJson(
                    report.Epoch,
                    TrainingText.EpochDone(_session),
                    _session.Progress,
                    JsonLine.Finite(report.Loss),
                    JsonLine.Finite(report.Perplexity),
                    report.LearningRate,
                    _session.TokensTrained,
                    report.TokensPerSecond,
                    report.Elapsed.TotalSeconds
                )
            );
        }
    }

    public void Validated(EpochReport soFar) =>
        Write(
            new ValidationJson(
                soFar.Epoch,
                TrainingText.EpochDone(_session!),
                JsonLine.Finite(soFar.Loss),
                JsonLine.Finite(soFar.Perplexity),
                JsonLine.Finite(soFar.ValidationLoss),
                JsonLine.Finite(soFar.ValidationPerplexity),
                soFar.LearningRate,
                _session!.TokensTrained,
                soFar.Elapsed.TotalSeconds
            )
        );

    public void EpochEnded(EpochReport report, TrainingSample? sample, int epochsExpected)
    {
        Write(
            new EpochJson(
                report.Epoch,
                epochsExpected,
                JsonLine.Finite(report.Loss),
                JsonLine.Finite(report.Perplexity),
                JsonLine.Finite(report.ValidationLoss),
                JsonLine.Finite(report.ValidationPerplexity),
                report.LearningRate,
                JsonLine.Finite(report.GradientNorm),
                report.Tokens,
                _session!.TokensTrained,
                report.TokensPerSecond,
                report.Elapsed.TotalSeconds
            )
        );
        if (sample is not null)
        {
            Write(new SampleJson(report.Epoch, sample.Prompt, sample.Text));
        }
    }

    public void Recovered(TrainingRecovery recovery)
    {
        Write(new RecoveryJson(recovery));
        error.WriteLine(TrainingText.Recovery(recovery));
    }

    public void CheckpointFailed(IOException failure) => error.WriteLine(TrainingText.CheckpointFailure(failure));

    public void Finish(string modelPath, string? reportPath, IReadOnlyList<TrainingSample> continuations)
    {
        var run = _session!.Trainer;
        Write(
            new EndJson(
                TrainingText.ReasonOf(run, _session.Plan.Trainer),
                run.Last?.Epoch ?? 0,
                _session.TokensTrained,
                JsonLine.Finite(run.Last?.Perplexity),
                run.Best is { } best
                    ? new(best.Epoch, JsonLine.Finite(best.ValidationLoss), JsonLine.Finite(best.ValidationPerplexity))
                    : null,
                run.AveragedInBest > 0 ? run.AveragedInBest : null,
                _session.Mean is { } mean
                    ? new(
                        JsonLine.Finite(mean.ValidationPerplexity),
                        [.. mean.Alone.Select(one => new EndJson.NetworkOfMean(JsonLine.Finite(one)))]
                    )
                    : null,
                _session.Counted is { } counted
                    ? new(
                        counted.Order,
                        counted.Tokens,
                        JsonLine.Finite(counted.ValidationPerplexity),
                        JsonLine.Finite(counted.NetworkPerplexity),
                        counted.AreSaved
                    )
                    : null,
                _session.TokensPerSecond,
                _session.EpochTime.TotalSeconds,
                ranks?.ExchangeShares[0],
                ranks?.SlowestRank,
                ranks?.HostOf(ranks.SlowestRank),
                ModelText.Weights(_session.Model),
                _session.Model.Configuration,
                modelPath,
                HashOf(modelPath),
                reportPath,
                [.. continuations.Select(text => new ContinuationJson(text.Prompt, text.Text))]
            )
        );
    }

    public void Dispose() => _timer?.Dispose();

    private static string HashOf(string path)
    {
        using var file = File.OpenRead(path);
        return "sha256:" + Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private void Write<T>(T value) => JsonLine.Write(output, value);
}

/// <summary>Something that happened in a run.</summary>
/// <param name="Event">What it was.</param>
internal abstract record EventJson([property: JsonPropertyOrder(-1)] string Event);

/// <summary>The run begins, or goes on from a checkpoint.</summary>
internal sealed record StartJson(
    string Version,
    StartJson.TrainedText Text,
    ModelConfiguration Configuration,
    long Parameters,
    long Seed,
    int Threads,
    int Ranks,
    int Machines,
    string? Mpi,
    string Device,
    long TokensTrained,
    IReadOnlyDictionary<string, string> Settings
) : EventJson("start")
{
    /// <summary>The text.</summary>
    internal sealed record TrainedText(
        string? Name,
        string Hash,
        string Tokenizer,
        long Tokens,
        long ValidationTokens,
        int Vocabulary
    );
}

/// <summary>One of several networks begins, or goes on from a checkpoint.</summary>
internal sealed record NetworkJson(int Network, int Networks, string Kind) : EventJson("network");

/// <summary>An epoch is under way.</summary>
internal sealed record ProgressJson(
    int Epoch,
    double EpochDone,
    double Done,
    double? Loss,
    double? Perplexity,
    double? LearningRate,
    long TokensTrained,
    double TokensPerSecond,
    double Seconds
) : EventJson("progress");

/// <summary>The model was measured within an epoch.</summary>
internal sealed record ValidationJson(
    int Epoch,
    double EpochDone,
    double? Loss,
    double? Perplexity,
    double? ValidationLoss,
    double? ValidationPerplexity,
    double? LearningRate,
    long TokensTrained,
    double Seconds
) : EventJson("validation");

/// <summary>An epoch has ended.</summary>
internal sealed record EpochJson(
    int Epoch,
    int EpochsExpected,
    double? Loss,
    double? Perplexity,
    double? ValidationLoss,
    double? ValidationPerplexity,
    double? LearningRate,
    double? GradientNorm,
    long Tokens,
    long TokensTrained,
    double TokensPerSecond,
    double Seconds
) : EventJson("epoch");

/// <summary>What the model writes after an epoch.</summary>
internal sealed record SampleJson(int Epoch, string Prompt, string Text) : EventJson("sample");

/// <summary>The run went back.</summary>
internal sealed record RecoveryJson(TrainingRecovery Recovery) : EventJson("recovery");

/// <summary>The run has ended, and the model is saved.</summary>
internal sealed record EndJson(
    string Reason,
    int Epochs,
    long TokensTrained,
    double? Perplexity,
    EndJson.BestEpoch? Best,
    int? AveragedEpochs,
    EndJson.MeanOfRun? Mean,
    EndJson.CountsOfRun? Counts,
    double TokensPerSecond,
    double Seconds,
    double? ExchangeShare,
    int? SlowestRank,
    string? SlowestHost,
    long Parameters,
    ModelConfiguration Configuration,
    string Model,
    string Hash,
    string? Report,
    IReadOnlyList<ContinuationJson> Continuations
) : EventJson("end")
{
    /// <summary>The epoch that measured best on the validation text, whose weights are saved.</summary>
    internal sealed record BestEpoch(int Epoch, double? ValidationLoss, double? ValidationPerplexity);

    /// <summary>The mean of several networks, and what the validation text says of it and of each.</summary>
    internal sealed record MeanOfRun(double? ValidationPerplexity, IReadOnlyList<NetworkOfMean> Networks);

    /// <summary>One of several networks alone.</summary>
    internal sealed record NetworkOfMean(double? ValidationPerplexity);

    /// <summary>The counts of n-grams: what the validation text says of them, and whether they are saved.</summary>
    internal sealed record CountsOfRun(
        int Order,
        long Tokens,
        double? ValidationPerplexity,
        double? NetworkPerplexity,
        bool AreSaved
    );
}

/// <summary>A text that the trained model wrote.</summary>
internal sealed record ContinuationJson(string Prompt, string Text);
