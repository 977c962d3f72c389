using Recurrent.Kernels.Gpu;

namespace Recurrent.Kernels.Cells;

/// <summary>
/// The program of a graphics card for a whole sequence. A block owns hidden units with all their gates and rows of the
/// batch, a thread some of both, through all steps. Each step is the product of what all blocks of the same rows have
/// written in the step before, one chain of fused multiply-adds over ascending k, and then the cell's own equations,
/// in registers. Between steps those blocks, and no others, wait for each other: rows of a batch do not meet.
/// </summary>
/// <remarks>
/// What blocks exchange, and weights in shared memory, lie as (k / 4, row or column, k % 4), so that a thread loads
/// four k at once, a warp without conflicts, and a whole chunk of k is one stream.
/// </remarks>
internal sealed unsafe class SequenceProgram<TEquations>
    where TEquations : struct, ICellEquations
{
    private const int MostEarlyValues = 64; // of a thread, that registers hold during a product
    private const int UnrolledAdds = 512; // fused multiply-adds of a thread in a loop's body

    private readonly PtxWriter _w;
    private readonly SequenceShape _shape;
    private readonly SequenceTile _tile;
    private readonly Cell _cell;
    private readonly int _hidden; // H
    private readonly int _gateStep; // G·H
    private readonly PtxPointer _gates;
    private readonly PtxPointer _inputGates;
    private readonly PtxPointer _tokens;
    private readonly PtxPointer _tokenTable;
    private readonly PtxPointer _recurrentBias;
    private readonly PtxPointer _weights;
    private readonly PtxPointer _initialH;
    private readonly PtxPointer _initialC;
    private readonly PtxPointer _h;
    private readonly PtxPointer _c;
    private readonly PtxPointer _gatedH;
    private readonly PtxPointer _outputGradient;
    private readonly PtxPointer _gradientH;
    private readonly PtxPointer _gradientC;
    private readonly PtxInt _steps;
    private readonly PtxInt _batch;
    private readonly PtxInt _firstTime;
    private readonly PtxInt _timeStep;
    private readonly PtxInt _thread;
    private readonly PtxInt _block;
    private readonly PtxInt _unitLane;
    private readonly PtxInt _rowLane;
    private readonly PtxInt _unit; // the thread's first; the others lie UnitLanes apart
    private readonly PtxInt _row; // likewise, RowLanes apart
    private readonly PtxPredicate[,] _isIn = new PtxPredicate[0, 0]; // (thread's rows, its units), unless all are

    // Of cells with recurrent weights.
    private readonly PtxPointer _exchange; // of the block's rows: two sides, of which one is read, one written
    private readonly PtxInt[] _exchangePlaces = []; // of the thread's first unit and those 1, 2 and 3 further on
    private readonly PtxPointer _counter;
    private readonly PtxInt _target;
    private readonly PtxPointer _stagedX; // two buffers of a chunk
    private readonly PtxPointer _stagedWeights; // two buffers of a chunk, or all of the block's

    private SequenceProgram(PtxWriter w, SequenceShape shape)
    {
        (_w, _shape, _tile, _cell) = (w, shape, shape.Tile, shape.Cell);
        (_hidden, _gateStep) = (shape.HiddenSize, shape.Cell.Gates.Count * shape.HiddenSize);
        (_gates, _inputGates, _tokens, _tokenTable) = (w.Pointer(), w.Pointer(), w.Pointer(sizeof(int)), w.Pointer());
        (_recurrentBias, _weights, _initialH, _initialC) = (w.Pointer(), w.Pointer(), w.Pointer(), w.Pointer());
        (_h, _c, _gatedH, _outputGradient) = (w.Pointer(), w.Pointer(), w.Pointer(), w.Pointer());
        (_gradientH, _gradientC) = (w.Pointer(), w.Pointer());
        var (scratch, counters) = (w.Pointer(), w.Pointer(sizeof(int)));
        (_steps, _batch, _firstTime, _timeStep) = (w.Int(), w.Int(), w.Int(), w.Int());
        var rowTile = w.BlockY + w.Int();
        (_thread, _block) = (w.Thread, w.BlockX);
        (_unitLane, _rowLane) = Lanes(_thread, _tile);
        _unit = (_block * _tile.Units) + _unitLane;
        _row = (rowTile * _tile.Rows) + _rowLane;
        if (!shape.IsWhole)
        {
            _isIn = new PtxPredicate[_tile.ThreadRows, _tile.ThreadUnits];
            ForElements(
                (i, j) =>
                    _isIn[i, j] = (_row + (i * _tile.RowLanes) < _batch) & (_unit + (j * _tile.UnitLanes) < _hidden)
            );
        }
        if (!_cell.IsRecurrent)
        {
            return;
        }
        _exchange = scratch + (rowTile * (2 * shape.Exchanged));
        _exchangePlaces = [.. Enumerable.Range(0, 4).Select(ExchangePlace)];
        _counter = counters + (rowTile * SequenceShape.CounterStep);
        _target = w.Variable((PtxInt)0);
        _stagedX = w.Shared(2 * shape.ChunkOfX);
        _stagedWeights = w.Shared(_tile.KeepsWeights ? shape.KeptWeights : 2 * shape.ChunkOfWeights);
    }

    private static PtxInt Zero => 0;

    /// <summary>Writes the program.</summary>
    public static PtxProgram Write(SequenceShape shape) =>
        PtxWriter.Write(
            $"{shape.Cell.Name} {(shape.Backward ? "back" : "forward")} {shape.HiddenSize} {shape.Tile}",
            shape.Tile.Threads,
            w =>
            {
                var program = new SequenceProgram<TEquations>(w, shape);
                if (shape.Backward)
                {
                    program.Backward();
                }
                else
                {
                    program.Forward();
                }
            }
        );

    private void Forward()
    {
        var gates = _cell.Gates.Count;
        var (oldH, oldC) = (NewElements(), NewElements());
        var sums = NewElements(gates);
        var inputs = _cell.SplitsInput ? NewElements(gates) : sums;
        var bias = new PtxVector[gates, _tile.ThreadUnits];
        var tokens = new PtxInt[_shape.ReadsTokens ? _tile.ThreadRows : 0];
        for (var i = 0; i < tokens.Length; i++)
        {
            tokens[i] = _w.Variable(Zero);
        }
        ReadTokens((_firstTime * _batch) + _row, tokens);
        var initial = Place(_row, _hidden);
        ForElements(
            (i, j) =>
            {
                Read(oldH[0, i, j], _initialH + initial, _hidden, 0, i, j);
                if (_cell.HasCellState)
                {
                    Read(oldC[0, i, j], _initialC + initial, _hidden, 0, i, j);
                }
                for (var g = 0; _cell.SplitsInput && i == 0 && g < gates; g++)
                {
                    bias[g, j] = _w.NewFloat();
                    Read(bias[g, j], _recurrentBias + _unit, 0, g, 0, j);
                }
            }
        );
        if (_cell.IsRecurrent)
        {
            Exchange(0, 0, Zero, oldH, 0);
            _w.Arrive(_counter);
            KeepWeights();
        }
        _w.For(
            0,
            _steps,
            1,
            step =>
            {
                var time = _firstTime + (step * _timeStep);
                var side = step & 1;
                var rows = (time * _batch) + _row;
                var (gatePlace, statePlace) = (Place(rows, _gateStep), Place(rows, _hidden));
                ReadInput(step, rows, gatePlace, inputs, tokens);
                ForElements(
                    (i, j) =>
                    {
                        for (var g = 0; _cell.SplitsInput && g < gates; g++)
                        {
                            _w.Set(sums[g, i, j], bias[g, j]);
                        }
                    }
                );
                if (_cell.IsRecurrent)
                {
                    Await();
                    Multiply(0, side, sums);
                }
                var cells = new CellRegisters[_tile.ThreadRows, _tile.ThreadUnits];
                ForElements(
                    (i, j) =>
                    {
                        var cell = cells[i, j] = new CellRegisters(_cell.SplitsInput);
                        cell[CellRegisters.OldH] = oldH[0, i, j];
                        cell[CellRegisters.OldC] = oldC[0, i, j];
                        for (var g = 0; g < gates; g++)
                        {
                            cell[cell.Input(g)] = inputs[g, i, j];
                            cell[CellRegisters.Gate(g)] = sums[g, i, j];
                        }
                    }
                );
                if (_cell.GatesH)
                {
                    ForElements(
                        (i, j) =>
                            TEquations.GateForward<PtxVector, CellRegisters.Lane>(cells[i, j].Row, cells[i, j].Place)
                    );
                    Exchange(1, 0, side, Written(cells, CellRegisters.GatedH), 0);
                    _w.Arrive(_counter);
                    Await();
                    Multiply(1, side, sums);
                }
                ForElements(
                    (i, j) => TEquations.Forward<PtxVector, CellRegisters.Lane>(cells[i, j].Row, cells[i, j].Place)
                );
                if (_cell.IsRecurrent)
                {
                    Exchange(0, 0, 1 - side, Written(cells, CellRegisters.NewH), 0);
                    _w.Arrive(_counter);
                }
                // Nobody waits for the rest.
                ForElements(
                    (i, j) =>
                    {
                        var cell = cells[i, j];
                        Write(cell[CellRegisters.NewH], _h + statePlace, _hidden, 0, i, j);
                        if (_cell.HasCellState)
                        {
                            Write(cell[CellRegisters.NewC], _c + statePlace, _hidden, 0, i, j);
                            _w.Set(oldC[0, i, j], cell[CellRegisters.NewC]);
                        }
                        if (_cell.GatesH)
                        {
                            Write(cell[CellRegisters.GatedH], _gatedH + statePlace, _hidden, 0, i, j);
                        }
                        for (var g = 0; g < gates; g++)
                        {
                            Write(cell[CellRegisters.Gate(g)], _gates + gatePlace, _gateStep, g, i, j);
                            if (_cell.SplitsInput && (_shape.ReadsTokens || cell.HasWritten(cell.Input(g))))
                            {
                                Write(cell[cell.Input(g)], _inputGates + gatePlace, _gateStep, g, i, j);
                            }
                        }
                        _w.Set(oldH[0, i, j], cell[CellRegisters.NewH]);
                    }
                );
            }
        );
        Finish();
    }

    /// <summary>
    /// Reads the input's part of the pre-activations of a step from where it stands, and the next step's tokens, so that
    /// nobody waits for those then.
    /// </summary>
    private void ReadInput(PtxInt step, PtxInt rows, PtxInt gatePlace, PtxVector[,,] inputs, PtxInt[] tokens)
    {
        var values = _cell.SplitsInput ? _inputGates : _gates;
        for (var i = 0; i < _tile.ThreadRows; i++)
        {
            var place = values + gatePlace;
            if (_shape.ReadsTokens)
            {
                place = _tokenTable + ((tokens[i] * _gateStep) + _unit);
            }
            for (var j = 0; j < _tile.ThreadUnits; j++)
            {
                for (var g = 0; g < _cell.Gates.Count; g++)
                {
                    // A row of the table is the thread's own already.
                    Read(inputs[g, i, j], place, _shape.ReadsTokens ? 0 : _gateStep, g, i, j);
                }
            }
        }
        if (_shape.ReadsTokens)
        {
            _w.If(step < _steps - 1, () => ReadTokens(rows + (_timeStep * _batch), tokens));
        }
    }

    private void ReadTokens(PtxInt rows, PtxInt[] tokens)
    {
        for (var i = 0; i < tokens.Length; i++)
        {
            var (token, at) = (tokens[i], _tokens + rows + (i * _tile.RowLanes));
            When(i, 0, () => at.LoadInto(token));
        }
    }

    private void Backward()
    {
        var gates = _cell.Gates.Count;
        var ungated = _cell.GatesH ? gates - 1 : gates;
        var needs = CellRegisters.Needs(
            _cell.SplitsInput,
            cell =>
            {
                TEquations.Backward<PtxVector, CellRegisters.Lane>(cell.Row, cell.Place);
                TEquations.GateBackward<PtxVector, CellRegisters.Lane>(cell.Row, cell.Place);
            }
        );
        needs.ExceptWith([CellRegisters.GradientH, CellRegisters.GradientC, CellRegisters.GatedH]);
        var loaded = needs.ToDictionary(slot => slot, _ => NewElements());
        var (dOutput, dH, dC) = (NewElements(), NewElements(), NewElements());
        var initial = Place(_row, _hidden);
        ForElements(
            (i, j) =>
            {
                Read(dH[0, i, j], _gradientH + initial, _hidden, 0, i, j);
                if (_cell.HasCellState)
                {
                    Read(dC[0, i, j], _gradientC + initial, _hidden, 0, i, j);
                }
            }
        );
        KeepWeights();
        var isEarly = (needs.Count + 1) * _tile.ThreadRows * _tile.ThreadUnits <= MostEarlyValues;
        _w.For(
            0,
            _cell.IsRecurrent ? _steps + 1 : _steps, // the last one only for the product
            1,
            step =>
            {
                var time = _firstTime + (step * _timeStep);
                var side = step & 1;
                var rows = (time * _batch) + _row;
                var (gatePlace, statePlace) = (Place(rows, _gateStep), Place(rows, _hidden));
                if (isEarly)
                {
                    IfStep(step, Load);
                }
                if (_cell.IsRecurrent)
                {
                    _w.If(
                        step > 0,
                        () =>
                        {
                            Await();
                            Multiply(0, 1 - side, dH);
                        }
                    );
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
                    var isLast = step == _steps - 1;
                    var oldPlace = Place(rows + (_timeStep * _batch), _hidden);
                    foreach (var (slot, values) in loaded)
                    {
                        var (from, rowStep, gate) = slot switch
                        {
                            CellRegisters.OldH => (isLast.Choose(_initialH + initial, _h + oldPlace), _hidden, 0),
                            CellRegisters.OldC => (isLast.Choose(_initialC + initial, _c + oldPlace), _hidden, 0),
                            CellRegisters.NewH => (_h + statePlace, _hidden, 0),
                            CellRegisters.NewC => (_c + statePlace, _hidden, 0),
                            >= CellRegisters.Inputs => (
                                _inputGates + gatePlace,
                                _gateStep,
                                slot - CellRegisters.Inputs
                            ),
                            _ => (_gates + gatePlace, _gateStep, slot - CellRegisters.Gates),
                        };
                        ForElements((i, j) => Read(values[0, i, j], from, rowStep, gate, i, j));
                    }
                    var output = _outputGradient + statePlace;
                    ForElements((i, j) => Read(dOutput[0, i, j], output, _hidden, 0, i, j));
                }

                void StepBack()
                {
                    var cells = new CellRegisters[_tile.ThreadRows, _tile.ThreadUnits];
                    ForElements(
                        (i, j) =>
                        {
                            var cell = cells[i, j] = new CellRegisters(_cell.SplitsInput);
                            foreach (var (slot, values) in loaded)
                            {
                                cell[slot] = values[0, i, j];
                            }
                            cell[CellRegisters.GradientH] = dH[0, i, j] + dOutput[0, i, j];
                            cell[CellRegisters.GradientC] = dC[0, i, j];
                            TEquations.Backward<PtxVector, CellRegisters.Lane>(cell.Row, cell.Place);
                        }
                    );
                    if (_cell.GatesH)
                    {
                        // The gradient of the gate that gates h is not known yet.
                        for (var g = 0; g < gates; g++)
                        {
                            if (cells[0, 0].HasWritten(CellRegisters.Gate(g)))
                            {
                                ExchangeGate(g);
                            }
                        }
                        _w.Arrive(_counter);
                        Await();
                        var dGated = NewElements();
                        ForElements((i, j) => _w.Set(dGated[0, i, j], 0f));
                        Multiply(1, side, dGated);
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
                        _w.Arrive(_counter);
                    }
                    else if (_cell.IsRecurrent)
                    {
                        for (var g = 0; g < gates; g++)
                        {
                            ExchangeGate(g);
                        }
                        _w.Arrive(_counter);
                    }
                    ForElements(
                        (i, j) =>
                        {
                            var cell = cells[i, j];
                            for (var g = 0; g < gates; g++)
                            {
                                Write(cell[CellRegisters.Gate(g)], _gates + gatePlace, _gateStep, g, i, j);
                                if (_cell.SplitsInput)
                                {
                                    Write(cell[cell.Input(g)], _inputGates + gatePlace, _gateStep, g, i, j);
                                }
                            }
                            if (_cell.GatesH)
                            {
                                Write(cell[CellRegisters.GatedH], _gatedH + statePlace, _hidden, 0, i, j);
                            }
                            _w.Set(dH[0, i, j], cell[CellRegisters.GradientH]);
                            if (_cell.HasCellState)
                            {
                                _w.Set(dC[0, i, j], cell[CellRegisters.GradientC]);
                            }
                        }
                    );

                    void ExchangeGate(int g) =>
                        Exchange(
                            g < ungated ? 0 : 1,
                            (g < ungated ? g : g - ungated) * _hidden,
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
                Write(dH[0, i, j], _gradientH + initial, _hidden, 0, i, j);
                if (_cell.HasCellState)
                {
                    Write(dC[0, i, j], _gradientC + initial, _hidden, 0, i, j);
                }
            }
        );
        if (_cell.IsRecurrent)
        {
            _w.Arrive(_counter); // has waited for the last time
        }
        Finish();

        void IfStep(PtxInt step, Action body)
        {
            if (_cell.IsRecurrent)
            {
                _w.If(step < _steps, body);
            }
            else
            {
                body();
            }
        }
    }

    /// <summary>Waits until all blocks of the same rows have come to where this one is.</summary>
    private void Await()
    {
        _w.Set(_target, _target + _w.BlocksX);
        _w.Await(_counter, _target);
    }

    /// <summary>Sets the counter back for the next launch, when nobody waits any more.</summary>
    private void Finish()
    {
        if (_cell.IsRecurrent)
        {
            _w.If(
                _block == 0,
                () =>
                {
                    Await();
                    _w.If(_thread == 0, () => _counter.Store(Zero));
                }
            );
        }
    }

    /// <summary>
    /// sums += x·weights of one of the shape's products, where x is what blocks have exchanged. Chunks of k go through
    /// two buffers: while threads work on one, what the next will hold is on its way in registers.
    /// </summary>
    /// <param name="index">Which product.</param>
    /// <param name="side">The side of the exchange that is read.</param>
    /// <param name="sums">(gates, rows, units); the product has some of the gates.</param>
    private void Multiply(int index, PtxInt side, PtxVector[,,] sums)
    {
        var product = _shape.Products[index];
        var chunks = (product.Depth + product.Chunk - 1) / product.Chunk;
        var whole = product.Depth / product.Chunk;
        var x = new Staging(_w, _stagedX, _shape.ChunkOfX, product.Chunk * _tile.Rows / 4, _tile.Threads);
        var weights = _tile.KeepsWeights
            ? null
            : new Staging(
                _w,
                _stagedWeights,
                _shape.ChunkOfWeights,
                product.Chunk / 4 * product.Gates * _tile.Units,
                _tile.Threads
            );
        var from = _exchange + ((side * _shape.Exchanged) + (_thread * 4)) + product.ExchangeStart;
        var columns = weights is null ? [] : WeightPlaces(product, weights);
        LoadChunk(Zero, null);
        StoreChunk(Zero, null);
        _w.Barrier();
        if (chunks == 1)
        {
            MultiplyChunk(index, Zero, Zero, product.Depth, sums);
            return;
        }
        _w.For(
            0,
            whole,
            1,
            chunk =>
            {
                var next = chunk + 1;
                PtxPredicate? hasNext = chunks == whole ? next < chunks : null;
                var buffer = chunk & 1;
                LoadChunk(next, hasNext);
                MultiplyChunk(index, chunk, buffer, product.Chunk, sums);
                StoreChunk(1 - buffer, hasNext);
                _w.Barrier();
            }
        );
        if (whole < chunks)
        {
            MultiplyChunk(index, whole, whole % 2, product.Depth % product.Chunk, sums);
        }

        void LoadChunk(PtxInt chunk, PtxPredicate? condition)
        {
            var at = from + (chunk * (product.Chunk * _tile.Rows));
            x.ForItems(condition, (m, values) => (at + (m * _tile.Threads * 4)).LoadFourFreshInto(values));
            if (weights is null)
            {
                return;
            }
            var firstK = chunk * product.Chunk;
            var isCut = product.Depth % product.Chunk != 0;
            for (var m = 0; m < weights.Items; m++)
            {
                for (var k = 0; k < 4; k++)
                {
                    var place = isCut
                        ? columns[m].Column + (Limited(firstK + columns[m].K + k, product.Depth) * _shape.WeightStep)
                        : columns[m].Column + ((firstK + columns[m].K) * _shape.WeightStep) + (k * _shape.WeightStep);
                    weights.When(m, condition, () => place.LoadInto(weights.Values[m][k]));
                }
            }
        }

        void StoreChunk(PtxInt buffer, PtxPredicate? condition)
        {
            x.Store(buffer, _thread, condition);
            weights?.Store(buffer, _thread, condition);
        }
    }

    /// <summary>Where the thread's items of a chunk of weights come from: the column's start, and k in the chunk.</summary>
    private (PtxPointer Column, PtxInt K)[] WeightPlaces(SequenceProduct product, Staging staging)
    {
        var columns = product.Gates * _tile.Units;
        var places = new (PtxPointer Column, PtxInt K)[staging.Items];
        for (var m = 0; m < places.Length; m++)
        {
            places[m] =
                m > 0 && _tile.Threads % columns == 0
                    ? (places[0].Column, places[0].K + (m * (_tile.Threads / columns) * 4))
                    : Place(_thread + (m * _tile.Threads));
        }
        return places;

        (PtxPointer, PtxInt) Place(PtxInt item) => (WeightColumn(product, item % columns), item / columns * 4);
    }

    /// <summary>The start of a column of the weights, by its place among the block's.</summary>
    private PtxPointer WeightColumn(SequenceProduct product, PtxInt column)
    {
        var (gate, unit) = product.Gates == 1 ? (Zero, column) : (column / _tile.Units, column % _tile.Units);
        unit = (_block * _tile.Units) + unit;
        if (_hidden % _tile.Units != 0)
        {
            unit = Limited(unit, _hidden);
        }
        return _weights + (((gate + product.FirstGate) * _hidden) + unit) + (product.FirstRow * _shape.WeightStep);
    }

    private static PtxInt Limited(PtxInt value, int count) => PtxInt.Min(value, count - 1);

    /// <summary>Brings the block's weights into shared memory for all steps, if they stay there.</summary>
    private void KeepWeights()
    {
        if (!_cell.IsRecurrent || !_tile.KeepsWeights)
        {
            return;
        }
        const int atOnce = 8; // so that loads do not wait for each other
        foreach (var product in _shape.Products)
        {
            var columns = product.Gates * _tile.Units;
            var items = (product.Depth + 3) / 4 * columns;
            var isCut = items % (_tile.Threads * atOnce) != 0;
            _w.For(
                _thread,
                items,
                _tile.Threads * atOnce,
                first =>
                {
                    var values = new PtxVector[atOnce, 4];
                    var places = Enumerable.Range(0, atOnce).Select(m => first + (m * _tile.Threads)).ToArray();
                    for (var m = 0; m < atOnce; m++)
                    {
                        var item = isCut ? Limited(places[m], items) : places[m];
                        var column = WeightColumn(product, item % columns);
                        var k = item / columns * 4;
                        for (var kk = 0; kk < 4; kk++)
                        {
                            var row = product.Depth % 4 == 0 ? k + kk : Limited(k + kk, product.Depth);
                            values[m, kk] = (column + (row * _shape.WeightStep)).Load();
                        }
                    }
                    for (var m = 0; m < atOnce; m++)
                    {
                        var to = _stagedWeights + (places[m] * 4) + product.KeptStart;
                        if (isCut)
                        {
                            _w.When(places[m] < items, Store);
                        }
                        else
                        {
                            Store();
                        }

                        void Store() => to.StoreFour(values[m, 0], values[m, 1], values[m, 2], values[m, 3]);
                    }
                }
            );
        }
    }

    /// <summary>sums += x·weights over a number of k of a chunk in shared memory.</summary>
    private void MultiplyChunk(int index, PtxInt chunk, PtxInt buffer, int depth, PtxVector[,,] sums)
    {
        var product = _shape.Products[index];
        var columns = product.Gates * _tile.Units;
        var x = _w.Variable((_stagedX + (buffer * _shape.ChunkOfX)) + (_rowLane * 4));
        var weights = _w.Variable(
            (
                _tile.KeepsWeights
                    ? _stagedWeights + (chunk * (product.Chunk * columns)) + product.KeptStart
                    : _stagedWeights + (buffer * _shape.ChunkOfWeights)
            ) + (_unitLane * 4)
        );
        var groups = depth / 4;
        var adds = 4 * product.Gates * _tile.ThreadUnits * _tile.ThreadRows;
        var unrolled = Math.Clamp(UnrolledAdds / adds, 1, Math.Max(1, groups));
        var loops = groups / unrolled;
        if (loops > 1)
        {
            _w.For(0, loops, 1, _ => Groups(unrolled));
        }
        else if (loops == 1)
        {
            Groups(unrolled);
        }
        Groups(groups % unrolled);
        if (depth % 4 != 0)
        {
            Group(0, depth % 4);
        }

        void Groups(int count)
        {
            for (var group = 0; group < count; group++)
            {
                Group(group, 4);
            }
            if (count > 0)
            {
                _w.Advance(x, count * _tile.Rows * 4);
                _w.Advance(weights, count * columns * 4);
            }
        }

        void Group(int group, int depth)
        {
            var xs = new PtxVector[_tile.ThreadRows][];
            var ws = new PtxVector[product.Gates, _tile.ThreadUnits][];
            for (var i = 0; i < _tile.ThreadRows; i++)
            {
                xs[i] = (x + (((group * _tile.Rows) + (i * _tile.RowLanes)) * 4)).LoadFour();
            }
            for (var g = 0; g < product.Gates; g++)
            {
                for (var j = 0; j < _tile.ThreadUnits; j++)
                {
                    var column = (g * _tile.Units) + (j * _tile.UnitLanes);
                    ws[g, j] = (weights + (((group * columns) + column) * 4)).LoadFour();
                }
            }
            for (var k = 0; k < depth; k++)
            {
                for (var g = 0; g < product.Gates; g++)
                {
                    ForElements((i, j) => _w.Accumulate(sums[product.FirstGate + g, i, j], xs[i][k], ws[g, j][k]));
                }
            }
        }
    }

    /// <summary>Writes values for the other blocks.</summary>
    /// <param name="index">The product that reads them.</param>
    /// <param name="first">Its k of hidden unit 0.</param>
    /// <param name="side">The side of the exchange.</param>
    /// <param name="values">(gates, rows, units).</param>
    /// <param name="gate">Which of the gates.</param>
    private void Exchange(int index, int first, PtxInt side, PtxVector[,,] values, int gate)
    {
        var start = _exchange + (side * _shape.Exchanged);
        var places = new PtxPointer?[4];
        ForElements(
            (i, j) =>
            {
                var k = first + (j * _tile.UnitLanes);
                var place = places[k % 4] ??= start + _exchangePlaces[k % 4];
                var further = (k / 4 * _tile.Rows) + (i * _tile.RowLanes);
                place += _shape.Products[index].ExchangeStart + (further * 4);
                When(i, j, () => place.Store(values[gate, i, j]));
            }
        );
    }

    private PtxInt ExchangePlace(int further)
    {
        var k = _unit + further;
        return ((k >> 2) * (4 * _tile.Rows)) + (k & 3) + (_rowLane * 4);
    }

    private PtxVector[,,] Written(CellRegisters[,] cells, int slot)
    {
        var values = new PtxVector[1, _tile.ThreadRows, _tile.ThreadUnits];
        ForElements((i, j) => values[0, i, j] = cells[i, j][slot].InRegister());
        return values;
    }

    /// <summary>The place of the thread's first element in rows of a number of values.</summary>
    private PtxInt Place(PtxInt row, int step) => (row * step) + _unit;

    private void Read(PtxVector variable, PtxPointer place, int step, int gate, int i, int j)
    {
        if (!_shape.IsWhole)
        {
            _w.Set(variable, 0f);
        }
        var element = place + ElementPlace(step, gate, i, j);
        When(i, j, () => element.LoadInto(variable));
    }

    private void Write(PtxVector value, PtxPointer place, int step, int gate, int i, int j)
    {
        var element = place + ElementPlace(step, gate, i, j);
        When(i, j, () => element.Store(value));
    }

    private int ElementPlace(int step, int gate, int i, int j) =>
        (i * _tile.RowLanes * step) + (gate * _hidden) + (j * _tile.UnitLanes);

    private void When(int i, int j, Action body)
    {
        if (_shape.IsWhole)
        {
            body();
        }
        else
        {
            _w.When(_isIn[i, j], body);
        }
    }

    private void ForElements(Action<int, int> body)
    {
        for (var i = 0; i < _tile.ThreadRows; i++)
        {
            for (var j = 0; j < _tile.ThreadUnits; j++)
            {
                body(i, j);
            }
        }
    }

    /// <summary>Variables (gates, rows, units) of the thread.</summary>
    private PtxVector[,,] NewElements(int gates = 1)
    {
        var values = new PtxVector[gates, _tile.ThreadRows, _tile.ThreadUnits];
        for (var g = 0; g < gates; g++)
        {
            ForElements((i, j) => values[g, i, j] = _w.NewFloat());
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

    /// <summary>The thread's part of a chunk on its way to shared memory, in items of four values.</summary>
    private sealed class Staging
    {
        private readonly PtxWriter _w;
        private readonly PtxPointer _shared;
        private readonly int _bufferLength;
        private readonly int _threads;
        private readonly PtxPredicate? _hasLast; // unless each thread has equally many

        public Staging(PtxWriter w, PtxPointer shared, int bufferLength, int items, int threads)
        {
            (_w, _shared, _bufferLength, _threads) = (w, shared, bufferLength, threads);
            Items = (items + threads - 1) / threads;
            Values = new PtxVector[Items][];
            for (var m = 0; m < Items; m++)
            {
                Values[m] = [w.NewFloat(), w.NewFloat(), w.NewFloat(), w.NewFloat()];
            }
            _hasLast = items % threads == 0 ? null : w.Thread < items % threads;
        }

        public int Items { get; }

        public PtxVector[][] Values { get; }

        public void ForItems(PtxPredicate? condition, Action<int, PtxVector[]> body)
        {
            for (var m = 0; m < Items; m++)
            {
                When(m, condition, () => body(m, Values[m]));
            }
        }

        public void Store(PtxInt buffer, PtxInt thread, PtxPredicate? condition)
        {
            var to = _shared + (buffer * _bufferLength) + (thread * 4);
            ForItems(condition, (m, v) => (to + (m * _threads * 4)).StoreFour(v[0], v[1], v[2], v[3]));
        }

        /// <summary>Writes instructions for an item, where there is one.</summary>
        public void When(int m, PtxPredicate? condition, Action body)
        {
            var isIn = m == Items - 1 ? _hasLast : null;
            if ((condition is { } left && isIn is { } right ? left & right : condition ?? isIn) is { } both)
            {
                _w.When(both, body);
            }
            else
            {
                body();
            }
        }
    }
}
