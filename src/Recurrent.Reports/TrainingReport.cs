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
            Charts = [.. Charts(session.Trainer)],
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

    private static IEnumerable<LineChart> Charts(Trainer run)
    {
        var epochs = run.Reports;
        return
        [
            .. Chart(
                "Perplexity",
                new Axis("") { IsLogarithmic = true },
                Curve("training", epochs.Select(epoch => (epoch.Epoch, (double?)epoch.Perplexity)), SeriesStyle.Line),
                Curve(
                    "validation",
                    epochs.Select(epoch => (epoch.Epoch, epoch.ValidationPerplexity)),
                    SeriesStyle.Dashed
                ),
                Best(run)
            ),
            .. Chart(
                "Learning rate",
                new Axis("") { Minimum = 0 },
                Curve("", epochs.Select(epoch => (epoch.Epoch, epoch.LearningRate)), SeriesStyle.Line)
            ),
            .. Chart(
                "Gradient norm, before clipping",
                new Axis("") { Minimum = 0 },
                Curve("", epochs.Select(epoch => (epoch.Epoch, (double?)epoch.GradientNorm)), SeriesStyle.Line)
            ),
            .. Chart(
                "Tokens per second",
                new Axis("") { Minimum = 0 },
                Curve("", epochs.Select(epoch => (epoch.Epoch, (double?)epoch.TokensPerSecond)), SeriesStyle.Line)
            ),
        ];
    }

    /// <summary>The chart of the curves that can be drawn; none where there is none.</summary>
    private static IEnumerable<LineChart> Chart(string title, Axis y, params ReadOnlySpan<IEnumerable<Series>> curves)
    {
        List<Series> drawn = [];
        foreach (var curve in curves)
        {
            drawn.AddRange(curve);
        }
        return drawn.Count > 0 ? [new LineChart(title, s_epochs, y, drawn)] : [];
    }

    /// <summary>An upright line at the best epoch, as high as the curves; none where there is none.</summary>
    private static IEnumerable<Series> Best(Trainer run)
    {
        double[] heights =
        [
            .. run
                .Reports.SelectMany(epoch => (double?[])[epoch.Perplexity, epoch.ValidationPerplexity])
                .OfType<double>()
                .Where(double.IsFinite),
        ];
        var name = run.AveragedInBest > 0 ? $"average of the last {run.AveragedInBest}" : $"epoch {run.Best?.Epoch}";
        return run.Best is { Epoch: var best } && heights.Length > 0
            ? [new Series($"best: {name}", [best, best], [heights.Min(), heights.Max()])]
            : [];
    }

    /// <summary>The series of the points that can be drawn; none where there is none.</summary>
    private static IEnumerable<Series> Curve(
        string name,
        IEnumerable<(int Epoch, double? Value)> points,
        SeriesStyle style
    )
    {
        var drawn = points.Where(point => point.Value is { } value && double.IsFinite(value)).ToList();
        if (drawn.Count > 0)
        {
            double[] x = [.. drawn.Select(point => (double)point.Epoch)];
            yield return new Series(name, x, [.. drawn.Select(point => point.Value!.Value)]) { Style = style };
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
            .Select(sample => new Sample($"epoch {sample.Epoch:#,0}", sample.Prompt, sample.Text));
    }

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
