using Recurrent.Kernels.Gpu;

namespace Recurrent.Kernels.Cells;

/// <summary>The program of a card for a sequence forward.</summary>
internal sealed unsafe class SequenceForward<TEquations> : SequenceProgram
    where TEquations : struct, ICellEquations
{
    private SequenceForward(PtxWriter w, SequenceShape shape)
        : base(w, shape) { }

    /// <summary>Writes the program.</summary>
    public static PtxProgram Write(SequenceShape shape) =>
        Write(shape, "forward", w => new SequenceForward<TEquations>(w, shape).Write());

    protected override void Write()
    {
        var gates = Cell.Gates.Count;
        var (oldH, oldC) = (NewElements(), NewElements());
        var sums = NewElements(gates);
        var inputs = Cell.SplitsInput ? NewElements(gates) : sums;
        var bias = new PtxVector[gates, Tile.ThreadUnits];
        var tokens = new PtxInt[Shape.ReadsTokens ? Tile.ThreadRows : 0];
        for (var i = 0; i < tokens.Length; i++)
        {
            tokens[i] = Writer.Variable(Zero);
        }
        ReadTokens((FirstTime * Batch) + Row, tokens);
        var initial = Place(Row, Hidden);
        ForElements(
            (i, j) =>
            {
                Read(oldH[0, i, j], InitialH + initial, Hidden, 0, i, j);
                if (Cell.HasCellState)
                {
                    Read(oldC[0, i, j], InitialC + initial, Hidden, 0, i, j);
                }
                for (var g = 0; Cell.SplitsInput && i == 0 && g < gates; g++)
                {
                    bias[g, j] = Writer.NewFloat();
                    Read(bias[g, j], RecurrentBias + Unit, 0, g, 0, j);
                }
            }
        );
        if (Cell.IsRecurrent)
        {
            Exchange(0, 0, Zero, oldH, 0);
            Writer.Arrive(Counter);
            Products.KeepWeights();
        }
        Writer.For(
            0,
            Steps,
            1,
            step =>
            {
                var time = FirstTime + (step * TimeStep);
                var side = step & 1;
                var rows = (time * Batch) + Row;
                var (gatePlace, statePlace) = (Place(rows, GateStep), Place(rows, Hidden));
                ReadInput(step, rows, gatePlace, inputs, tokens);
                ForElements(
                    (i, j) =>
                    {
                        for (var g = 0; Cell.SplitsInput && g < gates; g++)
                        {
                            Writer.Set(sums[g, i, j], bias[g, j]);
                        }
                    }
                );
                if (Cell.IsRecurrent)
                {
                    Products.Multiply(0, side, sums);
                }
                var cells = new CellRegisters[Tile.ThreadRows, Tile.ThreadUnits];
                ForElements(
                    (i, j) =>
                    {
                        var cell = cells[i, j] = new CellRegisters(Cell.SplitsInput);
                        cell[CellRegisters.OldH] = oldH[0, i, j];
                        cell[CellRegisters.OldC] = oldC[0, i, j];
                        for (var g = 0; g < gates; g++)
                        {
                            cell[cell.Input(g)] = inputs[g, i, j];
                            cell[CellRegisters.Gate(g)] = sums[g, i, j];
                        }
                    }
                );
                if (Cell.GatesH)
                {
                    ForElements(
                        (i, j) =>
                            TEquations.GateForward<PtxVector, CellRegisters.Lane>(cells[i, j].Row, cells[i, j].Place)
                    );
                    Exchange(1, 0, side, Written(cells, CellRegisters.GatedH), 0);
                    Writer.Arrive(Counter);
                    Products.Multiply(1, side, sums);
                }
                ForElements(
                    (i, j) => TEquations.Forward<PtxVector, CellRegisters.Lane>(cells[i, j].Row, cells[i, j].Place)
                );
                if (Cell.IsRecurrent)
                {
                    Exchange(0, 0, 1 - side, Written(cells, CellRegisters.NewH), 0);
                    Writer.Arrive(Counter);
                }
                // Nobody waits for the rest.
                ForElements(
                    (i, j) =>
                    {
                        var cell = cells[i, j];
                        Write(cell[CellRegisters.NewH], H + statePlace, Hidden, 0, i, j);
                        if (Cell.HasCellState)
                        {
                            Write(cell[CellRegisters.NewC], C + statePlace, Hidden, 0, i, j);
                            Writer.Set(oldC[0, i, j], cell[CellRegisters.NewC]);
                        }
                        if (Cell.GatesH)
                        {
                            Write(cell[CellRegisters.GatedH], GatedH + statePlace, Hidden, 0, i, j);
                        }
                        for (var g = 0; g < gates; g++)
                        {
                            Write(cell[CellRegisters.Gate(g)], Gates + gatePlace, GateStep, g, i, j);
                            if (Cell.SplitsInput && (Shape.ReadsTokens || cell.HasWritten(cell.Input(g))))
                            {
                                Write(cell[cell.Input(g)], InputGates + gatePlace, GateStep, g, i, j);
                            }
                        }
                        Writer.Set(oldH[0, i, j], cell[CellRegisters.NewH]);
                    }
                );
            }
        );
        Finish();
    }

    /// <summary>
    /// Reads the input's part of the pre-activations of a step from where it stands, and the next step's tokens, so
    /// that nobody waits for those then.
    /// </summary>
    private void ReadInput(PtxInt step, PtxInt rows, PtxInt gatePlace, PtxVector[,,] inputs, PtxInt[] tokens)
    {
        var values = Cell.SplitsInput ? InputGates : Gates;
        for (var i = 0; i < Tile.ThreadRows; i++)
        {
            var place = values + gatePlace;
            if (Shape.ReadsTokens)
            {
                place = TokenTable + ((tokens[i] * GateStep) + Unit);
            }
            for (var j = 0; j < Tile.ThreadUnits; j++)
            {
                for (var g = 0; g < Cell.Gates.Count; g++)
                {
                    // A row of the table is the thread's own already.
                    Read(inputs[g, i, j], place, Shape.ReadsTokens ? 0 : GateStep, g, i, j);
                }
            }
        }
        if (Shape.ReadsTokens)
        {
            Writer.If(step < Steps - 1, () => ReadTokens(rows + (TimeStep * Batch), tokens));
        }
    }

    private void ReadTokens(PtxInt rows, PtxInt[] tokens)
    {
        for (var i = 0; i < tokens.Length; i++)
        {
            var (token, at) = (tokens[i], Tokens + rows + (i * Tile.RowLanes));
            When(i, 0, () => at.LoadInto(token));
        }
    }
}
