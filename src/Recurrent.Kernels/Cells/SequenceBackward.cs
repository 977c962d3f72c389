using Recurrent.Kernels.Gpu;

namespace Recurrent.Kernels.Cells;

/// <summary>The program of a card for a sequence back.</summary>
internal sealed unsafe class SequenceBackward<TEquations> : SequenceProgram
    where TEquations : struct, ICellEquations
{
    private const int MostEarlyValues = 128; // of a thread, that registers hold during a product

    private SequenceBackward(PtxWriter w, SequenceShape shape)
        : base(w, shape) { }

    /// <summary>Writes the program.</summary>
    public static PtxProgram Write(SequenceShape shape) =>
        Write(shape, "back", w => new SequenceBackward<TEquations>(w, shape).Write());

    protected override void Write()
    {
        var gates = Cell.Gates.Count;
        var ungated = Cell.GatesH ? gates - 1 : gates;
        var needs = CellRegisters.Needs(
            Cell.SplitsInput,
            cell =>
            {
                TEquations.Backward<PtxVector, CellRegisters.Lane>(cell.Row, cell.Place);
                TEquations.GateBackward<PtxVector, CellRegisters.Lane>(cell.Row, cell.Place);
            }
        );
        needs.ExceptWith([CellRegisters.GradientH, CellRegisters.GradientC, CellRegisters.GatedH]);
        var loaded = needs.ToDictionary(slot => slot, _ => NewElements());
        var (dOutput, dH, dC) = (NewElements(), NewElements(), NewElements());
        var initial = Place(Row, Hidden);
        ForElements(
            (i, j) =>
            {
                Read(dH[0, i, j], GradientH + initial, Hidden, 0, i, j);
                if (Cell.HasCellState)
                {
                    Read(dC[0, i, j], GradientC + initial, Hidden, 0, i, j);
                }
            }
        );
        if (Cell.IsRecurrent)
        {
            Products.KeepWeights();
        }
        var isEarly = (needs.Count + 1) * Tile.ThreadRows * Tile.ThreadUnits <= MostEarlyValues;
        Writer.For(
            0,
            Cell.IsRecurrent ? Steps + 1 : Steps, // the last one only for the product
            1,
            step =>
            {
                var time = FirstTime + (step * TimeStep);
                var side = step & 1;
                var rows = (time * Batch) + Row;
                var (gatePlace, statePlace) = (Place(rows, GateStep), Place(rows, Hidden));
                if (isEarly)
                {
                    IfStep(step, Load);
                }
                if (Cell.IsRecurrent)
                {
                    Writer.If(step > 0, () => Products.Multiply(0, 1 - side, dH));
                }
                IfStep(
                    step,
                    () =>
                    {
                        if (!isEarly)
                        {
                            Load();
                        }
                        StepBack();
                    }
                );

                void Load()
                {
                    var isLast = step == Steps - 1;
                    var oldPlace = Place(rows + (TimeStep * Batch), Hidden);
                    foreach (var (slot, values) in loaded)
                    {
                        var (from, rowStep, gate) = slot switch
                        {
                            CellRegisters.OldH => (isLast.Choose(InitialH + initial, H + oldPlace), Hidden, 0),
                            CellRegisters.OldC => (isLast.Choose(InitialC + initial, C + oldPlace), Hidden, 0),
                            CellRegisters.NewH => (H + statePlace, Hidden, 0),
                            CellRegisters.NewC => (C + statePlace, Hidden, 0),
                            >= CellRegisters.Inputs => (InputGates + gatePlace, GateStep, slot - CellRegisters.Inputs),
                            _ => (Gates + gatePlace, GateStep, slot - CellRegisters.Gates),
                        };
                        ForElements((i, j) => Read(values[0, i, j], from, rowStep, gate, i, j));
                    }
                    var output = OutputGradient + statePlace;
                    ForElements((i, j) => Read(dOutput[0, i, j], output, Hidden, 0, i, j));
                }

                void StepBack()
                {
                    var cells = new CellRegisters[Tile.ThreadRows, Tile.ThreadUnits];
                    ForElements(
                        (i, j) =>
                        {
                            var cell = cells[i, j] = new CellRegisters(Cell.SplitsInput);
                            foreach (var (slot, values) in loaded)
                            {
                                cell[slot] = values[0, i, j];
                            }
                            cell[CellRegisters.GradientH] = dH[0, i, j] + dOutput[0, i, j];
                            cell[CellRegisters.GradientC] = dC[0, i, j];
                            TEquations.Backward<PtxVector, CellRegisters.Lane>(cell.Row, cell.Place);
                        }
                    );
                    if (Cell.GatesH)
                    {
                        // The gradient of the gate that gates h is not known yet.
                        for (var g = 0; g < gates; g++)
                        {
                            if (cells[0, 0].HasWritten(CellRegisters.Gate(g)))
                            {
                                ExchangeGate(g);
                            }
                        }
                        Writer.Arrive(Counter);
                        var dGated = NewElements();
                        ForElements((i, j) => Writer.Set(dGated[0, i, j], 0f));
                        Products.Multiply(1, side, dGated);
                        var isKnown = Enumerable
                            .Range(0, gates)
                            .Where(g => cells[0, 0].HasWritten(CellRegisters.Gate(g)))
                            .ToHashSet();
                        ForElements(
                            (i, j) =>
                            {
                                cells[i, j][CellRegisters.GatedH] = dGated[0, i, j];
                                TEquations.GateBackward<PtxVector, CellRegisters.Lane>(
                                    cells[i, j].Row,
                                    cells[i, j].Place
                                );
                            }
                        );
                        for (var g = 0; g < gates; g++)
                        {
                            if (!isKnown.Contains(g))
                            {
                                ExchangeGate(g);
                            }
                        }
                        Writer.Arrive(Counter);
                    }
                    else if (Cell.IsRecurrent)
                    {
                        for (var g = 0; g < gates; g++)
                        {
                            ExchangeGate(g);
                        }
                        Writer.Arrive(Counter);
                    }
                    ForElements(
                        (i, j) =>
                        {
                            var cell = cells[i, j];
                            for (var g = 0; g < gates; g++)
                            {
                                Write(cell[CellRegisters.Gate(g)], Gates + gatePlace, GateStep, g, i, j);
                                if (Cell.SplitsInput)
                                {
                                    Write(cell[cell.Input(g)], InputGates + gatePlace, GateStep, g, i, j);
                                }
                            }
                            if (Cell.GatesH)
                            {
                                Write(cell[CellRegisters.GatedH], GatedH + statePlace, Hidden, 0, i, j);
                            }
                            Writer.Set(dH[0, i, j], cell[CellRegisters.GradientH]);
                            if (Cell.HasCellState)
                            {
                                Writer.Set(dC[0, i, j], cell[CellRegisters.GradientC]);
                            }
                        }
                    );

                    void ExchangeGate(int g) =>
                        Exchange(
                            g < ungated ? 0 : 1,
                            (g < ungated ? g : g - ungated) * Hidden,
                            side,
                            Written(cells, CellRegisters.Gate(g)),
                            0
                        );
                }
            }
        );
        ForElements(
            (i, j) =>
            {
                Write(dH[0, i, j], GradientH + initial, Hidden, 0, i, j);
                if (Cell.HasCellState)
                {
                    Write(dC[0, i, j], GradientC + initial, Hidden, 0, i, j);
                }
            }
        );
        if (Cell.IsRecurrent)
        {
            Writer.Arrive(Counter); // has waited for the last time
        }
        Finish();

        void IfStep(PtxInt step, Action body)
        {
            if (Cell.IsRecurrent)
            {
                Writer.If(step < Steps, body);
            }
            else
            {
                body();
            }
        }
    }
}
