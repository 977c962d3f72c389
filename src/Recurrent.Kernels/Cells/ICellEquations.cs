using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Cells;

/// <summary>
/// The equations of a recurrent cell for one vector of hidden units of one row, forward and back. They know nothing of
/// time, of the batch or of matrices.
/// </summary>
internal interface ICellEquations
{
    /// <summary>
    /// From pre-activations and the old state to the new; leaves in the gates what the way back needs.
    /// </summary>
    static abstract void Forward<V, TLane>(in CellRow row, TLane lane)
        where V : unmanaged, IVector<V>
        where TLane : struct, ILane<V>;

    /// <summary>From the gradient of the new state to those of the pre-activations and of the old state.</summary>
    static abstract void Backward<V, TLane>(in CellRow row, TLane lane)
        where V : unmanaged, IVector<V>
        where TLane : struct, ILane<V>;

    /// <summary>
    /// Where the cell gates the old h, before <see cref="Forward"/>: from the pre-activations but the last gate's to
    /// the gated h, whose recurrent product then adds to the last gate's.
    /// </summary>
    static virtual void GateForward<V, TLane>(in CellRow row, TLane lane)
        where V : unmanaged, IVector<V>
        where TLane : struct, ILane<V> { }

    /// <summary>
    /// Likewise, after <see cref="Backward"/>: from the gradient of the gated h to those of its gate's pre-activation
    /// and of the old h, to which it adds.
    /// </summary>
    static virtual void GateBackward<V, TLane>(in CellRow row, TLane lane)
        where V : unmanaged, IVector<V>
        where TLane : struct, ILane<V> { }
}

/// <summary>The rows that one step of a cell works on, each of H values unless said otherwise.</summary>
internal unsafe struct CellRow
{
    public int H; // hidden units: gate g of a row of gates starts at g·H
    public float* Gates; // (G·H) pre-activations, then what the cell left; on the way back their gradients
    public float* Input; // (G·H) the input's part of them where the cell splits it, else the same as Gates
    public float* OldH;
    public float* NewH;
    public float* OldC;
    public float* NewC;
    public float* GatedH; // where the cell gates the old h; on the way back its gradient, on return itself again
    public float* GradientH; // of the new h; on return, of the old h as far as it does not go through the gates
    public float* GradientC; // of the new c; on return, of the old c

    /// <summary>Gate g of the pre-activations.</summary>
    public readonly float* Gate(int g) => Gates + (g * H);

    /// <summary>Gate g of the input's part of the pre-activations.</summary>
    public readonly float* InputGate(int g) => Input + (g * H);

    /// <summary>Goes on to the next row of the batch.</summary>
    /// <param name="gateStep">Values from one row of gates to the next.</param>
    public void MoveDown(int gateStep)
    {
        // Pointers to what the cell does not have move from null to nowhere and are never followed.
        Gates += gateStep;
        Input += gateStep;
        OldH += H;
        NewH += H;
        OldC += H;
        NewC += H;
        GatedH += H;
        GradientH += H;
        GradientC += H;
    }
}
