using Recurrent.Models;
using Recurrent.Tensors;

namespace Recurrent.Training;

/// <summary>
/// The results of a training step. Loss and norm stay on the device until somebody asks, at once or a step later, so
/// that a device that computes ahead need not be waited for. <see cref="TrainingStep"/> fills a result again two
/// steps later.
/// </summary>
/// <param name="model">The model that is trained.</param>
/// <param name="shards">The shards that it is trained on here.</param>
internal sealed class StepResult(ILanguageModel model, int shards)
{
    private readonly Tensor _losses = Tensor.Zeros(model.Device, shards); // outlive the memory of the step
    private readonly SquaredNorms _norms = new(model.Device, model.Parameters.Count);
    private readonly float[] _lossesHere = new float[shards];
    private readonly double[] _sums = new double[shards];
    private double? _readLoss; // null until it is read back
    private double? _readNorm;
    private Readback<float>? _readback; // of the loss

    /// <summary>Mean cross-entropy of the minibatch before the update, in nats; the first call reads it back.</summary>
    public double Loss => _readLoss ??= ReadLoss();

    /// <summary>The gradient's global norm before clipping; the first call reads it back.</summary>
    public double GradientNorm => _readNorm ??= Math.Sqrt(SumOfSquares());

    /// <summary>Whether both are finite; otherwise the update was of no use.</summary>
    public bool IsFinite => double.IsFinite(Loss) && double.IsFinite(GradientNorm);

    /// <summary>The value that is not finite, in words.</summary>
    public string Problem => double.IsFinite(Loss) ? $"the gradient's norm is {GradientNorm}" : $"the loss is {Loss}";

    /// <summary>Keeps the loss of a shard or of several, and forgets what was read of another step.</summary>
    /// <param name="shard">The place of the first among those here.</param>
    /// <param name="losses">What each contributes to the minibatch's, shape (shards).</param>
    public void KeepLosses(int shard, Tensor losses)
    {
        (_readLoss, _readNorm) = (null, null);
        model.Device.Copy(losses.Values, _losses.Values.Slice(shard, losses.Count));
    }

    /// <summary>Takes the loss of all ranks' shards in place of that of these.</summary>
    public void TakeLoss(double loss) => _readLoss = loss;

    /// <summary>Takes the means over workers that each have a loss and a gradient of their own.</summary>
    public void Take(double loss, double norm) => (_readLoss, _readNorm) = (loss, norm);

    /// <summary>Asks the device for the loss and the norm, to be read when they are there.</summary>
    public void StartReading()
    {
        (_readback ??= new(model.Device, _losses.Values)).Start();
        _norms.StartReading();
    }

    /// <summary>The sums of squares of the gradients before clipping.</summary>
    public SquaredNorms Norms => _norms;

    private double ReadLoss()
    {
        if (_readback is null)
        {
            _losses.CopyTo(_lossesHere);
        }
        else
        {
            _readback.Read(_lossesHere);
        }
        for (var i = 0; i < _sums.Length; i++)
        {
            _sums[i] = _lossesHere[i];
        }
        return GradientTree.Sum(_sums);
    }

    private double SumOfSquares()
    {
        var squares = _norms.Read();
        var sum = 0.0;
        for (var i = 0; i < squares.Count; i++)
        {
            sum += squares[i];
        }
        return sum;
    }
}
