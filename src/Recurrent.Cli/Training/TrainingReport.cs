using Recurrent.Cli.Output;
using Recurrent.Pictures;
using Recurrent.Reports;

namespace Recurrent.Cli.Training;

/// <summary>What the report of a training says.</summary>
internal static class TrainingReport
{
    private const int MostSamples = 12;
    private static readonly Axis s_epochs = new("epoch");

    /// <summary>The report of a training as far as it went.</summary>
    public static Report Of(TrainingRun run) =>
        new()
        {
            Title = $"Training on {run.TextName}",
            Subtitle = TrainingText.Heading(run),
            Facts = [.. Facts(run)],
            Charts = [.. Charts(run)],
            Samples = [.. Samples(run.Samples)],
            Memorised = run.Prefixes.Count > 0 ? MemorisationCheck.Of(run) : null,
            Settings =
            [
                .. SettingNames
                    .Of(run.Settings, run.Recoveries)
                    .Select(setting => new Fact(setting.Key, setting.Value)),
            ],
        };

    private static IEnumerable<Fact> Facts(TrainingRun run)
    {
        if (run.Last is { } last)
        {
            var wanted = run.Settings.Trainer.Budget is null ? $" of {run.Settings.Trainer.Epochs:#,0}" : "";
            yield return new("epochs", $"{last.Epoch:#,0}{wanted}");
            yield return new("perplexity", Figures.Perplexity(last.Perplexity));
        }
        if (run.Best is { ValidationPerplexity: { } validation } best)
        {
            yield return new(
                "validation, at best",
                $"{Figures.Perplexity(validation)} after epoch {best.Epoch:#,0}"
            );
        }
        yield return new("time", Figures.Duration(run.Elapsed));
        yield return new("tokens/s", Figures.Speed(run.TokensPerSecond));
    }

    private static IEnumerable<LineChart> Charts(TrainingRun run)
    {
        var epochs = run.Reports;
        return
        [
            .. Chart(
                "Perplexity",
                new Axis("perplexity") { Scale = AxisScale.Log },
                Curve(
                    "training",
                    epochs.Select(epoch => (epoch.Epoch, (double?)epoch.Perplexity)),
                    SeriesStyle.Line
                ),
                Curve(
                    "validation",
                    epochs.Select(epoch => (epoch.Epoch, epoch.ValidationPerplexity)),
                    SeriesStyle.Dashed
                )
            ),
            .. Chart(
                "Gradient norm, before clipping",
                new Axis("mean of the epoch") { Minimum = 0 },
                Curve(
                    "",
                    epochs.Select(epoch => (epoch.Epoch, (double?)epoch.GradientNorm)),
                    SeriesStyle.Line
                )
            ),
            .. Chart(
                "Speed",
                new Axis("tokens/s") { Minimum = 0 },
                Curve(
                    "",
                    epochs.Select(epoch => (epoch.Epoch, (double?)epoch.TokensPerSecond)),
                    SeriesStyle.Line
                )
            ),
        ];
    }

    /// <summary>The chart of the curves that can be drawn; none where there is none.</summary>
    private static IEnumerable<LineChart> Chart(
        string title,
        Axis y,
        params ReadOnlySpan<IEnumerable<Series>> curves
    )
    {
        List<Series> drawn = [];
        foreach (var curve in curves)
        {
            drawn.AddRange(curve);
        }
        return drawn.Count > 0 ? [new LineChart(title, s_epochs, y, drawn)] : [];
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
            yield return new Series(name, x, [.. drawn.Select(point => point.Value!.Value)])
            {
                Style = style,
            };
        }
    }

    /// <summary>Some of the samples, evenly from the first to the last.</summary>
    private static IEnumerable<Sample> Samples(IReadOnlyList<(int Epoch, Continuation Text)> samples)
    {
        var count = Math.Min(samples.Count, MostSamples);
        return Enumerable
            .Range(0, count)
            .Select(i => samples[count == 1 ? 0 : i * (samples.Count - 1) / (count - 1)])
            .Select(sample => new Sample($"epoch {sample.Epoch:#,0}", sample.Text.Prefix, sample.Text.Text));
    }
}
