using Recurrent.Formats.Safetensors;

namespace Recurrent.Formats.Onnx;

/// <summary>What each operator of a graph makes of what is known of its inputs.</summary>
internal sealed class OnnxOperators(OnnxTensors tensors, OnnxRoom room, long opset)
{
    /// <summary>What to do with a model that cannot be read.</summary>
    public const string WayOut =
        "export a model of tokens or one-hot vectors, RNN, GRU or LSTM layers and a linear output";

    private readonly OnnxLinear _linear = new(room);

    /// <summary>The error of a model that cannot be read.</summary>
    public static FormatError Cannot(string problem) => new(problem, WayOut);

    /// <summary>How many inputs must be understood: zeros of a shape are a state, whatever the shape.</summary>
    public static int Needs(OnnxNode node) =>
        (node.Domain + node.Operator) switch
        {
            "ConstantOfShape" or "ConstantFill" => 0,
            "Expand" => 1,
            _ => int.MaxValue,
        };

    /// <summary>Applies an operator.</summary>
    /// <param name="node">The operator.</param>
    /// <param name="inputs">Its inputs; null for what is left out.</param>
    /// <returns>Its outputs, perhaps fewer than the graph names.</returns>
    /// <exception cref="FormatError">It is not one that a recurrent language model here has.</exception>
    public OnnxValue[] Apply(OnnxNode node, IReadOnlyList<OnnxValue?> inputs)
    {
        return (node.Domain + node.Operator) switch
        {
            "Constant" => [Constant(node)],
            "ConstantOfShape" => [ConstantOfShape(node, Input(0))],
            // Of no opset; PyTorch's exporter writes it for opsets 7 and 8.
            "ConstantFill" when node.Float("value", 0) == 0 => [new StartState()],
            "Expand" => [Expand(Input(0), Input(1))],
            "Identity" => [Input(0)],
            "Cast" => [Cast(Input(0), node.Integer("to", OnnxTensors.Float32))],
            "Dropout" => [Dropout(Input(0), At(2))],
            "Shape" => [new Constant<Size>(Input(0).Sizes, [Input(0).Sizes.Length], room)],
            "Transpose" => [Input(0).Transpose(node.Integers("perm"))],
            "Reshape" => [Input(0).Reshape(Lengths(Input(1)))],
            "Flatten" => [Flatten(Input(0), node.Integer("axis", 1))],
            "Squeeze" => [Input(0).Squeeze(node.Integers("axes") ?? Known(At(1)))],
            "Unsqueeze" => [Input(0).Unsqueeze(node.Integers("axes") ?? Known(Input(1))!)],
            "Slice" => [Slice(node, Input(0), At)],
            "Split" => Split(node, Input(0), At(1)),
            "Gather" => [Gather(Input(0), Input(1), node.Integer("axis", 0))],
            "Concat" => [Concat(inputs, node.Integer("axis", 0))],
            "ReduceProd" => [ReduceProd(node, Input(0))],
            "Add" or "Sub" or "Mul" or "Div" => [Arithmetic(node.Operator, Input(0), Input(1))],
            "OneHot" => [OnnxLinear.OneHot(node, Input(0), Input(1), Input(2))],
            "MatMul" => [_linear.MatMul(Input(0), Input(1), null)],
            "Gemm" => [_linear.Gemm(node, Input(0), Input(1), At(2))],
            "Softmax" or "LogSoftmax" => [OnnxLinear.Softmax(node, Input(0), opset)],
            "RNN" or "GRU" or "LSTM" => OnnxLayer.Read(node, Input(0), At),
            _ => throw Cannot("it is not one that Recurrent has"),
        };

        OnnxValue? At(int place) => place < inputs.Count ? inputs[place] : null;
        OnnxValue Input(int place) => At(place) ?? throw Cannot($"it lacks its input {place}");
    }

    /// <summary>Numbers that are known.</summary>
    private static long[]? Known(OnnxValue? value) =>
        value is null ? null
        : Lengths(value) is var numbers && numbers.All(number => number.IsKnown)
            ? [.. numbers.Select(number => number.Factor)]
        : throw Cannot("it reads numbers that are not constants");

    private static Size[] Lengths(OnnxValue value) =>
        value is Constant<Size> numbers ? numbers.Values : throw Cannot("it reads no whole numbers");

    private static OnnxValue Expand(OnnxValue value, OnnxValue shape) =>
        value switch
        {
            _ when OnnxLayer.IsStart(value) => new StartState(),
            Constant<float>
            or Constant<Size> when shape is Constant<Size> same && value.Sizes.SequenceEqual(same.Values) => value,
            _ => throw Cannot("it repeats values"),
        };

    private OnnxValue ConstantOfShape(OnnxNode node, OnnxValue shape)
    {
        var value = node.Tensor("value") is { } message ? tensors.Read(message) : new Constant<float>([0], [1], room);
        if (shape is Constant<Size> { Values: var lengths } && Array.TrueForAll(lengths, length => length.IsKnown))
        {
            var count = 1L;
            foreach (var length in lengths)
            {
                count = length.Factor is > 0 and <= int.MaxValue
                    ? Math.Min(count * length.Factor, int.MaxValue)
                    : throw Cannot("it makes a constant without values");
            }
            int[] all = [.. lengths.Select(length => (int)length.Factor)];
            return value switch
            {
                Constant<float> { Values: [var only] } => new Constant<float>(Filled(only), all, room),
                Constant<Size> { Values: [var only] } => new Constant<Size>(Filled(only), all, room),
                _ => throw Cannot("its value is not one number"),
            };

            T[] Filled<T>(T only)
            {
                var filled = room.Take<T>(count);
                Array.Fill(filled, only);
                return filled;
            }
        }
        return OnnxLayer.IsStart(value) ? new StartState() : throw Cannot("it fills a state with other than zeros");
    }

    private OnnxValue Constant(OnnxNode node)
    {
        if (node.Tensor("value") is { } message)
        {
            return tensors.Read(message);
        }
        if (node.Integers("value_ints") is { } numbers)
        {
            return new Constant<Size>([.. numbers.Select(number => new Size(number))], [numbers.Length], room);
        }
        if (node.Floats("value_floats") is { } floats)
        {
            return new Constant<float>(floats, [floats.Length], room);
        }
        var number32 = node.Float("value_float", float.NaN);
        return float.IsNaN(number32)
            ? new Constant<Size>([new Size(node.Integer("value_int", 0))], [], room)
            : new Constant<float>([number32], [], room);
    }

    private static OnnxValue Cast(OnnxValue value, long type) =>
        (value, OnnxTensors.IsFloat(type)) switch
        {
            (Constant<float> floats, false) => floats.Select(number => new Size((long)number)),
            (Constant<Size> numbers, true) when Array.TrueForAll(numbers.Values, number => number.IsKnown) =>
                numbers.Select(number => (float)number.Factor),
            // Keras has tokens in float32.
            (Activations { Stage: Vectors { MayBeState: true } } tokens, false) => tokens.With(new Tokens()),
            _ => value,
        };

    private static OnnxValue Dropout(OnnxValue value, OnnxValue? isTraining) =>
        isTraining is null or Constant<Size> { Values: [{ IsKnown: true, Factor: 0 }] }
            ? value
            : throw new FormatError("it drops values", "export the model for inference, not for training");

    private static OnnxValue Flatten(OnnxValue value, long axis)
    {
        var sizes = value.Sizes;
        var first = (int)Math.Clamp(axis < 0 ? axis + sizes.Length : axis, 0, sizes.Length);
        return value.Reshape([Product(sizes[..first]), Product(sizes[first..])]);
    }

    private static Size Product(IEnumerable<Size> sizes) => sizes.Aggregate(new Size(1), (a, b) => a * b);

    private static OnnxValue Slice(OnnxNode node, OnnxValue value, Func<int, OnnxValue?> at)
    {
        if ((node.Integers("starts") ?? Known(at(1))) is not { } starts)
        {
            throw Cannot("it has no starts");
        }
        var ends = node.Integers("ends") ?? Known(at(2)) ?? [];
        var axes = node.Integers("axes") ?? Known(at(3)) ?? [.. Enumerable.Range(0, starts.Length)];
        var steps = Known(at(4)) ?? [.. Enumerable.Repeat(1L, starts.Length)];
        if (ends.Length != starts.Length || axes.Length != starts.Length || steps.Length != starts.Length)
        {
            throw Cannot("it has not as many ends as starts");
        }
        for (var i = 0; i < starts.Length; i++)
        {
            value = value.Slice(axes[i], starts[i], ends[i], steps[i]);
        }
        return value;
    }

    private static OnnxValue[] Split(OnnxNode node, OnnxValue value, OnnxValue? lengths)
    {
        var axis = node.Integer("axis", 0);
        if (value is not (Constant<float> or Constant<Size>))
        {
            return [.. node.Outputs.Select(_ => value.Slice(axis, 0, -1, 1))];
        }
        var size =
            value.Sizes is var sizes && axis >= -sizes.Length && axis < sizes.Length
                ? sizes[(int)(axis < 0 ? axis + sizes.Length : axis)].Factor
                : throw Cannot($"a value of {value.Sizes.Length} axes has no axis {axis}");
        var count = node.Outputs.Count;
        var each = (size + count - 1) / Math.Max(1, count);
        var parts = node.Integers("split") ?? Known(lengths) ?? [.. Enumerable.Repeat(each, count)];
        var start = 0L;
        return
        [
            .. parts.Take(count).Select(length => value.Slice(axis, start, start += Math.Clamp(length, 0, size), 1)),
        ];
    }

    private static OnnxValue Gather(OnnxValue value, OnnxValue places, long axis)
    {
        if (value is Constant<float> { Shape: [_, var size] } table && places is Activations { Stage: Tokens } tokens)
        {
            var features = Atom.Axis(new Size(size));
            return axis is 0 or -2
                ? new Activations([.. tokens.Axes, features], new Vectors(features, table))
                : throw Cannot("it takes columns of a table");
        }
        return value.Gather(axis, places as Constant<Size> ?? throw Cannot("it takes places that are not constants"));
    }

    private OnnxValue Concat(IReadOnlyList<OnnxValue?> parts, long axis) =>
        parts switch
        {
            [] => throw Cannot("it joins nothing"),
            [{ } only] => only,
            _ when parts.All(part => part is Constant<float>) => Constant<float>.Concatenate(
                axis,
                [.. parts.Cast<Constant<float>>()],
                room
            ),
            _ when parts.All(part => part is Constant<Size>) => Constant<Size>.Concatenate(
                axis,
                [.. parts.Cast<Constant<Size>>()],
                room
            ),
            _ when parts.All(part => part is not null && OnnxLayer.IsStart(part)) => new StartState(),
            _ => throw Cannot("it joins what the model computes"),
        };

    private Constant<Size> ReduceProd(OnnxNode node, OnnxValue value) =>
        new([Product(Lengths(value))], node.Integer("keepdims", 1) != 0 ? [1] : [], room);

    private OnnxValue Arithmetic(string operation, OnnxValue left, OnnxValue right) =>
        (left, right) switch
        {
            (Constant<Size> a, Constant<Size> b) => Elementwise(a, b, (x, y) => Of(operation, x, y)),
            (Constant<float> a, Constant<float> b) => Elementwise(a, b, (x, y) => Of(operation, x, y)),
            (Activations x, Constant<float> bias) when operation == "Add" => _linear.AddBias(x, bias),
            (Constant<float> bias, Activations x) when operation == "Add" => _linear.AddBias(x, bias),
            _ => throw Cannot("it reads what the model computes"),
        };

    private static Size Of(string operation, Size x, Size y) =>
        (operation, x.IsKnown && y.IsKnown) switch
        {
            ("Mul", _) => x * y,
            ("Add", true) => new(unchecked(x.Factor + y.Factor)),
            ("Sub", true) => new(unchecked(x.Factor - y.Factor)),
            ("Div", true) when y.Factor > 0 => new(x.Factor / y.Factor),
            _ => Size.Any,
        };

    private static float Of(string operation, float x, float y) =>
        operation switch
        {
            "Add" => x + y,
            "Sub" => x - y,
            "Mul" => x * y,
            _ => x / y,
        };

    /// <summary>Of constants of one shape, or one number with each value.</summary>
    private Constant<T> Elementwise<T>(Constant<T> a, Constant<T> b, Func<T, T, T> operation)
        where T : struct
    {
        var (larger, smaller) = a.Values.Length >= b.Values.Length ? (a, b) : (b, a);
        if (smaller.Values.Length != 1 && !smaller.Shape.SequenceEqual(larger.Shape))
        {
            throw Cannot("it reads constants of different shapes");
        }
        var values = room.Take<T>(larger.Values.Length);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = operation(a.Values[a.Values.Length == 1 ? 0 : i], b.Values[b.Values.Length == 1 ? 0 : i]);
        }
        return new(values, larger.Shape, room);
    }
}
