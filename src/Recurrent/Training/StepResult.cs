using Recurrent.Models;
using Recurrent.Tensors;

namespace Recurrent.Training;

/// <summary>
/// The results of a training step. Loss and norm stay on the device until somebody asks, at once or a step later, so
/// that a device that computes ahead need not be waited for. <see cref="TrainingStep"/> fills a result again two
/// steps later.
/// </summary>
/// <param name="model">The model that is trained.</param>
internal sealed class StepResult(ILanguageModel model)
{
    private readonly Tensor _loss = Tensor.Zeros(model.Device, 1); // outlives the memory of the step
    private readonly SquaredNorms _norms = new(model.Device, model.Parameters.Count);
    private float? _readLoss; // null until it is read back
    private double? _readNorm;
    private Readback<float>? _readback; // of the loss

    /// <summary>Mean cross-entropy of the minibatch before the update, in nats; the first call reads it back.</summary>
    public float Loss => _readLoss ??= ReadLoss();

    /// <summary>The gradient's global norm before clipping; the first call reads it back.</summary>
    public double GradientNorm => _readNorm ??= Math.Sqrt(SumOfSquares());

    /// <summary>Whether both are finite; otherwise the update was of no use.</summary>
    public bool IsFinite => float.IsFinite(Loss) && double.IsFinite(GradientNorm);

    /// <summary>The value that is not finite, in words.</summary>
    public string Problem => float.IsFinite(Loss) ? $"the gradient's norm is {GradientNorm}" : $"the loss is {Loss}";

    /// <summary>The loss on the device, shape (1).</summary>
    public Tensor LossOnDevice => _loss;

    /// <summary>Keeps the loss, and forgets what was read of another step.</summary>
    /// <param name="loss">Shape (1).</param>
    public void KeepLoss(Tensor loss)
    {
        (_readLoss, _readNorm) = (null, null);
        _loss.CopyFrom(loss);
    }

    /// <summary>Asks the device for the loss and the norm, to be read when they are there.</summary>
    public void StartReading()
    {
        (_readback ??= new(model.Device, _loss.Values)).Start();
        _norms.StartReading();
    }

    /// <summary>The sums of squares of the gradients before clipping.</summary>
    public SquaredNorms Norms => _norms;

    private float ReadLoss()
    {
        if (_readback is null)
        {
            return _loss.ToScalar();
        }
        Span<float> loss = stackalloc float[1];
        _readback.Read(loss);
        return loss[0];
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
