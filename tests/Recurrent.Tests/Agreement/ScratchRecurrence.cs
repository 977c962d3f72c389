using Recurrent.Kernels.Cells;
using Recurrent.Layers;
using Recurrent.Tensors;

namespace Recurrent.Tests.Agreement;

/// <summary>The recurrent layers once more, one step at a time, from tensor operators alone.</summary>
internal static class ScratchRecurrence
{
    /// <summary>What the layers give, by their parameters.</summary>
    public static (Tensor Output, List<Tensor> State) Forward(
        RecurrentLayers layers,
        Tensor input,
        IReadOnlyList<Tensor> state
    )
    {
        var options = layers.Options;
        var cell = Cell.Named(layers.CellName);
        var parameters = layers
            .Parameters.Select(parameter => parameter.Value)
            .Chunk(cell.IsRecurrent ? 4 : 2)
            .ToArray();
        var parts = cell.States.Count;
        var final = new List<Tensor>();
        for (var layer = 0; layer < options.Layers; layer++)
        {
            var directions = new List<Tensor>();
            for (var direction = 0; direction < options.Directions; direction++)
            {
                var index = (layer * options.Directions) + direction;
                var before = state.Skip(index * parts).Take(parts).ToArray();
                directions.Add(Read(cell, parameters[index], input, ref before, reversed: direction == 1));
                final.AddRange(before);
            }
            input = Tensor.Concatenate(directions, axis: -1);
        }
        return (input, final);
    }

    private static Tensor Read(Cell cell, Tensor[] parameters, Tensor input, ref Tensor[] state, bool reversed)
    {
        var (steps, batch, hidden) = (input.Shape[0], input.Shape[1], state[0].Shape[1]);
        var outputs = new Tensor[steps];
        for (var i = 0; i < steps; i++)
        {
            var t = reversed ? steps - 1 - i : i;
            state = Step(cell, parameters, input[t], state);
            outputs[t] = state[0].Reshape(1, batch, hidden);
        }
        return Tensor.Concatenate(outputs);
    }

    private static Tensor[] Step(Cell cell, Tensor[] parameters, Tensor x, Tensor[] state)
    {
        var (h, hidden) = (state[0], state[0].Shape[1]);

        // Rows of gate k alone: W_ih·x + b_ih and W_hh·h + b_hh.
        Tensor X(int k) => Affine(x, parameters[0], parameters[cell.IsRecurrent ? 2 : 1], k * hidden, hidden);
        Tensor H(int k) => Affine(h, parameters[1], parameters[3], k * hidden, hidden);

        switch (cell.Name)
        {
            case "rnn":
                return [Tensor.Tanh(X(0) + H(0))];
            case "rnn-relu":
                return [Tensor.Relu(X(0) + H(0))];
            case "gru":
                var r = Tensor.Sigmoid(X(0) + H(0));
                var z = Tensor.Sigmoid(X(1) + H(1));
                var n = Tensor.Tanh(X(2) + (r * H(2)));
                return [n + (z * (h - n))];
            case "gru-reset-before":
                var reset = Tensor.Sigmoid(X(0) + H(0));
                var keep = Tensor.Sigmoid(X(1) + H(1));
                var candidate = Tensor.Tanh(X(2) + Affine(reset * h, parameters[1], parameters[3], 2 * hidden, hidden));
                return [candidate + (keep * (h - candidate))];
            case "mingru":
                var update = Tensor.Sigmoid(X(0));
                return [h + (update * (Positive(X(1)) - h))];
            case "minlstm":
                var (forget, take) = (Tensor.Sigmoid(X(0)), Tensor.Sigmoid(X(1)));
                return [((forget * h) + (take * Positive(X(2)))) / (forget + take)];
            case "lstm":
                var i = Tensor.Sigmoid(X(0) + H(0));
                var f = Tensor.Sigmoid(X(1) + H(1));
                var g = Tensor.Tanh(X(2) + H(2));
                var o = Tensor.Sigmoid(X(3) + H(3));
                var c = (f * state[1]) + (i * g);
                return [o * Tensor.Tanh(c), c];
            default:
                throw new ArgumentOutOfRangeException(nameof(cell), cell, "There are no equations for it.");
        }
    }

    /// <summary>x + 0.5 where x is positive, else σ(x).</summary>
    private static Tensor Positive(Tensor x)
    {
        var positive = Tensor.Relu(x);
        return positive + Tensor.Sigmoid(x - positive);
    }

    private static Tensor Affine(Tensor x, Tensor weight, Tensor bias, int first, int rows) =>
        Tensor.MatMul(x, Tensor.Transpose(weight.Slice(first, rows))) + bias.Slice(first, rows);
}
