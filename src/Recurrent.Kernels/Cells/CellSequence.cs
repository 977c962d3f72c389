using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Gpu;
using Recurrent.Kernels.Products;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Cells;

/// <summary>
/// A layer over a whole sequence in one direction, with T steps, B rows of a batch, H hidden units and G gates,
/// time-major. Forward: h after each step, and in the gates what the way back needs. Backward: back through time, from
/// the gradient of h to that of the pre-activations and of the initial states.
/// </summary>
internal readonly struct CellSequence : IKernel
{
    public required Cell Cell { get; init; }
    public bool Backward { get; init; }
    public required int Steps { get; init; } // T
    public required int Batch { get; init; } // B
    public required int HiddenSize { get; init; } // H
    public int FirstRow { get; init; } // the first of the batch's rows that are run; the others are left as they are
    public int? Rows { get; init; } // how many are run; null for all from the first on
    public bool Reversed { get; init; } // whether the sequence is read from the last step to the first

    /// <summary>
    /// (T, B, G·H). Forward: the input's part of the pre-activations with all biases, overwritten by what the way back
    /// needs. Backward: that, overwritten by the gradient of the pre-activations. Where the cell splits its input: the
    /// recurrent part, written only.
    /// </summary>
    public required Operand<float> Gates { get; init; }

    /// <summary>
    /// (T, B, G·H), where the cell splits its input: the input's part of the pre-activations, then as <see
    /// cref="Gates"/>.
    /// </summary>
    public Operand<float> InputGates { get; init; }

    /// <summary>
    /// (T, B) token indices instead of vectors, forward only: the input's part of the pre-activations is then written
    /// by the kernel, row by row from <see cref="TokenTable"/>. Empty where the caller has written it.
    /// </summary>
    public Operand<int> Tokens { get; init; }

    public Operand<float> TokenTable { get; init; } // (vocabulary, G·H), with Tokens: pre-activations for each token
    public Operand<float> RecurrentBias { get; init; } // (G·H), where the cell splits its input; forward only

    /// <summary>
    /// The recurrent weights W, packed: Wᵀ (H, G·H) forward, W (G·H, H) backward; empty where there are none.
    /// </summary>
    public Operand<float> Weights { get; init; }

    public required Operand<float> InitialH { get; init; } // (B, H) h before the first step read
    public Operand<float> InitialC { get; init; } // (B, H) c before the first step read, where there is a c
    public required Operand<float> H { get; init; } // (T, B, H) h after each step; written forward, read backward
    public Operand<float> C { get; init; } // (T, B, H) c after each step, likewise
    public Operand<float> GatedH { get; init; } // (T, B, H) where the cell gates h; written forward
    public Operand<float> OutputGradient { get; init; } // (T, B, H) of H; backward only
    public Operand<float> GradientH { get; init; } // (B, H) backward only: of the final h, then of the initial h
    public Operand<float> GradientC { get; init; } // (B, H) backward only: of the final c, then of the initial c
    internal SequenceTile? Tile { get; init; } // how a graphics card cuts it; null for the best

    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        Check();
        if (!Tokens.IsEmpty)
        {
            CheckTokens();
        }
        Cell.Scan(V.Width, this, team);
    }

    public void Launch(GpuQueue gpu)
    {
        Check();
        if (FirstRow != 0 || (Rows ?? Batch) != Batch)
        {
            throw new NotSupportedException("A graphics card runs all rows of a batch.");
        }
        if (Steps == 0 || Batch == 0 || HiddenSize == 0)
        {
            return;
        }
        var tile = Tile ?? SequenceTile.For(Cell, HiddenSize, Batch, Backward, gpu.Card);
        var shape = new SequenceShape(
            Cell,
            HiddenSize,
            Backward,
            ReadsTokens: !Tokens.IsEmpty,
            IsWhole: Batch % tile.Rows == 0 && HiddenSize % tile.Units == 0,
            SequenceTile.HasAsyncCopies(gpu.Card),
            tile
        );
        var function = gpu.Function(
            new ProgramKey(typeof(CellSequence), Shape: shape),
            static key => ((SequenceShape)key.Shape!).Cell.Program((SequenceShape)key.Shape)
        );
        var unitBlocks = Blocks(HiddenSize, tile.Units);
        var rowTiles = Blocks(Batch, tile.Rows);
        var most = rowTiles; // that run at the same time
        if (Cell.IsRecurrent)
        {
            var room = gpu.Card.Multiprocessors * gpu.Card.ResidentBlocks(function);
            most = room / unitBlocks;
            if (most == 0)
            {
                throw new NotSupportedException(
                    $"{gpu.Card.Name} runs {room} blocks at a time, and {HiddenSize} hidden units take {unitBlocks}."
                );
            }
        }
        var isArranged = Cell.IsRecurrent && !tile.KeepsWeights;
        var (exchanged, arranged) = (0, 0);
        if (Cell.IsRecurrent)
        {
            exchanged = rowTiles * 2 * shape.Exchanged;
            arranged = isArranged ? unitBlocks * shape.BlockWeights : 0;
        }
        var scratch = Cell.IsRecurrent ? gpu.Scratch(exchanged + arranged) : default;
        var weights = Weights;
        if (isArranged)
        {
            weights = scratch.Slice(exchanged, arranged);
            var arrange = gpu.Function(
                new ProgramKey(typeof(SequenceWeights), Shape: shape with { ReadsTokens = false, IsWhole = true }),
                static key => SequenceWeights.Write((SequenceShape)key.Shape!)
            );
            gpu.Launch(arrange, new GpuBlocks(unitBlocks, SequenceWeights.Slices), Weights, weights);
        }
        var counters = Cell.IsRecurrent ? gpu.Counters(rowTiles * SequenceShape.CounterStep) : default;
        for (var first = 0; first < rowTiles; first += most)
        {
            gpu.Launch(
                function,
                new GpuBlocks(unitBlocks, Math.Min(most, rowTiles - first)),
                Gates,
                InputGates,
                Tokens,
                TokenTable,
                RecurrentBias,
                weights,
                InitialH,
                InitialC,
                H,
                C,
                GatedH,
                OutputGradient,
                GradientH,
                GradientC,
                scratch,
                counters,
                Steps,
                Batch,
                Reversed != Backward ? Steps - 1 : 0, // the time of the first step that is run
                Reversed != Backward ? -1 : 1,
                first
            );
        }

        static int Blocks(int length, int size) => (length + size - 1) / size;
    }

    /// <summary>Checks every operand's length.</summary>
    /// <exception cref="ArgumentException">An operand has the wrong length.</exception>
    public void Check()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(FirstRow);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(FirstRow, Batch - (Rows ?? 0));
        var rows = (long)Steps * Batch;
        var (state, output) = ((long)Batch * HiddenSize, rows * HiddenSize);
        var gates = Cell.Gates.Count * HiddenSize;
        Gates.Check(rows * gates);
        InputGates.Check(Cell.SplitsInput ? rows * gates : 0);
        RecurrentBias.Check(Cell.SplitsInput && !Backward ? gates : 0);
        InitialH.Check(state);
        H.Check(output);
        InitialC.Check(Cell.HasCellState ? state : 0);
        C.Check(Cell.HasCellState ? output : 0);
        GatedH.Check(Cell.GatesH ? output : 0);
        OutputGradient.Check(Backward ? output : 0);
        GradientH.Check(Backward ? state : 0);
        GradientC.Check(Backward && Cell.HasCellState ? state : 0);
        var (inner, outer) = Backward ? (gates, HiddenSize) : (HiddenSize, gates);
        Weights.Check(Cell.IsRecurrent ? Pack.Length(inner, outer) : 0);
        if (Backward || Tokens.IsEmpty)
        {
            Tokens.Check(0);
            TokenTable.Check(0);
            return;
        }
        TokenTable.Check((long)TokenTable.Length / gates * gates);
        Tokens.Check(rows);
    }

    /// <summary>Checks the tokens, where the host can read them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A token is out of range.</exception>
    private unsafe void CheckTokens() =>
        _ = RowIndices.Pointer(Tokens, Tokens.Length, TokenTable.Length / (Cell.Gates.Count * HiddenSize));
}
