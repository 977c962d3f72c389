using System.Runtime.CompilerServices;
using Recurrent.Kernels;
using Recurrent.Kernels.Products;
using Recurrent.Kernels.Sums;

namespace Recurrent.Tensors;

/// <summary>
/// An operator at work on its operands, which it keeps, by name, until the way back has gone through it.
/// </summary>
/// <remarks>
/// What it computes it states by ranges, so that a device may do it in pieces and later: forward by rows of the result,
/// the way back by the same rows, and the gradients of weights, in which all rows meet, by columns when all rows are
/// done. Pieces of one of the three may come in any order, and give the same bits as the whole.
/// </remarks>
internal abstract class Operator
{
    private static long s_order;
    private readonly List<Tensor> _operands = [];
    private bool _isOfShard; // whether sums are those of one shard
    private bool _isWaiting; // for sums of one shard after the other

    /// <summary>The result.</summary>
    public Tensor Result { get; private set; } = null!;

    /// <summary>The operators' order of computation.</summary>
    public long Order { get; private set; }

    /// <summary>The way back that last came here.</summary>
    public Tape? Visitor { get; set; }

    /// <summary>Whether the way back begins here, with a gradient of 1.</summary>
    public bool IsRoot { get; set; }

    /// <summary>
    /// The shards of the batch, by which gradients of weights are summed; 1 too where there is no batch.
    /// </summary>
    public int Shards { get; private set; }

    /// <summary>The operands; an operator knows them by name, too.</summary>
    public IReadOnlyList<Tensor> Operands => _operands;

    /// <summary>How the result falls into rows that are computed apart from each other.</summary>
    public virtual RowLayout Layout => Result.Shape.RowLayout;

    /// <summary>The rows that are computed apart from each other.</summary>
    public int Rows => Layout.Rows;

    /// <summary>
    /// Whether rows of the result, there and back, need only the same rows of the operands, but for weights.
    /// </summary>
    public virtual bool IsRowwise => true;

    /// <summary>Whether the result shares an operand's memory, so that there is nothing to compute.</summary>
    public virtual bool IsView => false;

    /// <summary>
    /// Columns of the weights' gradients that are computed apart from each other; 0 where there are no weights.
    /// </summary>
    public virtual int Columns => 0;

    /// <summary>
    /// Rows that should be computed together, where there are as many, because they share a pass over weights that are
    /// too large for the caches.
    /// </summary>
    public virtual int RowsTogether => 1;

    /// <summary>The device of the operands.</summary>
    protected Device Device => Result.Device;

    /// <summary>The shards of operands that are no tensors.</summary>
    protected virtual int ShardsOfIndices => 1;

    /// <summary>The rows over which the gradients of weights are summed now; null where all are summed alike.</summary>
    protected ShardedRows? Sums { get; private set; }

    /// <summary>Whether a gradient has come to the result.</summary>
    protected virtual bool HasGradient => Result.HasGradient;

    /// <summary>The gradient of the result, while the way back is here.</summary>
    protected Storage DY { get; private set; } = null!;

    /// <summary>
    /// Whether each row of the result needs all of an operand, whose gradient then comes by columns.
    /// </summary>
    public virtual bool IsWeight(Tensor operand) => false;

    /// <summary>Whether the result is there row by row, and not only when all rows are.</summary>
    public virtual bool IsByRows => true;

    /// <summary>A second result, by the same rows; null for none.</summary>
    public virtual Tensor? SecondResult => null;

    /// <summary>Computes rows of the result; nothing for a view.</summary>
    public virtual void Forward(int start, int count) { }

    /// <summary>Computes rows of the operands' gradients.</summary>
    public virtual void Backward(int start, int count) { }

    /// <summary>Computes columns of the weights' gradients, after all rows.</summary>
    public virtual void BackwardWeights(int start, int count) { }

    /// <summary>Computes the result: a tensor that is recorded when an operand requires a gradient.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public Tensor Apply(Tensor result, params ReadOnlySpan<Tensor> operands)
    {
        var requiresGradient = false;
        foreach (var operand in operands)
        {
            requiresGradient |= operand.RequiresGradient;
            if (operand.Device != result.Device)
            {
                throw new ArgumentException(
                    "The operands of an operator must be on one device; make all tensors of a model on the same."
                );
            }
        }
        Result = result;
        _operands.Clear();
        _operands.AddRange(operands);
        Shards = ShardsOfIndices;
        foreach (var operand in operands)
        {
            Shards = Math.Max(Shards, operand.Shards);
        }
        result.Shards = Shards;
        Device.BeginForward(this);
        BeginForward();
        Device.Forward(this);
        EndForward();
        if (requiresGradient && GradientMode.IsEnabled)
        {
            Order = Interlocked.Increment(ref s_order);
            Record();
        }
        return Result;
    }

    /// <summary>Passes the gradient of the result on to the operands.</summary>
    public void PassGradientOn()
    {
        PassOn();
        Forget();
    }

    /// <summary>
    /// Passes a gradient on; with shards but for the weights whose gradients must be summed a shard after the other.
    /// </summary>
    public void PassOn()
    {
        _isWaiting = false;
        if (!HasGradient)
        {
            return;
        }
        if (Shards > 1 && (!IsRowwise || (Columns > 0 && ByShards == ShardSums.Never)))
        {
            throw new NotSupportedException($"{GetType().Name} does not sum by shards.");
        }
        DY = TakeGradient();
        Device.BeginBackward(this, DY);
        (Sums, _isOfShard) = (SumsOf(0, Shards), false);
        BeginBackward();
        BeginWeights();
        Device.Backward(this);
        EndWeights();
        EndBackward();
        _isWaiting = Shards > 1 && HasLateWeight();
        if (!_isWaiting)
        {
            DY.Release();
        }
    }

    /// <summary>Computes the gradients that <see cref="PassOn"/> left out, of one shard.</summary>
    public void PassOnLate(int shard)
    {
        if (_isWaiting)
        {
            (Sums, _isOfShard) = (SumsOf(shard, 1), true);
            BeginWeights();
            Device.BackwardWeights(this);
            EndWeights();
        }
    }

    /// <summary>Lets go of what the way back needed, now that it has gone through here.</summary>
    public void Forget()
    {
        if (_isWaiting)
        {
            DY.Release();
        }
        Spend();
        _operands.Clear();
        (Visitor, IsRoot, _isWaiting) = (null, false, false);
    }

    /// <summary>
    /// Whether the sum of a weight's gradient over the shards can only be taken when all else is there.
    /// </summary>
    /// <param name="operand">An operand.</param>
    public bool IsLate(Tensor operand) =>
        operand.RequiresGradient
        && IsWeight(operand)
        && !(ByShards == ShardSums.Together && operand.Leaf is { Uses: 1 });

    /// <summary>A slot for the gradient of a weight, if its turn is now.</summary>
    /// <param name="weight">The weight; null for none.</param>
    /// <param name="isZeroed">Whether what adds to it leaves what it does not add to.</param>
    protected GradientSlot WeightSlot(Tensor? weight, bool isZeroed = false) =>
        weight is null || !IsItsTurn(weight) ? default
        : isZeroed ? GradientSlot.Zeroed(weight)
        : GradientSlot.Added(weight);

    /// <summary>Whether the gradient of a weight is computed now: with shards, some are late.</summary>
    protected bool IsItsTurn(Tensor weight) => Sums is null || IsLate(weight) == _isOfShard;

    /// <summary>How <see cref="BackwardWeights"/> sums the gradients of weights where there are shards.</summary>
    protected virtual ShardSums ByShards => ShardSums.Never;

    private bool HasLateWeight()
    {
        foreach (var operand in _operands)
        {
            if (IsLate(operand))
            {
                return true;
            }
        }
        return false;
    }

    private ShardedRows? SumsOf(int first, int count)
    {
        if (Shards == 1)
        {
            return null;
        }
        var (groups, rows, _) = Layout;
        return new(groups, rows, rows / Shards, first, count);
    }

    /// <summary>Rows that should share a pass over a matrix, if there is one; each counts once a group.</summary>
    protected static int RowsOfPass(Tensor? weight, int groups) =>
        weight is null || MatrixProduct.IsNear(weight.Count) ? 1 : MatrixProduct.RowsOfPass / Math.Max(1, groups);

    /// <summary>table[index] += dy's row for each index, in order, in columns of the table.</summary>
    protected void AddRows(Storage dy, Operand<int> indices, GradientSlot table, int n, int start, int count)
    {
        // Those of a shard are some in each time step.
        var (steps, step, rows, first) = Sums is { } sums
            ? (sums.Groups, sums.Step, sums.Size, sums.Start(0))
            : (1, 0, indices.Length, 0);
        for (var t = 0; t < steps && table.IsWanted; t++)
        {
            var row = (t * step) + first;
            Device.Run(
                new AddRows(
                    dy.Slice(row * n, rows * n).Columns(start, count, n),
                    indices.Slice(row, rows),
                    table.Values.Columns(start, count, n),
                    count,
                    n
                )
            );
        }
    }

    /// <summary>The sums of columns of a matrix (rows, n), over all of its rows.</summary>
    protected void SumColumns(Operand<float> x, int n, GradientSlot totals, int start, int count)
    {
        if (!totals.IsWanted)
        {
            return;
        }
        var (columns, sums) = (x.Columns(start, count, n), totals.Slice(start, count));
        if (Sums is { } shards)
        {
            Device.Run(new ShardedColumnSums(columns, n, shards, sums, totals.Accumulate));
        }
        else
        {
            Device.Run(new ColumnSums(columns, n, sums, totals.Accumulate));
        }
    }

    /// <summary>Prepares what all rows need, such as packed weights.</summary>
    protected virtual void BeginForward() { }

    /// <summary>Does what is left to do when all rows of the result are there.</summary>
    protected virtual void EndForward() { }

    /// <summary>Takes the gradient of the result.</summary>
    protected virtual Storage TakeGradient() => Result.TakeGradient()!;

    /// <summary>Makes the result remember this operator.</summary>
    protected virtual void Record() => Result.Operator = this;

    /// <summary>Makes the result forget this operator, through which the way back has gone.</summary>
    protected virtual void Spend() => Result.Spend();

    /// <summary>Decides where each operand's gradient goes; those of several uses add up in this order.</summary>
    protected abstract void BeginBackward();

    /// <summary>Does what is left to do when all rows of the gradients are there.</summary>
    protected virtual void EndBackward() { }

    /// <summary>Decides where the gradient of each weight goes: with shards, of those whose turn it is.</summary>
    protected virtual void BeginWeights() { }

    /// <summary>Does what is left to do when all columns of the gradients are there.</summary>
    protected virtual void EndWeights() { }
}

/// <summary>How an operator sums the gradients of weights over the rows of shards.</summary>
internal enum ShardSums
{
    /// <summary>It cannot.</summary>
    Never,

    /// <summary>Those of one shard at a time.</summary>
    Apart,

    /// <summary>Those of several, which it adds up by the tree, too.</summary>
    Together,
}
