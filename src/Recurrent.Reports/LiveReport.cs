using System.Xml.Linq;
using Recurrent.Pictures.Drawing;
using Recurrent.Training;

namespace Recurrent.Reports;

/// <summary>
/// A training run while it goes on, as the parts of a page: figures, curves and samples as in its report, but for the
/// curve of training, which has a point for every half second and not for every epoch.
/// </summary>
/// <remarks>
/// The run tells it what there is, on the run's thread, and that costs nothing that could be measured; whoever wants to
/// see it draws, on any thread.
/// </remarks>
/// <param name="time">The clock.</param>
internal sealed class LiveReport(TimeProvider time) : ITrainingObserver, IDisposable
{
    private const int MostMoments = 2000;
    private const int MostSamples = 5;
    private const int MostOfTime = 100; // a drawing is followed by as many times its own time without one
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(2); // because the first is slow, and no other

    private readonly Lock _gate = new(); // guards what the run tells
    private readonly List<EpochReport> _epochs = [];
    private readonly List<(double Epoch, double Perplexity)> _training = [];
    private readonly List<(double Epoch, double Perplexity)> _validation = [];
    private readonly List<TrainingSample> _samples = [];
    private TrainingSession? _session;
    private EpochReport? _best;
    private EpochReport? _lastMoment; // the epoch of the last moment, as far as it had come
    private TimeSpan _interval = TimeSpan.FromMilliseconds(500); // between two moments
    private ITimer? _timer;
    private volatile bool _isDue;
    private long _start;
    private double _doneAtStart;

    private readonly Lock _drawing = new();
    private string _drawn = "";
    private TimeSpan _rest; // from the last drawing on
    private long? _drawnAt;

    /// <inheritdoc/>
    public void Started(TrainingSession session)
    {
        lock (_gate)
        {
            _session = session;
            AddEarlier();
            (_start, _doneAtStart) = (time.GetTimestamp(), session.Progress);
            _timer = time.CreateTimer(_ => _isDue = true, null, _interval, _interval);
        }
    }

    /// <inheritdoc/>
    public void NetworkStarted(int network)
    {
        lock (_gate)
        {
            _epochs.Clear();
            _training.Clear();
            _validation.Clear();
            _lastMoment = null;
            AddEarlier();
        }
    }

    /// <inheritdoc/>
    public void MinibatchEnded()
    {
        if (_isDue && _session!.Trainer.Unfinished is { } soFar)
        {
            AddMoment(soFar);
        }
    }

    /// <inheritdoc/>
    public void Validated(EpochReport soFar)
    {
        lock (_gate)
        {
            _best = _session!.Trainer.Best;
            _validation.Add((PlaceOf(soFar), soFar.ValidationPerplexity!.Value));
        }
    }

    /// <inheritdoc/>
    public void EpochEnded(EpochReport report, TrainingSample? sample, int epochsExpected)
    {
        if (_isDue || _epochs.Count == 0)
        {
            AddMoment(report);
        }
        lock (_gate)
        {
            Add(report);
            _best = _session!.Trainer.Best;
            if (sample is not null)
            {
                _samples.Add(sample);
            }
        }
    }

    /// <summary>
    /// What there is to see, as elements that have an id each; the same string as before where too little time has
    /// passed, so that drawing takes no more than a hundredth of a processor.
    /// </summary>
    /// <param name="isLast">Whether the run has ended, so that it is drawn in any case.</param>
    public string ToHtml(bool isLast = false)
    {
        lock (_drawing)
        {
            if (_session is null || (!isLast && _drawnAt is { } at && time.GetElapsedTime(at) < _rest))
            {
                return _drawn;
            }
            if (isLast)
            {
                _best = _session.Trainer.Best; // maybe an average, which is made at the end
            }
            var start = time.GetTimestamp();
            _drawn = string.Join('\n', Parts().Select(part => Markup.ToText(part, isIndented: false)));
            _drawnAt = time.GetTimestamp();
            var rest = time.GetElapsedTime(start) * MostOfTime;
            _rest =
                rest < s_shortest ? s_shortest
                : rest > s_longest ? s_longest
                : rest;
            return _drawn;
        }
    }

    /// <summary>Takes note of no more moments.</summary>
    public void Dispose() => _timer?.Dispose();

    /// <summary>Adds the epochs before a checkpoint.</summary>
    private void AddEarlier()
    {
        var trainer = _session!.Trainer;
        foreach (var epoch in trainer.Reports)
        {
            Add(epoch);
            _training.Add((epoch.Epoch, epoch.Perplexity));
        }
        _best = trainer.Best;
    }

    private void Add(EpochReport epoch)
    {
        _epochs.Add(epoch);
        if (epoch.ValidationPerplexity is { } validation)
        {
            _validation.Add((epoch.Epoch, validation));
        }
    }

    /// <summary>Adds the mean since the last moment, which may have been in an epoch before.</summary>
    private void AddMoment(EpochReport soFar)
    {
        _isDue = false;
        var before = _lastMoment?.Epoch == soFar.Epoch && _lastMoment.Tokens < soFar.Tokens ? _lastMoment : null;
        var (tokens, loss) = (before?.Tokens ?? 0, (before?.Loss * before?.Tokens) ?? 0);
        _lastMoment = soFar;
        lock (_gate)
        {
            loss = ((soFar.Loss * soFar.Tokens) - loss) / (soFar.Tokens - tokens);
            _training.Add((PlaceOf(soFar), (soFar with { Loss = loss }).Perplexity));
            if (_training.Count == MostMoments)
            {
                var every = 0;
                _training.RemoveAll(_ => every++ % 2 == 0);
                _interval *= 2;
                _timer!.Change(_interval, _interval);
            }
        }
    }

    private double PlaceOf(EpochReport soFar) =>
        soFar.Epoch - 1 + Math.Min(1, (double)soFar.Tokens / _session!.TrainedTokens);

    private XElement[] Parts()
    {
        var session = _session!;
        lock (_gate)
        {
            var done = session.Progress;
            return
            [
                Named("title", ReportPage.Element("h1", VisibleText.OneLine($"Training on {session.TextName}"))),
                Named("subtitle", ReportPage.Element("p", VisibleText.OneLine(ModelText.Heading(session)))),
                Named(
                    "progress",
                    ReportPage.Element(
                        "progress",
                        new XAttribute("max", "1"),
                        new XAttribute("value", $"{done:0.000}"),
                        new XAttribute("aria-label", "Part of the run that is done")
                    )
                ),
                Named("figures", ReportPage.Facts("facts", [.. Figures(session, done)])),
                Named(
                    "curves",
                    ReportPage.Charts(
                        TrainingReport.Charts(
                            Thinned(_epochs),
                            _training,
                            Thinned(_validation),
                            _best,
                            session.Trainer.AveragedInBest
                        )
                    )
                ),
                Named("samples", ReportPage.Element("section", Samples())),
            ];
        }

        static XElement Named(string id, XElement part)
        {
            part.SetAttributeValue("id", id);
            return part;
        }
    }

    /// <summary>
    /// No more than pixels can show, the last among them, so that drawing takes no longer in a long run.
    /// </summary>
    private static T[] Thinned<T>(List<T> all)
    {
        var every = (all.Count / MostMoments) + 1;
        return [.. all.Where((_, i) => (all.Count - 1 - i) % every == 0)];
    }

    private IEnumerable<Fact> Figures(TrainingSession session, double done)
    {
        var epochs = session.Plan.Trainer.Epochs;
        var wanted = session.Plan.Trainer.Budget is null ? $" of {epochs:#,0}" : "";
        if (session.Plan.Networks > 1)
        {
            yield return new("network", $"{session.Network} of {session.Plan.Networks}");
        }
        yield return new("epoch", $"{Math.Min(_epochs.Count + (done < 1 ? 1 : 0), epochs):#,0}{wanted}");
        yield return new("perplexity", _training is [.., var last] ? Reports.Figures.Perplexity(last.Perplexity) : "–");
        if (_best?.ValidationPerplexity is { } best)
        {
            yield return new("validation, at best", $"{Reports.Figures.Perplexity(best)} in epoch {_best.Epoch:#,0}");
        }
        if (session.Mean?.ValidationPerplexity is { } mean)
        {
            yield return new("mean of networks", Reports.Figures.Perplexity(mean));
        }
        if (session.Counted?.ValidationPerplexity is { } together)
        {
            yield return new("with counts", Reports.Figures.Perplexity(together));
        }
        var elapsed = time.GetElapsedTime(_start);
        yield return new("time", Reports.Figures.Duration(elapsed));
        var here = done - _doneAtStart;
        yield return new("left", here > 0 ? Reports.Figures.Duration(elapsed * ((1 - done) / here)) : "–");
        var speed = _epochs is [.., var epoch] ? epoch.TokensPerSecond : _lastMoment?.TokensPerSecond;
        yield return new("tokens/s", speed is { } known ? Reports.Figures.Speed(known) : "–");
    }

    private object[] Samples() =>
        _samples.Count == 0
            ? []
            :
            [
                ReportPage.Element("h2", "Samples, the latest first"),
                ReportPage.Samples([.. Enumerable.Reverse(_samples).Take(MostSamples).Select(TrainingReport.Sample)]),
            ];
}
