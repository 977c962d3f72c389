using Recurrent.Tensors;

namespace Recurrent.Training;

/// <summary>The weights of the epoch whose validation loss was lowest.</summary>
internal sealed class BestModel
{
    /// <summary>The prefix of the names of its weights in a checkpoint.</summary>
    public const string Prefix = "best.";

    private readonly TensorCopies _weights;

    /// <summary>Makes room for the weights.</summary>
    public BestModel(IReadOnlyList<Parameter> parameters) =>
        _weights = new TensorCopies(parameters.Select(parameter => parameter.Value));

    /// <summary>The epoch; null before the first.</summary>
    public EpochReport? Report { get; private set; }

    /// <summary>Tokens trained on up to its end.</summary>
    public long TokensTrained { get; private set; }

    /// <summary>The weights after it, (parameters), each of its parameter's shape; zeros before the first.</summary>
    public IReadOnlyList<Tensor> Weights => _weights.Values;

    /// <summary>Keeps the weights as they are if an epoch is the best so far.</summary>
    public void Consider(EpochReport report, long tokensTrained)
    {
        if (Report is null || report.ValidationLoss < Report.ValidationLoss)
        {
            Set(report, tokensTrained);
            _weights.Keep();
        }
    }

    /// <summary>Goes on from what a checkpoint says; the weights are set apart.</summary>
    public void Set(EpochReport report, long tokensTrained) => (Report, TokensTrained) = (report, tokensTrained);

    /// <summary>Gives the parameters the best weights; before the first epoch's end they stay as they are.</summary>
    public void Restore()
    {
        if (Report is not null)
        {
            _weights.Restore();
        }
    }
}
