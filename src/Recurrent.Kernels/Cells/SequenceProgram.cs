using Recurrent.Kernels.Gpu;

namespace Recurrent.Kernels.Cells;

/// <summary>
/// The program of a graphics card for a whole sequence. A block owns hidden units with all their gates and rows of the
/// batch, a thread some of both, through all steps. Each step is the product of what all blocks of the same rows have
/// written in the step before, one chain of fused multiply-adds over ascending k, and then the cell's own equations,
/// in registers. Between steps those blocks, and no others, wait for each other: rows of a batch do not meet.
/// </summary>
internal abstract class SequenceProgram
{
    private readonly PtxInt _rowLane;
    private readonly PtxPredicate[,] _isIn = new PtxPredicate[0, 0]; // (thread's rows, its units), unless all are
    private readonly PtxPointer _exchange; // of the block's rows: two sides, of which one is read, one written
    private readonly PtxInt[] _exchangePlaces = []; // of the thread's first unit and those 1, 2 and 3 further on

    protected SequenceProgram(PtxWriter w, SequenceShape shape)
    {
        (Writer, Shape, Tile, Cell) = (w, shape, shape.Tile, shape.Cell);
        (Hidden, GateStep) = (shape.HiddenSize, shape.Cell.Gates.Count * shape.HiddenSize);
        (Gates, InputGates, Tokens, TokenTable) = (w.Pointer(), w.Pointer(), w.Pointer(sizeof(int)), w.Pointer());
        RecurrentBias = w.Pointer();
        var weights = w.Pointer();
        (InitialH, InitialC, H, C, GatedH) = (w.Pointer(), w.Pointer(), w.Pointer(), w.Pointer(), w.Pointer());
        (OutputGradient, GradientH, GradientC) = (w.Pointer(), w.Pointer(), w.Pointer());
        var (scratch, counters) = (w.Pointer(), w.Pointer(sizeof(int)));
        (Steps, Batch, FirstTime, TimeStep) = (w.Int(), w.Int(), w.Int(), w.Int());
        var rowTile = w.BlockY + w.Int();
        (Thread, Block) = (w.Thread, w.BlockX);
        var (unitLane, rowLane) = Lanes(Thread, Tile);
        _rowLane = rowLane;
        Unit = (Block * Tile.Units) + unitLane;
        Row = (rowTile * Tile.Rows) + rowLane;
        if (!shape.IsWhole)
        {
            _isIn = new PtxPredicate[Tile.ThreadRows, Tile.ThreadUnits];
            ForElements(
                (i, j) => _isIn[i, j] = (Row + (i * Tile.RowLanes) < Batch) & (Unit + (j * Tile.UnitLanes) < Hidden)
            );
        }
        Products = null!;
        if (Cell.IsRecurrent)
        {
            w.ResidentBlocks = shape.BlocksByRegisters;
            _exchange = scratch + (rowTile * (2 * shape.Exchanged));
            _exchangePlaces = [.. Enumerable.Range(0, 4).Select(ExchangePlace)];
            Counter = counters + (rowTile * SequenceShape.CounterStep);
            Products = new SequenceMultiplier(w, shape, (unitLane, rowLane), _exchange, weights, Counter);
        }
    }

    protected static PtxInt Zero => 0;

    protected PtxWriter Writer { get; }
    protected SequenceShape Shape { get; }
    protected SequenceTile Tile { get; }
    protected Cell Cell { get; }
    protected int Hidden { get; } // H
    protected int GateStep { get; } // G·H
    protected PtxPointer Gates { get; }
    protected PtxPointer InputGates { get; }
    protected PtxPointer Tokens { get; }
    protected PtxPointer TokenTable { get; }
    protected PtxPointer RecurrentBias { get; }
    protected PtxPointer InitialH { get; }
    protected PtxPointer InitialC { get; }
    protected PtxPointer H { get; }
    protected PtxPointer C { get; }
    protected PtxPointer GatedH { get; }
    protected PtxPointer OutputGradient { get; }
    protected PtxPointer GradientH { get; }
    protected PtxPointer GradientC { get; }
    protected PtxInt Steps { get; }
    protected PtxInt Batch { get; }
    protected PtxInt FirstTime { get; }
    protected PtxInt TimeStep { get; }
    protected PtxInt Thread { get; }
    protected PtxInt Block { get; }
    protected PtxInt Unit { get; } // the thread's first; the others lie UnitLanes apart
    protected PtxInt Row { get; } // likewise, RowLanes apart

    // Of cells with recurrent weights.
    protected PtxPointer Counter { get; }
    protected SequenceMultiplier Products { get; }

    protected static PtxProgram Write(SequenceShape shape, string way, Action<PtxWriter> write) =>
        PtxWriter.Write($"{shape.Cell.Name} {way} {shape.HiddenSize} {shape.Tile}", shape.Tile.Threads, write);

    protected abstract void Write();

    /// <summary>Sets the counter back for the next launch, when nobody waits any more.</summary>
    protected void Finish()
    {
        if (Cell.IsRecurrent)
        {
            Writer.If(
                Block == 0,
                () =>
                {
                    Products.Await();
                    Writer.If(Thread == 0, () => Counter.Store(Zero));
                }
            );
        }
    }

    /// <summary>Writes values for the other blocks.</summary>
    /// <param name="index">The product that reads them.</param>
    /// <param name="first">Its k of hidden unit 0.</param>
    /// <param name="side">The side of the exchange.</param>
    /// <param name="values">(gates, rows, units).</param>
    /// <param name="gate">Which of the gates.</param>
    protected void Exchange(int index, int first, PtxInt side, PtxVector[,,] values, int gate)
    {
        var start = _exchange + (side * Shape.Exchanged);
        var places = new PtxPointer?[4];
        ForElements(
            (i, j) =>
            {
                var k = first + (j * Tile.UnitLanes);
                var place = places[k % 4] ??= start + _exchangePlaces[k % 4];
                var further = (k / 4 * Tile.Rows) + (i * Tile.RowLanes);
                place += Shape.Products[index].ExchangeStart + (further * 4);
                When(i, j, () => place.Store(values[gate, i, j]));
            }
        );
    }

    private PtxInt ExchangePlace(int further)
    {
        var k = Unit + further;
        return ((k >> 2) * (4 * Tile.Rows)) + (k & 3) + (_rowLane * 4);
    }

    protected PtxVector[,,] Written(CellRegisters[,] cells, int slot)
    {
        var values = new PtxVector[1, Tile.ThreadRows, Tile.ThreadUnits];
        ForElements((i, j) => values[0, i, j] = cells[i, j][slot].InRegister());
        return values;
    }

    /// <summary>The place of the thread's first element in rows of a number of values.</summary>
    protected PtxInt Place(PtxInt row, int step) => (row * step) + Unit;

    protected void Read(PtxVector variable, PtxPointer place, int step, int gate, int i, int j)
    {
        if (!Shape.IsWhole)
        {
            Writer.Set(variable, 0f);
        }
        var element = place + ElementPlace(step, gate, i, j);
        When(i, j, () => element.LoadInto(variable));
    }

    protected void Write(PtxVector value, PtxPointer place, int step, int gate, int i, int j)
    {
        var element = place + ElementPlace(step, gate, i, j);
        When(i, j, () => element.Store(value));
    }

    private int ElementPlace(int step, int gate, int i, int j) =>
        (i * Tile.RowLanes * step) + (gate * Hidden) + (j * Tile.UnitLanes);

    protected void When(int i, int j, Action body)
    {
        if (Shape.IsWhole)
        {
            body();
        }
        else
        {
            Writer.When(_isIn[i, j], body);
        }
    }

    protected void ForElements(Action<int, int> body)
    {
        for (var i = 0; i < Tile.ThreadRows; i++)
        {
            for (var j = 0; j < Tile.ThreadUnits; j++)
            {
                body(i, j);
            }
        }
    }

    /// <summary>Variables (gates, rows, units) of the thread.</summary>
    protected PtxVector[,,] NewElements(int gates = 1)
    {
        var values = new PtxVector[gates, Tile.ThreadRows, Tile.ThreadUnits];
        for (var g = 0; g < gates; g++)
        {
            ForElements((i, j) => values[g, i, j] = Writer.NewFloat());
        }
        return values;
    }

    /// <summary>
    /// The thread's place among the block's. A half warp has 4 units and 4 rows, alternating by bits: the rows' values,
    /// and the weights, then come in the fewest passes over shared memory.
    /// </summary>
    private static (PtxInt Unit, PtxInt Row) Lanes(PtxInt thread, SequenceTile tile)
    {
        if (tile.UnitLanes % 4 != 0 || tile.RowLanes % 4 != 0)
        {
            return (thread % tile.UnitLanes, thread / tile.UnitLanes);
        }
        var group = thread >> 4;
        var unit = (thread & 1) | ((thread >> 1) & 2);
        var row = ((thread >> 1) & 1) | ((thread >> 2) & 2);
        return (unit + (group % (tile.UnitLanes / 4) * 4), row + (group / (tile.UnitLanes / 4) * 4));
    }
}
