using Recurrent.Formats.Safetensors;

namespace Recurrent.Formats.Onnx;

/// <summary>A recurrent layer of a graph that is read.</summary>
/// <param name="Kind">Its operator.</param>
/// <param name="W">(D, G·H, I).</param>
/// <param name="R">(D, G·H, H).</param>
/// <param name="B">(D, 2·G·H), or null.</param>
internal sealed record OnnxLayer(OnnxRecurrence Kind, Constant<float> W, Constant<float> R, Constant<float>? B)
{
    /// <summary>Directions, D.</summary>
    public int Directions => R.Shape[0];

    /// <summary>Hidden units, H.</summary>
    public int Hidden => R.Shape[2];

    /// <summary>Reads the operator RNN, GRU or LSTM.</summary>
    /// <param name="node">The operator.</param>
    /// <param name="input">What it reads, X.</param>
    /// <param name="at">Its inputs: X, W, R, B, sequence_lens, initial_h, initial_c and P.</param>
    /// <returns>h after each step, and h after the last.</returns>
    /// <exception cref="FormatError">It computes what Recurrent does not.</exception>
    public static OnnxValue[] Read(OnnxNode node, OnnxValue input, Func<int, OnnxValue?> at)
    {
        var directions = node.Texts("direction") switch
        {
            null or ["forward"] => 1,
            ["bidirectional"] => 2,
            var other => throw new FormatError(
                $"its direction is {FormatError.OneLine(string.Join(", ", other))}",
                "train a model that reads forward, or in both directions"
            ),
        };
        var kind = OnnxRecurrence.Of(node, directions);
        RequireAllOf(at(4), input);
        RequireStart(at(5), "h");
        RequireStart(at(6), "c");
        if (at(7) is { } peepholes && !IsZero(peepholes))
        {
            throw new FormatError("it has peepholes", "train it without them");
        }
        var layer = new OnnxLayer(
            kind,
            Weights(at(1), "W", 3),
            Weights(at(2), "R", 3),
            at(3) is { } b ? Weights(b, "B", 2) : null
        );
        layer.RequireShapes(directions, (int)Math.Clamp(node.Integer("hidden_size", layer.Hidden), 0, int.MaxValue));
        return layer.Outputs(input, isBatchFirst: node.Integer("layout", 0) != 0);
    }

    /// <summary>Whether a value may be a state before the first step: zeros, or what the caller hands in.</summary>
    public static bool IsStart(OnnxValue value) =>
        value is StartState or Activations { Stage: Vectors { MayBeState: true } } || IsZero(value);

    private static bool IsZero(OnnxValue value) =>
        value is Constant<float> { Values: var values } && !values.AsSpan().ContainsAnyExcept(0f);

    private static void RequireStart(OnnxValue? state, string name)
    {
        if (state is not null && !IsStart(state))
        {
            throw new FormatError(
                state is Constant<float>
                    ? $"it starts from a {name} of its own that is not zeros"
                    : $"it starts from a {name} that another part of the model computes",
                "train a model that starts from zeros"
            );
        }
    }

    /// <summary>Lengths of rows may be there if they are the number of steps.</summary>
    private static void RequireAllOf(OnnxValue? lengths, OnnxValue input)
    {
        if (lengths is null)
        {
            return;
        }
        var steps = input.Sizes.FirstOrDefault(Size.Any);
        if (lengths is not Constant<Size> numbers || !Array.TrueForAll(numbers.Values, length => length.Is(steps)))
        {
            throw new FormatError(
                "it reads rows of different lengths (sequence_lens)",
                "export it without the lengths of rows"
            );
        }
    }

    private static Constant<float> Weights(OnnxValue? value, string name, int axes) =>
        value is Constant<float> weights && weights.Shape.Length == axes
            ? weights
            : throw OnnxOperators.Cannot($"its {name} is not a constant of {axes} axes");

    private void RequireShapes(int directions, int hidden)
    {
        var rows = (long)Kind.Gates.Length * hidden;
        if (
            R.Shape[0] != directions
            || R.Shape[1] != rows
            || R.Shape[2] != hidden
            || W.Shape[0] != directions
            || W.Shape[1] != rows
            || (B is not null && (B.Shape[0] != directions || B.Shape[1] != 2 * rows))
        )
        {
            throw new FormatError(
                $"its weights have the shapes W ({string.Join(", ", W.Shape)}), R ({string.Join(", ", R.Shape)})"
                    + (B is null ? "" : $" and B ({string.Join(", ", B.Shape)})")
                    + $", which do not fit {hidden} hidden units and {directions} directions"
            );
        }
    }

    private OnnxValue[] Outputs(OnnxValue input, bool isBatchFirst)
    {
        if (input is not Activations { EndsInFeatures: true, Axes: [var first, var second, _] } x)
        {
            throw OnnxOperators.Cannot("it reads other than a vector for each step and row");
        }
        var (time, batch) = isBatchFirst ? (second, first) : (first, second);
        var (vectors, below) = x.Stage switch
        {
            Vectors lowest => (lowest, (IReadOnlyList<OnnxLayer>)[]),
            Hidden hidden when hidden.Time.SequenceEqual(time) && hidden.Batch.SequenceEqual(batch) => (
                hidden.Input,
                hidden.Layers
            ),
            _ => throw OnnxOperators.Cannot(
                "its steps are not those of the layer below, or it reads what comes after the output"
            ),
        };
        var inputs = below is [.., var lower] ? lower.Directions * lower.Hidden : vectors.Table?.Shape[1] ?? W.Shape[2];
        if (W.Shape[2] != inputs)
        {
            throw new FormatError($"its weights W are for {W.Shape[2]} inputs and there are {inputs}");
        }
        var (direction, units) = (Atom.Axis(new Size(Directions)), Atom.Axis(new Size(Hidden)));
        var stage = new Hidden([.. direction, .. units], time, batch, vectors, [.. below, this]);
        return
        [
            new Activations(isBatchFirst ? [batch, time, direction, units] : [time, direction, batch, units], stage),
            Directions == 1
                ? new Activations(
                    isBatchFirst
                        ? [batch, [], units]
                        :
                        [
                            [],
                            batch,
                            units,
                        ],
                    stage
                )
                // The reverse direction's last step is the first.
                : new Refused(OnnxOperators.Cannot("the last states of both directions are read")),
        ];
    }
}
