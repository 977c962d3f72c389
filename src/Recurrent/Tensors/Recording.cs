using System.Runtime.InteropServices;
using Recurrent.Kernels;
using Recurrent.Kernels.Threading;

namespace Recurrent.Tensors;

/// <summary>
/// What a thread has asked a <see cref="CpuDevice"/> to compute and what has not run yet. Operators that take each
/// other's results by the same rows of the batch make a round, there and back: a piece of a round is some rows through
/// all of its operators, so that a thread finds what it needs in its own cache, and threads meet once a round.
/// </summary>
/// <remarks>
/// Around its rows a round has kernels that may come first, such as the packing of weights, kernels that come when all
/// rows are there, and then the gradients of weights, by columns. Any other kernel closes the round and follows it.
/// </remarks>
internal sealed class Recording(CpuDevice device) : IDisposable
{
    private static long s_rounds;

    [ThreadStatic]
    private static Recording? t_current;

    private readonly KernelQueues _queues = new();
    private readonly List<Step> _steps = []; // closed rounds, and the kernels between them
    private readonly List<Step> _first = []; // the parts of the open round
    private readonly List<Step> _rows = [];
    private readonly List<Step> _last = [];
    private readonly List<Step> _weights = [];
    private Recording? _outer;
    private long _round = Interlocked.Increment(ref s_rounds);

    /// <summary>The calling thread's recording; null where kernels run at once.</summary>
    public static Recording? Current => t_current;

    /// <summary>The calling thread's recording of a device's work; null where its kernels run at once.</summary>
    public static Recording? Of(Device device) => t_current is { } current && current.Device == device ? current : null;

    /// <summary>The device whose work is recorded.</summary>
    public CpuDevice Device => device;

    /// <summary>Records what the calling thread asks for from here on.</summary>
    public Recording Begin()
    {
        (_outer, t_current) = (t_current, this);
        return this;
    }

    /// <summary>Computes what is left, and records no more.</summary>
    public void Dispose()
    {
        try
        {
            Flush();
        }
        finally
        {
            t_current = _outer;
            device.Return(this);
        }
    }

    /// <summary>Computes all that was recorded.</summary>
    public void Flush()
    {
        CloseRound();
        t_current = null;
        try
        {
            var steps = CollectionsMarshal.AsSpan(_steps);
            for (var i = 0; i < steps.Length; i++)
            {
                if (steps[i].Work == Work.Rows)
                {
                    var count = steps[i].Index;
                    device.RunRows(_steps, i + 1, count);
                    i += count;
                }
                else
                {
                    steps[i].Run(device);
                }
            }
        }
        finally
        {
            t_current = this;
            _steps.Clear();
            _queues.Clear();
        }
    }

    /// <summary>Records a kernel that comes after all before it.</summary>
    public void Add<TKernel>(in TKernel kernel)
        where TKernel : struct, IKernel
    {
        CloseRound();
        _steps.Add(_queues.Add(kernel));
    }

    /// <summary>Records a kernel that may come before the open round: it needs and changes nothing of it.</summary>
    public void AddFirst<TKernel>(in TKernel kernel)
        where TKernel : struct, IKernel => (_rows.Count > 0 ? _first : _steps).Add(_queues.Add(kernel));

    /// <summary>Records a kernel that comes when all rows of the open round are there.</summary>
    public void AddLast<TKernel>(in TKernel kernel)
        where TKernel : struct, IKernel => (_rows.Count > 0 ? _last : _steps).Add(_queues.Add(kernel));

    /// <summary>Closes the round if an operator's way there does not go on from it by rows.</summary>
    public void BeginForward(Operator operation)
    {
        var goesOn = operation.IsView || GoesOn(operation);
        for (var i = 0; i < operation.Operands.Count && !operation.IsView; i++)
        {
            var operand = operation.Operands[i];
            var width = operand.Shape[-1];
            var isByRows = !operation.IsWeight(operand) && operand.Offset % Math.Max(1, width * Rows) == 0;
            goesOn &= operand.Storage.IsDone(_round, isByRows ? width : Storage.NotByRows);
        }
        CloseUnless(goesOn);
    }

    /// <summary>Records an operator's way there.</summary>
    public void Forward(Operator operation)
    {
        if (!operation.IsView)
        {
            AddRows(operation, Work.Forward);
            operation.MarkResults(_round);
        }
    }

    /// <summary>Closes the round if an operator's way back does not go on from it by rows.</summary>
    public void BeginBackward(Operator operation, Storage dy)
    {
        var goesOn = GoesOn(operation) && dy.IsDone(_round, operation.Result.Shape[-1]);
        for (var i = 0; i < operation.Operands.Count; i++)
        {
            var operand = operation.Operands[i];
            goesOn &=
                operation.IsWeight(operand)
                || operand.GradientSoFar is not { } gradient
                || gradient.IsDone(_round, operand.Shape[-1]);
        }
        CloseUnless(goesOn);
    }

    /// <summary>Records an operator's way back.</summary>
    public void Backward(Operator operation)
    {
        AddRows(operation, Work.Backward);
        if (operation.Columns > 0)
        {
            (operation.IsRowwise ? _weights : _steps).Add(new Step(Work.Weights, operation));
        }
        for (var i = 0; i < operation.Operands.Count; i++)
        {
            var operand = operation.Operands[i];
            operand.GradientSoFar?.MarkWritten(
                _round,
                operation.IsWeight(operand) ? Storage.NotByRows : operand.Shape[-1]
            );
        }
    }

    private int Rows => _rows.Count > 0 ? _rows[0].Operator!.Rows : 1;

    private bool GoesOn(Operator operation) => operation.IsRowwise && (_rows.Count == 0 || operation.Rows == Rows);

    private void AddRows(Operator operation, Work work) =>
        (operation.IsRowwise ? _rows : _steps).Add(new Step(work, operation));

    private void CloseUnless(bool goesOn)
    {
        if (!goesOn)
        {
            CloseRound();
        }
    }

    private void CloseRound()
    {
        if (_rows.Count == 0)
        {
            return;
        }
        _steps.AddRange(_first);
        _steps.Add(new Step(Work.Rows, Index: _rows.Count));
        _steps.AddRange(_rows);
        _steps.AddRange(_last);
        _steps.AddRange(_weights);
        _first.Clear();
        _rows.Clear();
        _last.Clear();
        _weights.Clear();
        _round = Interlocked.Increment(ref s_rounds);
    }
}

/// <summary>What a step of a recording does.</summary>
internal enum Work
{
    /// <summary>Runs a kernel.</summary>
    Kernel,

    /// <summary>Runs the next so many steps by rows.</summary>
    Rows,

    /// <summary>Computes an operator's result.</summary>
    Forward,

    /// <summary>Computes the gradients of an operator's operands.</summary>
    Backward,

    /// <summary>Computes the gradients of an operator's weights.</summary>
    Weights,
}

/// <summary>A step of a recording.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Step(Work Work, Operator? Operator = null, IKernelQueue? Queue = null, int Index = 0)
{
    /// <summary>Runs the whole step, on all threads.</summary>
    public void Run(CpuDevice device)
    {
        switch (Work)
        {
            case Work.Kernel:
                Queue!.Run(Index, device);
                break;
            case Work.Weights:
                device.RunColumns(Operator!);
                break;
            default:
                Run(0, Operator!.Rows);
                break;
        }
    }

    /// <summary>Runs the step for some rows.</summary>
    public void Run(int start, int count)
    {
        if (Work == Work.Forward)
        {
            Operator!.Forward(start, count);
        }
        else
        {
            Operator!.Backward(start, count);
        }
    }
}

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
        private readonly List<TKernel> _kernels = [];

        public static int Slot { get; } = Interlocked.Increment(ref s_slots) - 1;

        public int Add(in TKernel kernel)
        {
            _kernels.Add(kernel);
            return _kernels.Count - 1;
        }

        public void Run(int index, CpuDevice device) => device.RunNow(CollectionsMarshal.AsSpan(_kernels)[index]);

        public void Clear() => _kernels.Clear();
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

/// <summary>A round by rows, as a job: a chunk is a piece of the rows through all operators.</summary>
internal readonly struct RowsJob(List<Step> steps, int first, int count, int rows, int pieces) : IJob
{
    public void Run(int index)
    {
        var (start, end) = ((int)((long)rows * index / pieces), (int)((long)rows * (index + 1) / pieces));
        var all = CollectionsMarshal.AsSpan(steps).Slice(first, count);
        for (var i = 0; i < all.Length; i++)
        {
            all[i].Run(start, end - start);
        }
    }
}

/// <summary>The gradients of an operator's weights, as a job: a chunk is some of their columns.</summary>
internal readonly struct ColumnsJob(Operator operation, int wanted) : IJob
{
    private const int Unit = 16; // columns: whole lines of a cache, and whole tiles

    public int Pieces => Math.Min(wanted, (operation.Columns + Unit - 1) / Unit);

    public void Run(int index)
    {
        var (columns, units) = (operation.Columns, (operation.Columns + Unit - 1) / Unit);
        var start = (int)((long)units * index / Pieces) * Unit;
        var end = Math.Min((int)((long)units * (index + 1) / Pieces) * Unit, columns);
        operation.BackwardWeights(start, end - start);
    }
}
