using Recurrent.Kernels.Gpu;

namespace Recurrent.Tensors;

/// <summary>Some graphics cards, each of which is opened when it is first asked for, and once.</summary>
/// <param name="count">Counts them.</param>
/// <param name="open">Opens one; throws <see cref="GpuException"/> where it cannot be used.</param>
internal sealed class Gpus(Func<int> count, Func<int, GpuCard> open)
{
    private readonly Dictionary<int, GpuDevice> _devices = [];

    /// <summary>The cards of this machine.</summary>
    public static Gpus OfThisMachine { get; } =
        new(() => CudaDriver.CountOf(CudaDriver.OfThisMachine), index => new CudaCard(CudaDriver.OfThisMachine, index));

    /// <summary>Whether an error is that of a card that has failed.</summary>
    public static bool HasFailed(Exception error) => error is GpuException;

    /// <summary>The number of cards.</summary>
    public int Count => count();

    /// <summary>The device of a card.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="IOException">There is no such card, or it cannot be used.</exception>
    public GpuDevice this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            lock (_devices)
            {
                if (!_devices.TryGetValue(index, out var device))
                {
                    _devices[index] = device = new GpuDevice(open(index), index);
                }
                return device;
            }
        }
    }

    /// <summary>The device of a card, or null where there is no such card or it cannot be used.</summary>
    public GpuDevice? Find(int index)
    {
        try
        {
            return this[index];
        }
        catch (GpuException)
        {
            return null;
        }
    }
}
