using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Recurrence;

/// <summary>
/// The equations of a recurrent cell for one vector of hidden units of one row, forward and back. A cell knows nothing of time,
/// of the batch or of matrices.
/// </summary>
internal unsafe interface ICell
{
    /// <summary>Gates G: blocks of hidden units in a row of pre-activations, in PyTorch's order.</summary>
    static abstract int Gates { get; }

    /// <summary>Whether a second state c goes beside h.</summary>
    static abstract bool HasCellState { get; }

    /// <summary>
    /// Whether the cell needs the input's and the recurrent part of a pre-activation apart; otherwise the product adds
    /// to the input's part.
    /// </summary>
    static abstract bool SplitsInput { get; }

    /// <summary>From pre-activations and the old state to the new; leaves in the gates what the way back needs.</summary>
    static abstract void Forward<V, TLane>(in CellRow row, TLane lane)
        where V : unmanaged, IVector<V>
        where TLane : struct, ILane<V>;

    /// <summary>From the gradient of the new state to those of the pre-activations and of the old state.</summary>
    static abstract void Backward<V, TLane>(in CellRow row, TLane lane)
        where V : unmanaged, IVector<V>
        where TLane : struct, ILane<V>;
}

/// <summary>The rows that one step of a cell works on, each of H values unless said otherwise.</summary>
internal unsafe struct CellRow
{
    /// <summary>Hidden units H: gate g of a row of gates starts at g·H.</summary>
    public int H;

    /// <summary>(G·H) pre-activations, then what the cell left; on the way back their gradients.</summary>
    public float* Gates;

    /// <summary>(G·H) the input's part of the pre-activations where the cell splits it, else the same as the gates.</summary>
    public float* Input;

    /// <summary>The old h.</summary>
    public float* OldH;

    /// <summary>The new h.</summary>
    public float* NewH;

    /// <summary>The old c.</summary>
    public float* OldC;

    /// <summary>The new c.</summary>
    public float* NewC;

    /// <summary>Gradient of the new h; on return, of the old h as far as it does not go through the gates.</summary>
    public float* GradientH;

    /// <summary>Gradient of the new c; on return, of the old c.</summary>
    public float* GradientC;

    /// <summary>Goes on to the next row of the batch.</summary>
    /// <param name="gates">The cell's gates G.</param>
    public void MoveDown(int gates)
    {
        // Pointers to what the cell does not have move from null to nowhere and are never followed.
        Gates += gates * H;
        Input += gates * H;
        OldH += H;
        NewH += H;
        OldC += H;
        NewC += H;
        GradientH += H;
        GradientC += H;
    }
}
