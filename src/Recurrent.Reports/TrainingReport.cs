using System.Reflection;
using Recurrent.Evaluation;
using Recurrent.Pictures;
using Recurrent.Ranges;
using Recurrent.Training;

namespace Recurrent.Reports;

/// <summary>Makes the report of a training run.</summary>
public static class TrainingReport
{
    private const int MaxSamples = 12;
    private static readonly Axis s_epochs = new("epoch");

    /// <summary>
    /// Returns the report of a run as far as it went, as a whole HTML document that needs no other file, no network and
    /// no scripts; the model writes for it, to see what it has memorised.
    /// </summary>
    /// <param name="session">The run.</param>
    /// <param name="commandLine">The command that it was started by, for the settings; null for none.</param>
    /// <param name="cancellationToken">Stops the search for what is memorised.</param>
    /// <exception cref="OperationCanceledException">The search was stopped.</exception>
    /// <example>
    /// <code>
    /// File.WriteAllText("report.html", TrainingReport.ToHtml(session));
    /// </code>
    /// </example>
    public static string ToHtml(
        TrainingSession session,
        string? commandLine = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(session);
        return Of(session, commandLine, cancellationToken).ToHtml();
    }

    /// <summary>The content of the report.</summary>
    internal static Report Of(
        TrainingSession session,
        string? commandLine = null,
        CancellationToken cancellationToken = default
    ) =>
        new()
        {
            Title = $"Training on {session.TextName}",
            Subtitle = ModelText.Heading(session),
            Facts = [.. Facts(session)],
            Charts = Charts(session),
            Samples = [.. Samples(session.Samples)],
            Memorised = session.CheckMemorisation(cancellationToken) is { } found ? Memorised(found) : null,
            Settings = [.. Settings(session, commandLine)],
        };

    private static IEnumerable<Fact> Facts(TrainingSession session)
    {
        var (run, settings) = (session.Trainer, session.Plan.Trainer);
        if (run.Last is { } last)
        {
            var wanted = settings.Budget is null ? $" of {settings.Epochs:#,0}" : "";
            yield return new("epochs", $"{last.Epoch:#,0}{wanted}");
            yield return new("perplexity", Figures.Perplexity(last.Perplexity));
        }
        if (run.Best is { ValidationPerplexity: { } validation })
        {
            yield return new("validation, at best", $"{Figures.Perplexity(validation)} {ModelText.MomentOfBest(run)}");
        }
        else if (run.AveragedInBest > 0)
        {
            yield return new("saved", $"the average of the last {Sentences.Amount(run.AveragedInBest, "epochs")}");
        }
        if (session.Mean is { ValidationPerplexity: { } mean } networks)
        {
            yield return new($"mean of {networks.Alone.Count} networks", Figures.Perplexity(mean));
        }
        if (session.Counted is { ValidationPerplexity: { } together } counted)
        {
            yield return new("with counts", $"{Figures.Perplexity(together)}{(counted.AreSaved ? "" : ", left out")}");
        }
        yield return new("time", Figures.Duration(session.EpochTime));
        yield return new("tokens/s", Figures.Speed(session.TokensPerSecond));
    }

    /// <summary>Every setting that has an effect, as the model file has it, and what it does not keep.</summary>
    private static IEnumerable<Fact> Settings(TrainingSession session, string? commandLine)
    {
        var kept = session.Settings.ToDictionary();
        var shown = TrainingSettings.InEffect(session.Corpus.Options, session.Plan).ToArray();
        foreach (var (name, _, _, value) in shown)
        {
            yield return new(name, kept.GetValueOrDefault(name, value));
        }
        foreach (var (name, value) in session.Settings.ExceptBy(shown.Select(setting => setting.Name), one => one.Key))
        {
            yield return new(name, value);
        }
        yield return new("device", session.Model.Device.Words);
        if (session.Threads is { } threads)
        {
            yield return new("threads", $"{threads}");
        }
        var version = typeof(TrainingReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>();
        yield return new("version", version!.InformationalVersion.Split('+')[0]); // the commit follows
        if (commandLine is not null)
        {
            yield return new("command", commandLine);
        }
    }

    private static IReadOnlyList<LineChart> Charts(TrainingSession session)
    {
        var run = session.Trainer;
        return
        [
            .. session.Ended.SelectMany(
                (network, i) => Of(network.Epochs, network.Best, network.AveragedInBest, i + 1)
            ),
            .. Of(run.Reports, run.Best, run.AveragedInBest, session.Network),
        ];

        IReadOnlyList<LineChart> Of(IReadOnlyList<EpochReport> epochs, EpochReport? best, int averaged, int network) =>
            Charts(
                epochs,
                epochs.Select(epoch => ((double)epoch.Epoch, epoch.Perplexity)),
                epochs
                    .Where(epoch => epoch.ValidationPerplexity is not null)
                    .Select(epoch => ((double)epoch.Epoch, epoch.ValidationPerplexity!.Value)),
                best,
                averaged,
                session.Plan.Networks > 1 ? $", network {network}" : ""
            );
    }

    /// <summary>The charts of a run.</summary>
    /// <param name="epochs">Its whole epochs.</param>
    /// <param name="training">The perplexity in training, and the epoch or the moment within one.</param>
    /// <param name="validation">Likewise of the validation text.</param>
    /// <param name="best">The best epoch; null for none.</param>
    /// <param name="averagedInBest">The number of epochs that the best is the average of; 0 for none.</param>
    /// <param name="ofWhat">The end of each title, such as that of one of several networks.</param>
    internal static IReadOnlyList<LineChart> Charts(
        IReadOnlyList<EpochReport> epochs,
        IEnumerable<(double Epoch, double Perplexity)> training,
        IEnumerable<(double Epoch, double Perplexity)> validation,
        EpochReport? best,
        int averagedInBest,
        string ofWhat = ""
    )
    {
        Series[] curves =
        [
            .. Curve("training", training, SeriesStyle.Line),
            .. Curve("validation", validation, SeriesStyle.Dashed),
        ];
        return
        [
            .. Chart(
                $"Perplexity{ofWhat}",
                new Axis("") { IsLogarithmic = true },
                [.. curves, .. Best(best, averagedInBest, curves)]
            ),
            .. ByEpoch("Learning rate", epoch => epoch.LearningRate),
            .. ByEpoch("Gradient norm, before clipping", epoch => epoch.GradientNorm),
            .. ByEpoch("Tokens per second", epoch => epoch.TokensPerSecond),
        ];

        IEnumerable<LineChart> ByEpoch(string title, Func<EpochReport, double?> value) =>
            Chart(
                title + ofWhat,
                new Axis("") { Minimum = 0 },
                Curve("", epochs.Select(epoch => ((double)epoch.Epoch, value(epoch) ?? double.NaN)), SeriesStyle.Line)
            );
    }

    /// <summary>The chart of the curves that can be drawn; none where there is none.</summary>
    private static IEnumerable<LineChart> Chart(string title, Axis y, IEnumerable<Series> curves) =>
        curves.ToList() is { Count: > 0 } drawn ? [new LineChart(title, s_epochs, y, drawn)] : [];

    /// <summary>An upright line at the best epoch, as high as the curves; none where there is none.</summary>
    private static IEnumerable<Series> Best(EpochReport? best, int averaged, IEnumerable<Series> curves)
    {
        double[] heights = [.. curves.SelectMany(curve => curve.Y)];
        var name = averaged > 0 ? $"average of the last {averaged}" : $"epoch {best?.Epoch}";
        return best is { Epoch: var place } && heights.Length > 0
            ? [new Series($"best: {name}", [place, place], [heights.Min(), heights.Max()])]
            : [];
    }

    /// <summary>The series of the points that can be drawn; none where there is none.</summary>
    private static IEnumerable<Series> Curve(
        string name,
        IEnumerable<(double Epoch, double Value)> points,
        SeriesStyle style
    )
    {
        var drawn = points.Where(point => double.IsFinite(point.Value)).ToList();
        if (drawn.Count > 0)
        {
            double[] x = [.. drawn.Select(point => point.Epoch)];
            yield return new Series(name, x, [.. drawn.Select(point => point.Value)]) { Style = style };
        }
    }

    /// <summary>Returns some of the samples, evenly from the first to the last.</summary>
    private static IEnumerable<Sample> Samples(IReadOnlyList<TrainingSample> all)
    {
        var samples = all.Where(one => SampleEpochs.ContainsPlain(one.Epoch, one.EpochsExpected)).ToArray();
        var count = Math.Min(samples.Length, MaxSamples);
        return Enumerable
            .Range(0, count)
            .Select(i => samples[count == 1 ? 0 : i * (samples.Length - 1) / (count - 1)])
            .Select(Sample);
    }

    /// <summary>A sample as it is shown.</summary>
    internal static Sample Sample(TrainingSample sample) =>
        new($"epoch {sample.Epoch:#,0}", sample.Prompt, sample.Text);

    private static MemorisedRun Memorised(Memorisation found)
    {
        var unit = found.Unit;
        var place = found.Searched is { } searched
            ? $"the first {Sentences.Amount(searched, unit)} of the text"
            : "the text";
        var summary =
            $"Of {Sentences.Amount(found.Written, unit)} that the model sampled with its own probabilities, the "
            + $"longest run that stands in {place} it was trained on has {found.Longest:#,0}.";
        if (found.HeldOut > 0)
        {
            summary +=
                $" In {Sentences.Amount(found.HeldOut, unit)} of the validation text, which it was not trained on, "
                + $"that run has {found.LongestHeldOut:#,0}.";
        }
        return new(summary, found.Before, found.Run, found.After);
    }
}
