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
    /// The input's part of the pre-activations, with every bias but the recurrent one: (T·B, G·H), time-major, whose
    /// values are used up; or, with <paramref name="tokens"/>, (vocabulary, G·H), one row for each token.
    /// </param>
    /// <param name="tokens">Token indices (T·B), time-major; or empty.</param>
    /// <param name="weight">Recurrent weights W (G·H, H).</param>
    /// <param name="recurrentBias">(G·H) for a GRU, whose reset gate acts on it; else null, and the input holds it.</param>
    /// <param name="h0">h before the sequence (B, H).</param>
    /// <param name="c0">c before the sequence (B, H), an LSTM's only.</param>
    /// <param name="reversed">Whether to read from the last step to the first.</param>
    /// <returns>h after each step (T, B, H), and c after the sequence (B, H) for an LSTM.</returns>
    internal static (Tensor H, Tensor? FinalC) Recurrence(
        CellKind cell,
        Tensor input,
        ReadOnlySpan<int> tokens,
        Tensor weight,
        Tensor? recurrentBias,
        Tensor h0,
        Tensor? c0,
        bool reversed
    )
    {
        var (batch, hidden) = (h0.Shape[0], h0.Shape[1]);
        var rows = tokens.IsEmpty ? input.Shape[0] : tokens.Length;
        var size = rows * hidden;
        var isGru = recurrentBias is not null;
        // The state before the sequence stands beside those after its steps: one matrix of what each step started from.
        var states = TensorPool.Rent(h0.Count + size);
        h0.Values.CopyTo(states.Values[(reversed ? size : 0)..]);
        var y = View(states, reversed ? 0 : h0.Count, new Shape(rows / batch, batch, hidden));
        var memory = y._memory as SequenceMemory ?? new SequenceMemory();
        (memory.Cell, memory.Reversed, memory.States, memory.FinalGradientC) = (cell, reversed, states, null);
        memory.C = c0 is null ? null : TensorPool.Rent(size);
        memory.Tokens = [];
        memory.Gates = input._storage;
        memory.InputGates = isGru ? input._storage : null;
        if (!tokens.IsEmpty)
        {
            memory.Tokens = TensorPool.RentIndices(rows);
            tokens.CopyTo(memory.Tokens);
            memory.InputGates = isGru ? TensorPool.Rent(rows * input.Shape[1]) : null;
        }
        if (isGru || !tokens.IsEmpty)
        {
            memory.Gates = TensorPool.Rent(rows * weight.Shape[0]);
        }
        Tier.RecurrentForward(
            Team,
            memory.Sequence(y, weight.Packed(transposed: true), h0, c0) with
            {
                Tokens = tokens,
                TokenTable = tokens.IsEmpty ? default : input.Values,
                RecurrentBias = isGru ? recurrentBias!.Values : default,
            }
        );
        y._memory = memory;
        y = Record(y, input, weight, h0, c0 ?? recurrentBias ?? h0).WithDerivative(s_recurrenceDerivative);
        return (y, c0 is null ? null : FinalC(y, memory.C!, c0.Shape));
    }

    private static readonly Action<Tensor, Storage> s_recurrenceDerivative = static (y, dy) =>
    {
        var memory = (SequenceMemory)y._memory!;
        var (input, weight, h0, last) = (y._operands[0], y._operands[1], y._operands[2], y._operands[3]);
        var c0 = memory.C is null ? null : last;
        var gradientH = TensorPool.Rent(h0.Count);
        gradientH.Values.Clear(); // the final h's gradient is a part of the output's
        var gradientC = c0 is null ? null : TensorPool.Rent(c0.Count);
        if (memory.FinalGradientC is { } final)
        {
            final.Values.CopyTo(gradientC!.Values);
            final.Release();
        }
        else
        {
            gradientC?.Values.Clear();
        }
        Tier.RecurrentBackward(
            Team,
            memory.Sequence(y, weight.Packed(transposed: false), h0, c0) with
            {
                OutputGradient = dy.Values,
                GradientH = gradientH.Values,
                GradientC = gradientC is null ? default : gradientC.Values,
            }
        );
        memory.PassInputGradientTo(input);
        if (weight.RequiresGradient)
        {
            var size = memory.States.Values.Length - h0.Count;
            var starts = memory.States.Values.Slice(memory.Reversed ? h0.Count : 0, size);
            var target = weight.GradientTarget(out var add);
            var hidden = h0.Shape[1];
            AddProduct(memory.Gates.Values, starts, size / hidden, target, weight.Shape[0], hidden, add);
        }
        if (memory.InputGates is not null && last.RequiresGradient)
        {
            var target = last.GradientTarget(out var add);
            Tier.SumRows(Team, memory.Gates.Values, target, add);
        }
        h0.AddGradient(gradientH);
        gradientH.Release();
        if (gradientC is not null)
        {
            c0!.AddGradient(gradientC);
            gradientC.Release();
        }
    };

    /// <summary>c after the sequence; its gradient reaches the sequence through the memory.</summary>
    private static Tensor FinalC(Tensor y, Storage c, Shape shape)
    {
        var memory = (SequenceMemory)y._memory!;
        var start = memory.Reversed ? 0 : c.Values.Length - shape.Count;
        return Record(View(c, start, shape), y)
            .WithDerivative(
                static (final, gradient) =>
                {
                    var y = final._operands[0];
                    ((SequenceMemory)y._memory!).FinalGradientC = gradient.Share();
                    if (y._gradient is null)
                    {
                        y.GradientTarget(out _).Clear(); // so that the way back comes there
                    }
                }
            );
    }

    /// <summary>What the way back of a sequence needs of the way there.</summary>
    private sealed class SequenceMemory
    {
        public CellKind Cell { get; set; }

        public bool Reversed { get; set; }

        public int[] Tokens { get; set; } = []; // (T·B), or none

        public Storage Gates { get; set; } = Storage.Returned; // (T, B, G·H)

        public Storage? InputGates { get; set; } // (T, B, 3·H), a GRU's only

        public Storage States { get; set; } = Storage.Returned; // (T + 1, B, H), the initial one first or, reversed, last

        public Storage? C { get; set; } // (T, B, H), an LSTM's only

        public Storage? FinalGradientC { get; set; } // (B, H)

        public RecurrentSequence Sequence(Tensor y, ReadOnlySpan<float> weights, Tensor h0, Tensor? c0) =>
            new()
            {
                Cell = Cell,
                Steps = y.Shape[0],
                Batch = y.Shape[1],
                HiddenSize = y.Shape[2],
                Reversed = Reversed,
                Gates = Gates.Values,
                InputGates = InputGates is null ? default : InputGates.Values,
                Weights = weights,
                InitialH = h0.Values,
                InitialC = c0 is null ? default : c0.Values,
                H = y.WritableSpan,
                C = C is null ? default : C.Values,
            };

        /// <summary>The gradient of the pre-activations now stands where they stood.</summary>
        public void PassInputGradientTo(Tensor input)
        {
            var gradient = InputGates ?? Gates;
            if (Tokens.Length == 0)
            {
                input.AddGradient(gradient.Share());
            }
            else if (input.RequiresGradient)
            {
                var target = input.GradientTarget(out var add);
                if (!add)
                {
                    target.Clear();
                }
                Tier.AddRows(Team, gradient.Values, Tokens, target, input.Shape[1]);
            }
        }
    }
}
