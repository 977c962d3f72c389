using System.Runtime.CompilerServices;
using Recurrent.Kernels;
using Recurrent.Kernels.Elements;

namespace Recurrent.Tensors;

/// <summary>
/// The place where tensors live and are computed: a device owns their memory and runs their operators. The choice of a
/// device and of its threads changes the speed, never a bit of a result.
/// </summary>
public abstract class Device
{
    private protected Device() { }

    /// <summary>
    /// The device of tensors that are made without naming one: the CPU with a thread for each processor.
    /// </summary>
    public static Device Default { get; } = new CpuDevice();

    /// <summary>Makes a device of the processor and the host's memory.</summary>
    /// <remarks>
    /// Several threads may use one device at the same time; what finds its threads busy is computed by the caller
    /// alone.
    /// </remarks>
    /// <param name="threads">Threads that may work at once, 1 to 256; null for one for each processor.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is out of range.</exception>
    /// <example>
    /// <code>
    /// var model = LanguageModel.Create("gru", vocabularySize: 28, device: Device.Cpu(threads: 1));
    /// </code>
    /// </example>
    public static Device Cpu(int? threads = null) => new CpuDevice(threads);

    /// <summary>The number of NVIDIA's graphics cards here; 0 also where there is no driver for them.</summary>
    public static int GpuCount => Gpus.OfThisMachine.Count;

    /// <summary>A graphics card of NVIDIA's and its memory; each time the same device for the same card.</summary>
    /// <remarks>
    /// It gives the same bits as the processor. What is asked for is queued; reading a value waits for it. A card that
    /// fails later throws an <see cref="IOException"/> from whatever is asked for next.
    /// </remarks>
    /// <param name="index">The card's number, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="IOException">
    /// There is no driver, no such card, or one that is too old: of a compute capability below 7.0.
    /// </exception>
    /// <example>
    /// <code>
    /// if (Device.GpuCount > 0)
    /// {
    ///     var x = Tensor.From(Device.Gpu(), [1, 2, 3], 3);
    ///     Console.WriteLine(x.Device); // gpu:0, NVIDIA H100 80GB HBM3
    /// }
    /// </code>
    /// </example>
    public static Device Gpu(int index = 0) => Gpus.OfThisMachine[index];

    /// <summary>A graphics card if it exists and can be used, otherwise <see cref="Default"/>.</summary>
    /// <param name="index">The card's number, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <example>
    /// <code>
    /// var x = Tensor.From(Device.TryGpu(), [1, 2, 3], 3); // on any machine
    /// </code>
    /// </example>
    public static Device TryGpu(int index = 0) => Gpus.OfThisMachine.Find(index) ?? Default;

    /// <summary>All graphics cards that can be used, or <see cref="Default"/> alone if there is none.</summary>
    public static IReadOnlyList<Device> TryAllGpus()
    {
        Device[] cards = [.. Enumerable.Range(0, GpuCount).Select(Gpus.OfThisMachine.Find).OfType<GpuDevice>()];
        return cards.Length > 0 ? cards : [Default];
    }

    /// <summary>What it is: "cpu, 2 threads, 512-bit" or "gpu:0, NVIDIA H100 80GB HBM3".</summary>
    public abstract string Name { get; }

    /// <summary>The same without what differs from one machine to the next alone: "cpu".</summary>
    internal virtual string Words => Name;

    /// <inheritdoc cref="Name"/>
    public sealed override string ToString() => Name;

    /// <summary>Floating-point operations a second that a training run can be expected to do.</summary>
    internal abstract double WorkPerSecond { get; }

    /// <summary>Whether it computes while the host goes on, so that what it gave is better read later.</summary>
    internal virtual bool ComputesAhead => false;

    /// <summary>Allocates memory for a number of values, zeroed.</summary>
    internal abstract DeviceMemory<T> Allocate<T>(int length)
        where T : unmanaged;

    /// <summary>Runs a kernel on operands of this device's memory, after those before it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void Run<TKernel>(in TKernel kernel)
        where TKernel : struct, IKernel
    {
        // A call of a generic virtual method looks its target up each time, which a small model's step would feel.
        if (this is CpuDevice processor)
        {
            processor.RunHere(kernel);
        }
        else
        {
            RunElsewhere(kernel);
        }
    }

    /// <summary>
    /// Runs a kernel that needs and changes nothing that operators of a <see cref="Recording"/> compute by rows.
    /// </summary>
    internal void RunFirst<TKernel>(in TKernel kernel)
        where TKernel : struct, IKernel
    {
        if (Recording.Of(this) is { } recording)
        {
            recording.AddFirst(kernel);
        }
        else
        {
            Run(kernel);
        }
    }

    /// <summary>
    /// Runs a kernel on what operators of a <see cref="Recording"/> compute by rows, and which those do not need.
    /// </summary>
    internal void RunLast<TKernel>(in TKernel kernel)
        where TKernel : struct, IKernel
    {
        if (Recording.Of(this) is { } recording)
        {
            recording.AddLast(kernel);
        }
        else
        {
            Run(kernel);
        }
    }

    /// <summary>
    /// Lets the device put off what the calling thread asks for, until a value is read or the recording is disposed:
    /// all at once it is done faster.
    /// </summary>
    /// <returns>What ends it; null where the device computes as it pleases anyway.</returns>
    internal virtual IDisposable? Record() => null;

    /// <summary>Computes what the calling thread has put off.</summary>
    internal void Finish() => Recording.Of(this)?.Flush();

    /// <summary>Runs a kernel on another device than the CPU, after those before it.</summary>
    internal abstract void RunElsewhere<TKernel>(in TKernel kernel)
        where TKernel : struct, IKernel;

    /// <summary>Copies values to the host when every kernel before has run.</summary>
    internal void Read<T>(Operand<T> source, Span<T> destination)
        where T : unmanaged
    {
        if (this is CpuDevice)
        {
            Finish();
            source.AsSpan().CopyTo(destination);
        }
        else
        {
            ReadElsewhere(source, destination);
        }
    }

    /// <summary>Copies values from the host, to memory that nothing put off needs.</summary>
    internal void Write<T>(ReadOnlySpan<T> source, Operand<T> destination)
        where T : unmanaged
    {
        if (this is CpuDevice)
        {
            source.CopyTo(destination.AsSpan());
        }
        else
        {
            WriteElsewhere(source, destination);
        }
    }

    /// <summary>Reads from another device than the CPU.</summary>
    internal abstract void ReadElsewhere<T>(Operand<T> source, Span<T> destination)
        where T : unmanaged;

    /// <summary>Writes to another device than the CPU.</summary>
    internal abstract void WriteElsewhere<T>(ReadOnlySpan<T> source, Operand<T> destination)
        where T : unmanaged;

    /// <summary>Copies values within the device's memory.</summary>
    internal void Copy(Operand<float> source, Operand<float> destination) =>
        Run(new CopyRows(source, source.Length, destination, source.Length, 1, source.Length));

    /// <summary>Sets all values to one value.</summary>
    internal void Fill(Operand<float> values, float value) => Run(new Fill<float>(values, value));

    /// <summary>Computes an operator's result; a device may do so in pieces.</summary>
    internal virtual void Forward(Operator operation)
    {
        if (operation.Rows > 0)
        {
            operation.Forward(0, operation.Rows);
        }
    }

    /// <summary>Is told of an operator whose way there comes next, before anything of it is computed.</summary>
    internal virtual void BeginForward(Operator operation) { }

    /// <summary>Is told of an operator whose way back comes next, before anything of it is computed.</summary>
    /// <param name="operation">The operator.</param>
    /// <param name="dy">The gradient of its result.</param>
    internal virtual void BeginBackward(Operator operation, Storage dy) { }

    /// <summary>
    /// Computes the gradients of an operator's operands: first by rows, then those of its weights by columns.
    /// </summary>
    internal virtual void Backward(Operator operation)
    {
        if (operation.Rows > 0)
        {
            operation.Backward(0, operation.Rows);
        }
        BackwardWeights(operation);
    }

    /// <summary>Computes the gradients of an operator's weights by columns, after all before it.</summary>
    internal virtual void BackwardWeights(Operator operation)
    {
        if (operation.Columns > 0)
        {
            operation.BackwardWeights(0, operation.Columns);
        }
    }
}
