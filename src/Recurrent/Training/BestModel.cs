using Recurrent.Tensors;

namespace Recurrent.Training;

/// <summary>The weights of the epoch whose validation loss was lowest.</summary>
internal sealed class BestModel
{
    private readonly IReadOnlyList<Parameter> _parameters;

    /// <summary>Makes room for the weights.</summary>
    public BestModel(IReadOnlyList<Parameter> parameters)
    {
        _parameters = parameters;
        Weights = [.. parameters.Select(parameter => Tensor.Zeros(parameter.Value.Shape.ToArray()))];
    }

    /// <summary>The epoch; null before the first.</summary>
    public EpochReport? Report { get; private set; }

    /// <summary>Tokens trained on up to its end.</summary>
    public long TokensTrained { get; private set; }

    /// <summary>The weights after it, (parameters), each of its parameter's shape; zeros before the first.</summary>
    public IReadOnlyList<Tensor> Weights { get; }

    /// <summary>Keeps the weights as they are if an epoch is the best so far.</summary>
    public void Consider(EpochReport report, long tokensTrained)
    {
        if (Report is null || report.ValidationLoss < Report.ValidationLoss)
        {
            Set(report, tokensTrained);
            for (var i = 0; i < _parameters.Count; i++)
            {
                _parameters[i].Value.Values.CopyTo(Weights[i].Edit());
            }
        }
    }

    /// <summary>Goes on from what a checkpoint says; the weights are set apart.</summary>
    public void Set(EpochReport report, long tokensTrained) =>
        (Report, TokensTrained) = (report, tokensTrained);

    /// <summary>Gives the parameters the best weights; before the first epoch's end they stay as they are.</summary>
    public void Restore()
    {
        for (var i = 0; Report is not null && i < _parameters.Count; i++)
        {
            Weights[i].Values.CopyTo(_parameters[i].Value.Edit());
        }
    }
}
