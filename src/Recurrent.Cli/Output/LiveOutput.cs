using System.Runtime.ExceptionServices;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Training;
using Recurrent.Training;
using Spectre.Console;
using Spectre.Console.Rendering;
using Line = Spectre.Console.Text;

namespace Recurrent.Cli.Output;

/// <summary>A view of the training that moves, for a terminal: progress, perplexity curve and the latest sample.</summary>
internal sealed class LiveOutput : ITrainingOutput
{
    private const int LowestChart = 3; // rows
    private const int HighestChart = 8; // rows
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(200);

    private readonly TextWriter _output;
    private readonly TimeProvider _time;
    private readonly LiveFrame _frame;
    private readonly Lock _gate = new();
    private readonly List<double> _losses = []; // (epochs so far)
    private TrainingRun? _run;
    private ITimer? _timer;
    private long _start;
    private double _doneAtStart;
    private (int Epoch, Continuation Text)? _sample;
    private TrainingRecovery? _recovery; // the last
    private Exception? _failure;

    /// <summary>Makes a view that shows nothing yet.</summary>
    /// <param name="output">The terminal's writer.</param>
    /// <param name="terminal">Its size and colours.</param>
    /// <param name="time">The clock.</param>
    public LiveOutput(TextWriter output, Terminal terminal, TimeProvider time) =>
        (_output, _time, _frame) = (output, time, new LiveFrame(output, terminal));

    public void Start(TrainingRun run)
    {
        _run = run;
        _losses.AddRange(run.Reports.Select(report => report.Loss)); // those before a checkpoint
        _doneAtStart = run.Progress;
        _start = _time.GetTimestamp();
        _timer = _time.CreateTimer(_ => Paint(), null, s_interval, s_interval);
        Paint();
    }

    public void Report(EpochReport report)
    {
        // Outside the lock: the timer goes on while the model speaks.
        var sample = SampleEpochs.Contains(report.Epoch, _run!.ExpectedEpochs) ? _run.Sample() : null;
        lock (_gate)
        {
            _losses.Add(report.Loss);
            _sample = sample is null ? _sample : (report.Epoch, sample);
        }
        if (_failure is not null)
        {
            ExceptionDispatchInfo.Throw(_failure);
        }
    }

    // In the frame, for a line on the standard error would tear it apart.
    public void Recover(TrainingRecovery recovery)
    {
        lock (_gate)
        {
            _recovery = recovery;
        }
    }

    public void Finish(string modelPath, string? reportPath, IReadOnlyList<Continuation> continuations)
    {
        Dispose();
        var lines = TrainingText.Ending(_run!, modelPath, reportPath, continuations).ToArray();
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
                // On the timer's thread it would end the process, and the training with it: the next report throws it.
                _failure = failure;
            }
        }
    }

    private void PaintNow()
    {
        IRenderable heading = new Line(TrainingText.Heading(_run!), new Style(decoration: Decoration.Dim));
        var (recovery, sample) = (Recovery(), Sample());
        var rows = _frame.RowsOf(heading) + 2 + _frame.RowsOf(recovery) + _frame.RowsOf(sample);
        _frame.Paint(new Rows(heading, Progress(), Numbers(), recovery, Chart(_frame.Height - rows), sample));
    }

    private Line Progress()
    {
        var done = _run!.Progress;
        var elapsed = _time.GetElapsedTime(_start);
        var here = done - _doneAtStart;
        var left = here > 0 && done < 1 ? $"{Figures.Duration(elapsed * ((1 - done) / here))} left" : "";
        var epochs = _run.Settings.Trainer.Epochs;
        var epoch = TrainingText.Epoch(_run, Math.Min(_losses.Count + (done < 1 ? 1 : 0), epochs));
        var room = Math.Clamp(_frame.Width - epoch.Length - left.Length - 2, 0, 40);
        var full = (int)(done * room);
        return new Line($"{epoch} {new string('━', full)}{new string('─', room - full)} {left}")
        {
            Overflow = Overflow.Crop,
        };
    }

    private Line Numbers()
    {
        var elapsed = _run!.Elapsed > TimeSpan.Zero ? _run.Elapsed : _time.GetElapsedTime(_start);
        var perplexity = (_run!.Last ?? _run.Unfinished) is { } epoch
            ? Figures.Perplexity(epoch.Perplexity)
            : "-";
        var validation = _run.Last?.ValidationPerplexity is { } value
            ? $"  validation {Figures.Perplexity(value)}"
            : "";
        var speed = _run.Last?.TokensPerSecond ?? _run.TokensTrained / Math.Max(elapsed.TotalSeconds, 1e-3);
        return new Line(
            $"perplexity {perplexity}{validation}  {Figures.Speed(speed)} tokens/s",
            new Style(decoration: Decoration.Bold)
        )
        {
            Overflow = Overflow.Crop,
        };
    }

    private IRenderable Recovery() =>
        _recovery is { } recovery
            ? new Line(TrainingText.Recovery(recovery), new Style(Color.Yellow))
            : new Rows();

    private Rows Chart(int room)
    {
        var height = Math.Min(room, HighestChart);
        var lines =
            height < LowestChart
                ? []
                : PerplexityCurve.Draw(_losses, _run!.ExpectedEpochs, _frame.Width, height);
        return new Rows(
            lines.Select(line => new Line(line, new Style(Color.Teal)) { Overflow = Overflow.Crop })
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
            .Append(PrintableText.OneLine(sample.Text.Prefix), new Style(decoration: Decoration.Bold))
            .Append(PrintableText.OneLine(sample.Text.Text));
    }
}
