using System.Runtime.ExceptionServices;
using Recurrent.Cli.Hosting;
using Recurrent.Reports;
using Recurrent.Training;
using Spectre.Console;
using Spectre.Console.Rendering;
using Line = Spectre.Console.Text;

namespace Recurrent.Cli.Output;

/// <summary>
/// A view of the run that moves, for a terminal: progress, the curves of perplexity and the latest sample.
/// </summary>
internal sealed class LiveOutput : ITrainingOutput
{
    private const int LowestChart = 3; // rows
    private const int HighestChart = 13; // rows
    private const int SampleShare = 4; // of the rows of the screen: at most a quarter
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(200);

    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly TimeProvider _time;
    private readonly LiveFrame _frame;
    private readonly Lock _gate = new();
    private readonly List<double> _losses = []; // (epochs so far)
    private readonly List<double?> _validation = []; // (epochs so far); nulls without a validation text
    private TrainingSession? _session;
    private ITimer? _timer;
    private long _start;
    private double _doneAtStart;
    private TrainingSample? _sample;
    private EpochReport? _validated; // the epoch under way, when it was last measured; null where it was not
    private double _doneWhenValidated; // of that epoch
    private TrainingRecovery? _recovery; // the last
    private Exception? _failure;

    /// <summary>Makes a view that shows nothing yet.</summary>
    /// <param name="output">The terminal's writer.</param>
    /// <param name="error">For what went wrong on the way.</param>
    /// <param name="terminal">Its size and colours.</param>
    /// <param name="time">The clock.</param>
    public LiveOutput(TextWriter output, TextWriter error, Terminal terminal, TimeProvider time) =>
        (_output, _error, _time, _frame) = (output, error, time, new LiveFrame(output, terminal));

    public void Started(TrainingSession session)
    {
        _session = session;
        AddEarlier();
        _doneAtStart = session.Progress;
        _start = _time.GetTimestamp();
        _timer = _time.CreateTimer(_ => Paint(), null, s_interval, s_interval);
        Paint();
    }

    public void NetworkStarted(int network)
    {
        lock (_gate)
        {
            _losses.Clear();
            _validation.Clear();
            (_validated, _sample) = (null, null);
            AddEarlier();
        }
    }

    public void Validated(EpochReport soFar)
    {
        lock (_gate)
        {
            (_validated, _doneWhenValidated) = (soFar, TrainingText.EpochDone(_session!));
        }
    }

    public void EpochEnded(EpochReport report, TrainingSample? sample, int epochsExpected)
    {
        lock (_gate)
        {
            _validated = null;
            Add(report);
            _sample = sample ?? _sample;
        }
        if (_failure is not null)
        {
            ExceptionDispatchInfo.Throw(_failure);
        }
    }

    // In the frame, because a line on the standard error would tear it apart.
    public void Recovered(TrainingRecovery recovery)
    {
        lock (_gate)
        {
            _recovery = recovery;
        }
    }

    public void CheckpointFailed(IOException failure) => _error.WriteLine(TrainingText.CheckpointFailure(failure));

    public void Finish(string modelPath, string? reportPath, IReadOnlyList<TrainingSample> continuations)
    {
        Dispose();
        var lines = TrainingText.Ending(_session!, modelPath, reportPath, continuations, ranks: null).ToArray();
        var paths = reportPath is null ? 1 : 2; // the last lines; paths are copied and so are not broken into lines
        foreach (var line in lines[..^paths])
        {
            _frame.Append(new Line(line));
        }
        foreach (var line in lines[^paths..])
        {
            _output.WriteLine(line);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_timer is null)
            {
                return;
            }
            Paint();
            _timer.Dispose();
            _timer = null;
        }
    }

    /// <summary>Adds the epochs before a checkpoint.</summary>
    private void AddEarlier()
    {
        foreach (var report in _session!.Trainer.Reports)
        {
            Add(report);
        }
    }

    private void Add(EpochReport report)
    {
        _losses.Add(report.Loss);
        _validation.Add(report.ValidationLoss);
    }

    private void Paint()
    {
        lock (_gate)
        {
            if (_timer is null || _failure is not null)
            {
                return;
            }
            try
            {
                PaintNow();
            }
            catch (Exception failure)
            {
                // On the timer's thread it would end the process, and the run with it: the next report throws it.
                _failure = failure;
            }
        }
    }

    private void PaintNow()
    {
        IRenderable heading = new Line(TrainingText.Heading(_session!), new Style(decoration: Decoration.Dim));
        IRenderable[] others = [Numbers(), Recovery(), Sample()];
        var rows = _frame.RowsOf(heading) + 1 + others.Sum(_frame.RowsOf);
        _frame.Paint(new Rows(heading, Progress(), others[0], others[1], Chart(_frame.Height - rows), others[2]));
    }

    private Line Progress()
    {
        var done = _session!.Progress;
        var elapsed = _time.GetElapsedTime(_start);
        var here = done - _doneAtStart;
        var left = here > 0 && done < 1 ? $"{Figures.Duration(elapsed * ((1 - done) / here))} left" : "";
        var epochs = _session.Plan.Trainer.Epochs;
        var epoch =
            (_session.Plan.Networks > 1 ? $"{TrainingText.Network(_session)}, " : "")
            + TrainingText.Epoch(_session.Plan, Math.Min(_losses.Count + (done < 1 ? 1 : 0), epochs));
        var room = Math.Clamp(_frame.Width - epoch.Length - left.Length - 2, 0, 40);
        var full = (int)(done * room);
        return new Line($"{epoch} {new string('━', full)}{new string('─', room - full)} {left}")
        {
            Overflow = Overflow.Crop,
        };
    }

    /// <summary>The figures, each with a piece of its curve.</summary>
    private Paragraph Numbers()
    {
        var (session, trainer) = (_session!, _session!.Trainer);
        var elapsed = session.EpochTime > TimeSpan.Zero ? session.EpochTime : _time.GetElapsedTime(_start);
        var epoch = trainer.Last ?? trainer.Unfinished;
        var speed = trainer.Last?.TokensPerSecond ?? trainer.TokensTrained / Math.Max(elapsed.TotalSeconds, 1e-3);
        var perplexity = epoch is null ? "-" : Figures.Perplexity(epoch.Perplexity);
        var numbers = new Paragraph();
        if ((_validated ?? epoch)?.ValidationPerplexity is { } validation && trainer.Best is { } best)
        {
            var place = _validated is null ? "" : $" at {_doneWhenValidated:0%} of epoch {_validated.Epoch}";
            numbers
                .Append($"⠒⠒⠒ perplexity {perplexity}", StyleOf(CurvePart.Training))
                .Append($"  ⠒ ⠒ validation {Figures.Perplexity(validation)}{place}", StyleOf(CurvePart.Validation))
                .Append(
                    $"  {PerplexityCurve.BestMark} best {Figures.Perplexity(best.ValidationPerplexity!.Value)} "
                        + $"in epoch {best.Epoch}",
                    StyleOf(CurvePart.Best)
                );
        }
        else
        {
            numbers.Append($"perplexity {perplexity}", new Style(decoration: Decoration.Bold));
        }
        if ((trainer.Unfinished ?? epoch)?.LearningRate is { } rate)
        {
            numbers.Append($"  learning rate {Figures.LearningRate(rate)}");
        }
        return numbers.Append($"  {Figures.Speed(speed)} tokens/s");
    }

    private static Style StyleOf(CurvePart part) =>
        part switch
        {
            CurvePart.Training => new Style(Color.Teal),
            CurvePart.Validation => new Style(Color.Olive),
            CurvePart.Best => new Style(Color.Green, decoration: Decoration.Bold),
            _ => new Style(decoration: Decoration.Dim),
        };

    private IRenderable Recovery() =>
        _recovery is { } recovery ? new Line(TrainingText.Recovery(recovery), new Style(Color.Yellow)) : new Rows();

    private Rows Chart(int room)
    {
        var height = Math.Min(room, HighestChart);
        var trainer = _session!.Trainer;
        var lines =
            height < LowestChart
                ? []
                : PerplexityCurve.Draw(
                    _losses,
                    _validation,
                    best: trainer.Best?.Epoch is { } best && best <= _validation.Count ? best : 0,
                    trainer.EpochsExpected,
                    _frame.Width,
                    height
                );
        return new Rows(
            lines.Select(line =>
            {
                var drawn = new Paragraph { Overflow = Overflow.Crop };
                foreach (var (text, part) in line)
                {
                    drawn.Append(text, StyleOf(part));
                }
                return drawn;
            })
        );
    }

    private IRenderable Sample()
    {
        if (_sample is not { } sample)
        {
            return new Rows();
        }
        return new Paragraph()
            .Append($"epoch {sample.Epoch}: ", new Style(decoration: Decoration.Dim))
            .Append(PrintableText.OneLine(sample.Prompt), new Style(decoration: Decoration.Bold))
            .Append(PrintableText.Beginning(sample.Text, Math.Max(_frame.Height / SampleShare, 2) * _frame.Width / 2));
    }
}
