using Recurrent.Kernels;
using Recurrent.Kernels.Cells;

namespace Recurrent.Models;

/// <summary>One layer as it was.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Weights">weight_hh, packed (H, G·H); empty where the cell has none.</param>
/// <param name="InputWeights">weight_ih, packed (H, G·H); empty for the lowest layer.</param>
/// <param name="Input">The lowest layer's gates of each token (V, G·H), or an upper one's bias (G·H).</param>
/// <param name="RecurrentBias">bias_hh (G·H), where the cell splits its input.</param>
/// <param name="GateSize">G·H.</param>
internal sealed record FrozenLayer(
    Cell Cell,
    Operand<float> Weights,
    Operand<float> InputWeights,
    Operand<float> Input,
    Operand<float> RecurrentBias,
    int GateSize
)
{
    /// <summary>Hidden units H.</summary>
    public int HiddenSize => GateSize / Cell.Gates.Count;
}
