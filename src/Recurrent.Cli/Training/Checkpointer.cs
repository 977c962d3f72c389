using Recurrent.Cli.Hosting;

namespace Recurrent.Cli.Training;

/// <summary>Saves a training every so often, so that it can go on after its process was ended.</summary>
internal sealed class Checkpointer : IDisposable
{
    private readonly TrainingRun _run;
    private readonly string _path;
    private readonly CliContext _context;
    private readonly ITimer? _timer; // null where no checkpoints are wanted
    private volatile bool _isDue;
    private bool _hasFailed;

    /// <summary>Begins to save.</summary>
    /// <param name="run">The training.</param>
    /// <param name="modelPath">The model file; its checkpoint stands beside it.</param>
    /// <param name="context">The world outside.</param>
    public Checkpointer(TrainingRun run, string modelPath, CliContext context)
    {
        (_run, _path, _context) = (run, modelPath + ".checkpoint", context);
        if (run.Settings.CheckpointInterval is { } interval)
        {
            // A timer, for reading the clock after each minibatch would cost more than looking at a field.
            _timer = context.Time.CreateTimer(_ => _isDue = true, null, interval, interval);
            run.AfterMinibatch(SaveIfDue);
        }
    }

    /// <summary>Goes on from the checkpoint, if there is one.</summary>
    /// <exception cref="Recurrent.Formats.ModelFileException">It cannot be read, or is another training's.</exception>
    public void Resume()
    {
        if (File.Exists(_path))
        {
            _run.ResumeFrom(_path);
        }
        else
        {
            _context.Error.WriteLine($"There is no checkpoint {_path}, so the training begins anew.");
        }
    }

    /// <summary>Saves now, if checkpoints are wanted; what goes wrong is said once and does not end the training.</summary>
    public void Save()
    {
        if (_timer is null)
        {
            return;
        }
        try
        {
            _run.SaveCheckpoint(_path);
        }
        catch (IOException error) when (!_hasFailed)
        {
            _hasFailed = true;
            _context.Error.WriteLine(
                $"{error.Message.TrimEnd('.')}; the training goes on without a checkpoint."
            );
        }
        catch (IOException)
        {
            // It has been said.
        }
    }

    /// <summary>Removes the checkpoint of a training that is over.</summary>
    public void Delete()
    {
        if (_timer is not null)
        {
            File.Delete(_path);
        }
    }

    public void Dispose() => _timer?.Dispose();

    private void SaveIfDue()
    {
        if (_isDue)
        {
            _isDue = false;
            Save();
        }
    }
}
