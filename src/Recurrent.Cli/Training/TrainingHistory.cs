using Recurrent.Training;

namespace Recurrent.Cli.Training;

/// <summary>What a training's epochs came to, and what the model wrote after some of them.</summary>
internal sealed class TrainingHistory
{
    private readonly List<EpochReport> _epochs = [];
    private readonly List<(int Epoch, Continuation Text)> _samples = [];

    /// <summary>The epochs since the training began, or went on from its checkpoint.</summary>
    public IReadOnlyList<EpochReport> Epochs => _epochs;

    /// <summary>What the model wrote, with the epoch after which it did.</summary>
    public IReadOnlyList<(int Epoch, Continuation Text)> Samples => _samples;

    /// <summary>An epoch is over; a training that went back forgets what came after it.</summary>
    public void Add(EpochReport report)
    {
        _epochs.RemoveAll(epoch => epoch.Epoch >= report.Epoch);
        _samples.RemoveAll(sample => sample.Epoch >= report.Epoch);
        _epochs.Add(report);
    }

    /// <summary>What the model writes after the last epoch: written now, unless it has been before.</summary>
    public Continuation? Sample(Func<Continuation?> write)
    {
        var epoch = _epochs.Count > 0 ? _epochs[^1].Epoch : 0;
        if (_samples.Count > 0 && _samples[^1].Epoch == epoch)
        {
            return _samples[^1].Text;
        }
        var text = write();
        if (text is not null)
        {
            _samples.Add((epoch, text));
        }
        return text;
    }
}
