namespace Recurrent.Kernels;

/// <summary>
/// Memory of a device: values that only the device's kernels read and write. Nothing else may rely on the
/// address, which need not be one of the host.
/// </summary>
/// <typeparam name="T">The type of a value: float, int or double.</typeparam>
internal abstract unsafe class DeviceMemory<T>
    where T : unmanaged
{
    protected DeviceMemory(int length) => Length = length;

    /// <summary>Number of values.</summary>
    public int Length { get; }

    /// <summary>Address of the first value; it never changes.</summary>
    public T* Address { get; protected init; }
}
