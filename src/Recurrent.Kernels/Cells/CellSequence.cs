using Recurrent.Kernels.Elements;
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

    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V> => Cell.Scan(V.Width, this, team);

    /// <summary>Checks every operand's length, and the tokens.</summary>
    /// <exception cref="ArgumentException">An operand has the wrong length.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A token is out of range.</exception>
    public unsafe void Check()
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
        var entries = TokenTable.Length / gates;
        TokenTable.Check((long)entries * gates);
        _ = RowIndices.Pointer(Tokens, (int)rows, entries);
    }
}
