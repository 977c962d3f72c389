using Recurrent.Kernels;

namespace Recurrent.Tensors;

// A recurrent layer over a whole sequence, as one operator: fused kernels forward and back through time.
public sealed partial class Tensor
{
    /// <summary>
    /// h after each step of a sequence, from the input's part of the pre-activations; dW = Σ daₜᵀ·hₜ₋₁ over the steps in
    /// their order in memory.
    /// </summary>
    /// <param name="cell">The cell, with G gates.</param>
    /// <param name="input">
    /// (T·B, G·H), time-major, with every bias but the recurrent one; its values are used up.
    /// </param>
    /// <param name="weight">Recurrent weights W (G·H, H).</param>
    /// <param name="recurrentBias">(G·H) for a GRU, whose reset gate acts on it; else null, and the input holds it.</param>
    /// <param name="h0">h before the sequence (B, H).</param>
    /// <param name="c0">c before the sequence (B, H), an LSTM's only.</param>
    /// <param name="reversed">Whether to read from the last step to the first.</param>
    /// <returns>h after each step (T, B, H), and c after the sequence (B, H) for an LSTM.</returns>
    internal static (Tensor H, Tensor? FinalC) Recurrence(
        CellKind cell,
        Tensor input,
        Tensor weight,
        Tensor? recurrentBias,
        Tensor h0,
        Tensor? c0,
        bool reversed
    )
    {
        var (batch, hidden) = (h0.Shape[0], h0.Shape[1]);
        var steps = input.Shape[0] / batch;
        var size = steps * batch * hidden;
        var final = reversed ? 0 : steps - 1;
        var isGru = recurrentBias is not null;
        Tensor[] operands =
        [
            input,
            weight,
            h0,
            .. isGru ? [recurrentBias!] : Array.Empty<Tensor>(),
            .. c0 is null ? Array.Empty<Tensor>() : [c0],
        ];
        // An LSTM's c after each step stands behind its h, for the way back.
        var y = Result(new Shape(c0 is null ? steps : 2 * steps, batch, hidden), operands);
        var gates = isGru ? TensorPool.Rent(input.Count) : input._storage;
        Tier.RecurrentForward(Team, Sequence(isForward: true, default, default, default));
        y.WithDerivative(dy =>
        {
            var gradientH = TensorPool.Rent(h0.Count);
            gradientH.Values.Clear(); // the final h's gradient is a part of the output's
            var gradientC = c0 is null ? null : TensorPool.Rent(c0.Count);
            if (gradientC is not null)
            {
                dy.Values.Slice(size + (final * c0!.Count), c0.Count).CopyTo(gradientC.Values);
            }
            Tier.RecurrentBackward(
                Team,
                Sequence(
                    isForward: false,
                    dy.Values[..size],
                    gradientH.Values,
                    gradientC is null ? default : gradientC.Values
                )
            );
            input.AddGradient(input._storage.Share()); // the values were used up, and hold their gradient now
            AddRecurrentWeightGradient(weight, gates.Values, h0, y.WritableSpan[..size], reversed);
            if (recurrentBias is { RequiresGradient: true })
            {
                var target = recurrentBias.GradientTarget(out var add);
                Tier.SumRows(Team, gates.Values, target, add);
            }
            h0.AddGradient(gradientH);
            gradientH.Release();
            if (gradientC is not null)
            {
                c0!.AddGradient(gradientC);
                gradientC.Release();
            }
        });
        return c0 is null ? (y, null) : (y.Slice(0, steps), y[steps + final]);

        RecurrentSequence Sequence(
            bool isForward,
            ReadOnlySpan<float> outputGradient,
            Span<float> gradientH,
            Span<float> gradientC
        ) =>
            new()
            {
                Cell = cell,
                Steps = steps,
                Batch = batch,
                HiddenSize = hidden,
                Reversed = reversed,
                Gates = gates.Values,
                InputGates = isGru ? input.WritableSpan : default,
                RecurrentBias = isGru && isForward ? recurrentBias!.Values : default,
                Weights = weight.Packed(transposed: isForward),
                InitialH = h0.Values,
                InitialC = c0 is null ? default : c0.Values,
                H = y.WritableSpan[..size],
                C = c0 is null ? default : y.WritableSpan[size..],
                OutputGradient = outputGradient,
                GradientH = gradientH,
                GradientC = gradientC,
            };
    }

    /// <summary>dW (G·H, H) += Σ daₜᵀ·h before step t.</summary>
    private static void AddRecurrentWeightGradient(
        Tensor weight,
        ReadOnlySpan<float> gates,
        Tensor h0,
        ReadOnlySpan<float> h,
        bool reversed
    )
    {
        if (!weight.RequiresGradient)
        {
            return;
        }
        var (gateSize, hidden, batch) = (weight.Shape[0], weight.Shape[1], h0.Shape[0]);
        var target = weight.GradientTarget(out var add);
        var first = batch * gateSize; // the gates of one step
        var rest = h.Length - h0.Count; // the states that another step starts from
        if (reversed)
        {
            AddProduct(gates[..^first], h[h0.Count..], rest / hidden, target, gateSize, hidden, add);
            AddProduct(gates[^first..], h0.Values, batch, target, gateSize, hidden, add: true);
        }
        else
        {
            AddProduct(gates[..first], h0.Values, batch, target, gateSize, hidden, add);
            AddProduct(gates[first..], h[..rest], rest / hidden, target, gateSize, hidden, add: true);
        }
    }
}
