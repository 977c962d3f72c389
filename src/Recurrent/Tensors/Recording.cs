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
/// Around its rows a round has what may come first, such as the packing of weights, kernels that come when all rows
/// are there, then the gradients of weights, by columns, and behind all that what needs those. Any other kernel closes
/// the round and follows it.
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
    private readonly List<Step> _behind = [];
    private Recording? _outer;
    private Place _place; // of the operator that is being recorded
    private long _round = Interlocked.Increment(ref s_rounds);

    private enum Place
    {
        Rows, // in the open round, by rows
        Ahead, // before it
        Behind, // when all of it is done
    }

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
        where TKernel : struct, IKernel
    {
        var list =
            _rows.Count == 0 ? _steps
            : _place == Place.Behind ? _behind
            : _last;
        list.Add(_queues.Add(kernel));
    }

    /// <summary>Finds a place for an operator's way there, before anything of it is recorded.</summary>
    public void BeginForward(Operator operation)
    {
        if (operation.IsView)
        {
            return;
        }
        var (goesOn, isApart) = (HasItsRows(operation), operation.IsByRows);
        for (var i = 0; i < operation.Operands.Count; i++)
        {
            var operand = operation.Operands[i];
            var width = operand.Shape[-1];
            var isByRows = !operation.IsWeight(operand) && operand.Offset % Math.Max(1, width * Rows) == 0;
            goesOn &= operand.Storage.IsDone(_round, isByRows ? width : Storage.NotByRows);
            isApart &= operand.Storage.IsDone(_round, Storage.NotByRows);
        }
        Choose(operation, goesOn, isApart ? Place.Ahead : Place.Rows);
    }

    /// <summary>Records an operator's way there.</summary>
    public void Forward(Operator operation)
    {
        if (operation.IsView)
        {
            return;
        }
        ListFor(operation).Add(new Step(Work.Forward, operation));
        if (_place == Place.Rows)
        {
            var result = operation.Result;
            result.Storage.MarkWritten(_round, operation.IsByRows ? result.Shape[-1] : Storage.NotByRows);
            operation.SecondResult?.Storage.MarkWritten(_round, result.Shape[-1]);
        }
    }

    /// <summary>Finds a place for an operator's way back, before anything of it is recorded.</summary>
    public void BeginBackward(Operator operation, Storage dy)
    {
        var goesOn = HasItsRows(operation) && dy.IsDone(_round, operation.Result.Shape[-1]);
        for (var i = 0; i < operation.Operands.Count; i++)
        {
            var operand = operation.Operands[i];
            goesOn &=
                operand.GradientSoFar is not { } gradient
                || (
                    operation.IsWeight(operand)
                        ? gradient.IsDoneByRows(_round)
                        : gradient.IsDone(_round, operand.Shape[-1])
                );
        }
        Choose(operation, goesOn, Place.Behind);
    }

    /// <summary>Records an operator's way back.</summary>
    public void Backward(Operator operation)
    {
        var list = ListFor(operation);
        list.Add(new Step(Work.Backward, operation));
        if (operation.Columns > 0)
        {
            (list == _rows ? _weights : list).Add(new Step(Work.Weights, operation));
        }
        for (var i = 0; i < operation.Operands.Count; i++)
        {
            var operand = operation.Operands[i];
            var width =
                list != _rows ? Storage.Behind
                : operation.IsWeight(operand) ? Storage.NotByRows
                : operand.Shape[-1];
            operand.GradientSoFar?.MarkWritten(_round, width);
        }
    }

    /// <summary>Records the gradients of an operator's weights, after all before them.</summary>
    public void BackwardWeights(Operator operation)
    {
        CloseRound();
        _steps.Add(new Step(Work.Weights, operation));
    }

    private int Rows => _rows.Count > 0 ? _rows[0].Operator!.Rows : 1;

    private bool HasItsRows(Operator operation) => operation.IsRowwise && (_rows.Count == 0 || operation.Rows == Rows);

    /// <summary>
    /// Puts an operator into the open round, or if it cannot go on from there but has other rows, such as those of a
    /// table of weights, before or behind it; else closes the round.
    /// </summary>
    private void Choose(Operator operation, bool goesOn, Place otherwise)
    {
        _place = goesOn || HasItsRows(operation) ? Place.Rows : otherwise;
        if (!goesOn && _place == Place.Rows)
        {
            CloseRound();
        }
    }

    private List<Step> ListFor(Operator operation) =>
        _place == Place.Rows && operation.IsRowwise ? _rows
        : _rows.Count == 0 ? _steps
        : _place == Place.Ahead ? _first
        : _behind;

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
        _steps.AddRange(_behind);
        _first.Clear();
        _rows.Clear();
        _last.Clear();
        _weights.Clear();
        _behind.Clear();
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
    private const int Wide = 64; // columns that keep all chains of a column sum busy
    private const int Narrow = 16; // whole lines of a cache, and whole tiles

    public int Pieces => Math.Min(wanted, Units);

    private int Unit => operation.Columns >= wanted / 2 * Wide ? Wide : Narrow;

    private int Units => (operation.Columns + Unit - 1) / Unit;

    public void Run(int index)
    {
        var (columns, units) = (operation.Columns, Units);
        var start = (int)((long)units * index / Pieces) * Unit;
        var end = Math.Min((int)((long)units * (index + 1) / Pieces) * Unit, columns);
        operation.BackwardWeights(start, end - start);
    }
}
