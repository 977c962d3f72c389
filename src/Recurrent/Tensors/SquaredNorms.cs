using Recurrent.Kernels;
using Recurrent.Kernels.Sums;
using Recurrent.Kernels.Updates;

namespace Recurrent.Tensors;

/// <summary>
/// The sums of squares of some tensors, computed on their device and read back when they are wanted: at once, or a step
/// later.
/// </summary>
internal sealed class SquaredNorms
{
    private readonly Device _device;
    private readonly Operand<double> _squares;
    private readonly double[] _read;
    private readonly Readback<double> _readback;

    /// <summary>Makes room.</summary>
    /// <param name="device">The tensors' device.</param>
    /// <param name="count">The number of tensors.</param>
    public SquaredNorms(Device device, int count)
    {
        (_device, _read) = (device, new double[count]);
        _squares = new Operand<double>(device.Allocate<double>(count));
        _readback = new(device, _squares);
    }

    /// <summary>Computes Σ x² of one of the tensors; 0 where there is none.</summary>
    /// <param name="index">Which of them.</param>
    /// <param name="tensor">The tensor.</param>
    public void Compute(int index, Tensor? tensor)
    {
        var total = _squares.Slice(index, 1);
        if (tensor is null)
        {
            _device.Run(new Kernels.Elements.Fill<double>(total, 0));
        }
        else
        {
            _device.Run(new SumOfSquares(tensor.Values, total));
        }
    }

    /// <summary>
    /// Shortens a tensor, one of those whose sums are computed, by what brings their norm together to a bound.
    /// </summary>
    /// <param name="tensor">The tensor, which changes.</param>
    /// <param name="maxNorm">The bound, above 0.</param>
    public void Shorten(Tensor tensor, double maxNorm) =>
        _device.Run(new Shorten(tensor.ChangedValues(), _squares, maxNorm));

    /// <summary>Asks for the sums as they are now, to be read later.</summary>
    public void StartReading() => _readback.Start();

    /// <summary>Reads the sums back, one for each tensor; the next read overwrites them.</summary>
    public IReadOnlyList<double> Read()
    {
        _readback.Read(_read);
        return _read;
    }
}
