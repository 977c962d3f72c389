using Recurrent.Kernels;

namespace Recurrent.Tensors;

/// <summary>Recorded kernels, which are kept by their type and so without an object for each.</summary>
internal sealed class KernelQueues
{
    private static int s_slots;
    private readonly List<IKernelQueue?> _queues = []; // by the type's slot

    /// <summary>Keeps a kernel.</summary>
    public Step Add<TKernel>(in TKernel kernel)
        where TKernel : struct, IKernel
    {
        while (_queues.Count <= KernelQueue<TKernel>.Slot)
        {
            _queues.Add(null);
        }
        var queue = (KernelQueue<TKernel>)(_queues[KernelQueue<TKernel>.Slot] ??= new KernelQueue<TKernel>());
        return new Step(Work.Kernel, Queue: queue, Index: queue.Add(kernel));
    }

    /// <summary>Forgets all kernels.</summary>
    public void Clear()
    {
        foreach (var queue in _queues)
        {
            queue?.Clear();
        }
    }

    private sealed class KernelQueue<TKernel> : IKernelQueue
        where TKernel : struct, IKernel
    {
        private TKernel[] _kernels = new TKernel[4]; // a list of each type would have to be compiled
        private int _count;

        public static int Slot { get; } = Interlocked.Increment(ref s_slots) - 1;

        public int Add(in TKernel kernel)
        {
            if (_count == _kernels.Length)
            {
                Array.Resize(ref _kernels, 2 * _count);
            }
            _kernels[_count] = kernel;
            return _count++;
        }

        public void Run(int index, CpuDevice device) => device.RunNow(_kernels[index]);

        public void Clear()
        {
            Array.Clear(_kernels, 0, _count);
            _count = 0;
        }
    }
}

/// <summary>Recorded kernels of one type.</summary>
internal interface IKernelQueue
{
    /// <summary>Runs a kernel.</summary>
    void Run(int index, CpuDevice device);

    /// <summary>Forgets all of them.</summary>
    void Clear();
}
