using Recurrent.Kernels.Gpu;

namespace Recurrent.Kernels.Cells;

/// <summary>
/// The products of a step in a card's program: sums += x·weights, where x is what the blocks of the same rows have
/// exchanged. Chunks of k are on their way into shared memory while threads work on others, and the factors of the
/// next four k come from there into registers while threads add the products of four.
/// </summary>
/// <remarks>
/// What blocks exchange, and weights, lie as (k / 4, row or column, k % 4), so that a thread loads four k at once, a
/// warp without conflicts, and a whole chunk of k is one stream.
/// </remarks>
internal sealed class SequenceMultiplier
{
    private readonly PtxWriter _w;
    private readonly SequenceShape _shape;
    private readonly SequenceTile _tile;
    private readonly PtxInt _thread;
    private readonly PtxPointer _exchange; // of the block's rows
    private readonly PtxPointer _weights; // packed if the block keeps all of its own, else its own, arranged
    private readonly PtxPointer _counter;
    private readonly PtxInt _target;
    private readonly PtxPointer _stagedX; // a chunk for each stage
    private readonly PtxPointer _stagedWeights; // likewise
    private readonly PtxPointer _keptWeights;
    private readonly PtxInt _firstX; // of the thread, in a chunk in shared memory
    private readonly PtxInt _firstWeight;

    public SequenceMultiplier(
        PtxWriter w,
        SequenceShape shape,
        (PtxInt Unit, PtxInt Row) lane,
        PtxPointer exchange,
        PtxPointer weights,
        PtxPointer counter
    )
    {
        (_w, _shape, _tile, _thread) = (w, shape, shape.Tile, w.Thread);
        (_exchange, _counter, _target) = (exchange, counter, w.Variable((PtxInt)0));
        _weights = _tile.KeepsWeights ? weights : weights + (w.BlockX * shape.BlockWeights);
        _stagedX = w.Shared(shape.Stages * shape.ChunkOfX);
        _stagedWeights = w.Shared(_tile.KeepsWeights ? 0 : shape.Stages * shape.ChunkOfWeights);
        _keptWeights = w.Shared(shape.KeptWeights);
        (_firstX, _firstWeight) = (lane.Row * 4, lane.Unit * 4);
    }

    /// <summary>Waits until all blocks of the same rows have come to where this one is.</summary>
    public void Await()
    {
        _w.Set(_target, _target + _w.BlocksX);
        _w.Await(_counter, _target);
    }

    /// <summary>Brings the weights that stay in the block's shared memory there.</summary>
    public void KeepWeights()
    {
        if (_tile.KeepsWeights)
        {
            foreach (var product in _shape.Products)
            {
                var to = _keptWeights + product.WeightStart;
                SequenceWeights.Arrange(_shape, product, _weights, _w.BlockX, to, _thread, _tile.Threads);
            }
            return;
        }
        if (_shape.KeptWeights > 0)
        {
            _w.For(
                _thread * 4,
                _shape.KeptWeights,
                _tile.Threads * 4,
                at => (_keptWeights + at).Store((_weights + at).LoadFour())
            );
        }
    }

    /// <summary>sums += x·weights of one of the shape's products, as soon as all blocks have written their x.</summary>
    /// <param name="index">Which product.</param>
    /// <param name="side">The side of the exchange that is read.</param>
    /// <param name="sums">(gates, rows, units); the product has some of the gates.</param>
    public void Multiply(int index, PtxInt side, PtxVector[,,] sums)
    {
        var product = _shape.Products[index];
        var (chunks, kept) = (product.Chunks, index == 0 ? _tile.KeptChunks : 0);
        var stages = Math.Min(_tile.Stages, chunks + 1);
        var (lengthOfX, lengthOfWeights) = (product.Chunk * _tile.Rows, product.Chunk * product.Gates * _tile.Units);
        var x = new SequenceStaging(_w, _shape, _stagedX, _shape.ChunkOfX, lengthOfX);
        var weights = _tile.KeepsWeights
            ? null
            : new SequenceStaging(_w, _shape, _stagedWeights, _shape.ChunkOfWeights, lengthOfWeights);
        var xFrom = _exchange + ((side * _shape.Exchanged) + x.First) + product.ExchangeStart;
        var weightsFrom = weights is null ? default : _weights + weights.First + product.WeightStart;

        // Weights come while the block waits for the others.
        for (var chunk = kept; weights is not null && chunk < stages - 1; chunk++)
        {
            Begin(weights!, weightsFrom + (chunk * lengthOfWeights), chunk, null);
        }
        Await();
        for (var chunk = 0; chunk < stages - 1; chunk++)
        {
            Begin(x, xFrom + (chunk * lengthOfX), chunk, null);
            Commit();
        }
        Land(0, null, null);
        var stage = _w.Variable((PtxInt)0);
        var factors = Load(product, PlaceOf(0, stage), 0, null);
        if (chunks == 1)
        {
            Add(product, PlaceOf(0, stage), factors, product.Depth, sums, [], null);
            return;
        }
        var whole = product.Depth / product.Chunk;
        _w.For(
            0,
            whole,
            1,
            chunk =>
            {
                var at = PlaceOf(chunk, stage);
                var next = chunk + (stages - 1);
                var isNext = next < chunks;
                var isStreamed = kept > 0 ? isNext & (next >= kept) : isNext;
                PtxPredicate? isFollowed = chunks == whole ? chunk < chunks - 1 : null;
                var free = (stage == 0).Choose(stages - 1, stage - 1);
                Action[] copies =
                    chunks < stages
                        ? []
                        :
                        [
                            .. x.Copies(xFrom + (next * lengthOfX), free, isNext),
                            .. weights?.Copies(weightsFrom + (next * lengthOfWeights), free, isStreamed) ?? [],
                        ];
                var following = Add(product, at, factors, product.Chunk, sums, [.. copies, Commit], Follow)!;
                _w.Set(stage, (stage == stages - 1).Choose(0, stage + 1));
                for (var i = 0; i < factors.Length; i++)
                {
                    for (var k = 0; k < 4; k++)
                    {
                        _w.Set(factors[i][k], following[i][k]);
                    }
                }

                PtxVector[][] Follow()
                {
                    Land(free, isNext, isStreamed);
                    var then = (stage == stages - 1).Choose(0, stage + 1);
                    return Load(product, PlaceOf(chunk + 1, then), 0, isFollowed);
                }
            }
        );
        if (whole < chunks)
        {
            Add(product, PlaceOf(whole, stage), factors, product.Depth % product.Chunk, sums, [], null);
        }

        static void Begin(SequenceStaging staging, PtxPointer from, PtxInt stage, PtxPredicate? condition)
        {
            foreach (var copy in staging.Copies(from, stage, condition))
            {
                copy();
            }
        }

        void Commit()
        {
            if (_shape.HasAsyncCopies)
            {
                PtxCopies.Commit();
            }
        }

        // The chunk that all threads will read now is there, and nobody reads the one before it any more.
        void Land(PtxInt stage, PtxPredicate? isNext, PtxPredicate? isStreamed)
        {
            if (_shape.HasAsyncCopies)
            {
                PtxCopies.WaitFor(stages - 2);
            }
            else
            {
                x.Store(stage, isNext);
                weights?.Store(stage, isStreamed);
            }
            _w.Barrier();
        }

        (PtxPointer X, PtxPointer Weights) PlaceOf(PtxInt chunk, PtxInt stage)
        {
            var keptPlace = _keptWeights + ((chunk * lengthOfWeights) + _firstWeight) + product.WeightStart;
            var streamed = _stagedWeights + ((stage * _shape.ChunkOfWeights) + _firstWeight);
            return (
                _stagedX + ((stage * _shape.ChunkOfX) + _firstX),
                _tile.KeepsWeights ? keptPlace
                : kept == 0 ? streamed
                : (chunk < kept).Choose(keptPlace, streamed)
            );
        }
    }

    /// <summary>Adds the products of a number of k of a chunk in shared memory.</summary>
    /// <param name="product">Which product.</param>
    /// <param name="at">Where the thread's factors are.</param>
    /// <param name="factors">Those of the first four k.</param>
    /// <param name="depth">The number of k.</param>
    /// <param name="sums">(gates, rows, units).</param>
    /// <param name="copies">Each writes a part of what is to begin meanwhile, in the first half.</param>
    /// <param name="follow">Writes how the factors after the last are loaded.</param>
    /// <returns>The factors after the last.</returns>
    private PtxVector[][]? Add(
        SequenceProduct product,
        (PtxPointer X, PtxPointer Weights) at,
        PtxVector[][] factors,
        int depth,
        PtxVector[,,] sums,
        Action[] copies,
        Func<PtxVector[][]>? follow
    )
    {
        var begun = 0;
        for (var k = 0; k < depth; k += 4)
        {
            var isLast = k + 4 >= depth;
            var following = isLast ? null : Load(product, at, (k / 4) + 1, null);
            for (; begun < copies.Length * Math.Min(1.0, 2.0 * (k + 4) / depth); begun++)
            {
                copies[begun]();
            }
            following ??= follow?.Invoke();
            for (var kk = 0; kk < Math.Min(4, depth - k); kk++)
            {
                for (var g = 0; g < product.Gates; g++)
                {
                    for (var i = 0; i < _tile.ThreadRows; i++)
                    {
                        for (var j = 0; j < _tile.ThreadUnits; j++)
                        {
                            var weight = factors[_tile.ThreadRows + (g * _tile.ThreadUnits) + j][kk];
                            _w.Accumulate(sums[product.FirstGate + g, i, j], factors[i][kk], weight);
                        }
                    }
                }
            }
            factors = following!;
        }
        return factors;
    }

    /// <summary>Loads the thread's factors of four k: of each row, then of each gate's units.</summary>
    private PtxVector[][] Load(
        SequenceProduct product,
        (PtxPointer X, PtxPointer Weights) at,
        int place,
        PtxPredicate? condition
    )
    {
        var columns = product.Gates * _tile.Units;
        var x =
            from i in Enumerable.Range(0, _tile.ThreadRows)
            select at.X + (((place * _tile.Rows) + (i * _tile.RowLanes)) * 4);
        var weights =
            from g in Enumerable.Range(0, product.Gates)
            from j in Enumerable.Range(0, _tile.ThreadUnits)
            select at.Weights + (((place * columns) + (g * _tile.Units) + (j * _tile.UnitLanes)) * 4);
        return [.. x.Concat(weights).Select(from => from.LoadFour(condition))];
    }
}

/// <summary>
/// The thread's part of chunks on their way to shared memory, in items of four values: by the card's own copies, or
/// through registers.
/// </summary>
internal sealed class SequenceStaging
{
    private const int Warp = 32;

    private readonly PtxWriter _w;
    private readonly PtxPointer _to;
    private readonly bool _isAsync;
    private readonly int _stageLength;
    private readonly int _step;
    private readonly int _items;
    private readonly PtxPredicate? _hasLast; // unless each thread has equally many
    private readonly PtxVector[][] _values;

    public SequenceStaging(PtxWriter w, SequenceShape shape, PtxPointer shared, int stageLength, int length)
    {
        var (items, threads) = (length / 4, shape.Tile.Threads);
        (_w, _isAsync, _stageLength) = (w, shape.HasAsyncCopies, stageLength);
        _items = (items + threads - 1) / threads;
        if (items % threads == 0 && threads % Warp == 0)
        {
            // What a warp copies lies together, within the reach of the instruction's offset.
            _step = 4 * Warp;
            First = ((w.Thread / Warp * (Warp * _items)) + (w.Thread % Warp)) * 4;
        }
        else
        {
            _step = 4 * threads;
            First = w.Thread * 4;
            _hasLast = items % threads == 0 ? null : w.Thread < items % threads;
        }
        _to = shared + First;
        _values = new PtxVector[_isAsync ? 0 : _items][];
        for (var m = 0; m < _values.Length; m++)
        {
            _values[m] = [w.NewFloat(), w.NewFloat(), w.NewFloat(), w.NewFloat()];
        }
    }

    /// <summary>The thread's first value in a chunk.</summary>
    public PtxInt First { get; }

    /// <summary>What writes how each item of a chunk begins to come to its stage, where a condition holds.</summary>
    /// <param name="from">The thread's first value.</param>
    /// <param name="stage">The stage.</param>
    /// <param name="condition">The condition; null: everywhere.</param>
    public IEnumerable<Action> Copies(PtxPointer from, PtxInt stage, PtxPredicate? condition)
    {
        var to = _to + (stage * _stageLength);
        return ForItems(
            condition,
            m =>
            {
                var item = from + (m * _step);
                if (_isAsync)
                {
                    PtxCopies.Begin(item, to + (m * _step));
                }
                else
                {
                    item.LoadFourFreshInto(_values[m]);
                }
            }
        );
    }

    /// <summary>Stores what has come into registers.</summary>
    public void Store(PtxInt stage, PtxPredicate? condition)
    {
        var to = _to + (stage * _stageLength);
        foreach (var store in ForItems(condition, m => (to + (m * _step)).Store(_values[m])))
        {
            store();
        }
    }

    private IEnumerable<Action> ForItems(PtxPredicate? condition, Action<int> body)
    {
        for (var m = 0; m < _items; m++)
        {
            var (item, isIn) = (m, m == _items - 1 ? _hasLast : null);
            if ((condition is { } left && isIn is { } right ? left & right : condition ?? isIn) is { } both)
            {
                yield return () => _w.When(both, () => body(item));
            }
            else
            {
                yield return () => body(item);
            }
        }
    }
}
