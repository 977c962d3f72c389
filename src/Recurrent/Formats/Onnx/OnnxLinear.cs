using Recurrent.Tensors;

namespace Recurrent.Formats.Onnx;

/// <summary>The linear maps of a graph: from tokens to vectors, and from features to logits.</summary>
/// <param name="room">What constants may take in all.</param>
internal sealed class OnnxLinear(OnnxRoom room)
{
    /// <summary>One-hot vectors of tokens.</summary>
    public static Activations OneHot(OnnxNode node, OnnxValue tokens, OnnxValue depth, OnnxValue offAndOn)
    {
        var entries = depth switch
        {
            Constant<Size> { Values: [{ IsKnown: true } whole] } => whole,
            Constant<float> { Values: [var number] } => new Size((long)number),
            _ => throw OnnxOperators.Cannot("the number of entries is not a constant"),
        };
        var areZeroAndOne =
            offAndOn is Constant<float> { Values: [0, 1] } or Constant<Size> { Values: [{ Factor: 0 }, { Factor: 1 }] };
        if (tokens is not Activations { Stage: Tokens } from || !areZeroAndOne)
        {
            throw OnnxOperators.Cannot("it makes other than one-hot vectors of tokens");
        }
        var features = Atom.Axis(entries);
        var axis = node.Integer("axis", -1);
        return axis == -1 || axis == from.Axes.Length
            ? new([.. from.Axes, features], new Vectors(features, null))
            : throw OnnxOperators.Cannot($"it puts the entries on axis {axis}, not the last");
    }

    /// <summary>A linear map with its bias.</summary>
    public OnnxValue Gemm(OnnxNode node, OnnxValue x, OnnxValue weight, OnnxValue? bias)
    {
        if (node.Integer("transA", 0) != 0 || node.Float("alpha", 1) != 1 || node.Float("beta", 1) != 1)
        {
            throw OnnxOperators.Cannot("it scales or transposes what it reads");
        }
        return MatMul(x, node.Integer("transB", 0) == 0 ? weight : weight.Transpose(null), bias);
    }

    /// <summary>A linear map: of the input's vectors, which gives other vectors, or the output.</summary>
    public OnnxValue MatMul(OnnxValue value, OnnxValue matrix, OnnxValue? bias)
    {
        if (
            value is not Activations { EndsInFeatures: true } x
            || matrix is not Constant<float> { Shape: [var rows, var columns] } weight
        )
        {
            throw OnnxOperators.Cannot("it is not a linear map of features by constant weights");
        }
        var features = Atom.Axis(new Size(columns));
        Activations mapped;
        switch (x.Stage)
        {
            case Vectors vectors:
                mapped = x.WithLast(new Vectors(features, TableTimes(vectors.Table, weight), vectors.AreGiven));
                break;
            case Hidden hidden when rows == hidden.Layers[^1].Directions * hidden.Layers[^1].Hidden:
                mapped = x.WithLast(new Logits(features, hidden, weight, null));
                break;
            default:
                throw OnnxOperators.Cannot("it is a second linear map after the recurrent layers");
        }
        return bias is null ? mapped : AddBias(mapped, bias);
    }

    /// <summary>The vectors after a linear map; those of one-hot vectors are the weights.</summary>
    private Constant<float> TableTimes(Constant<float>? table, Constant<float> weight)
    {
        if (table is null)
        {
            return weight;
        }
        if (table.Shape[1] != weight.Shape[0])
        {
            throw OnnxOperators.Cannot($"vectors of {table.Shape[1]} values are multiplied by {weight.Shape[0]} rows");
        }
        using var noGradient = GradientMode.Disable();
        room.Reserve((long)table.Shape[0] * weight.Shape[1]);
        var product = Tensor.MatMul(Tensor.From(table.Values, table.Shape), Tensor.From(weight.Values, weight.Shape));
        return new(product.ToArray(), [table.Shape[0], weight.Shape[1]], room);
    }

    /// <summary>Adds a bias to the vectors or the logits.</summary>
    public Activations AddBias(Activations x, OnnxValue value)
    {
        if (value is not Constant<float> constant || constant.Shape.SkipLast(1).Any(length => length != 1))
        {
            throw OnnxOperators.Cannot("it adds other than a bias");
        }
        switch (x.Stage)
        {
            case Logits logits when x.EndsInFeatures && constant.Values.Length == logits.Weight.Shape[1]:
                var sum = logits.Bias is { } before
                    ? [.. before.Zip(constant.Values, (a, b) => a + b)]
                    : constant.Values;
                return x.With(logits with { Bias = sum });
            case Vectors { Table: { } table } vectors when x.EndsInFeatures && constant.Values.Length == table.Shape[1]:
                var values = room.Take<float>(table.Values.Length);
                for (var i = 0; i < values.Length; i++)
                {
                    values[i] = table.Values[i] + constant.Values[i % constant.Values.Length];
                }
                return x.With(vectors with { Table = new(values, table.Shape, room) });
            default:
                throw OnnxOperators.Cannot("it adds constants to other than vectors or logits");
        }
    }

    /// <summary>Probabilities instead of logits: the model is the same.</summary>
    public static OnnxValue Softmax(OnnxNode node, OnnxValue value, long opset)
    {
        if (value is Activations { Stage: Logits logits } x)
        {
            const int OneAxis = 13; // before this opset it is over the axis and all behind it
            var axis = node.Integer("axis", opset >= OneAxis ? -1 : 1);
            axis += axis < 0 ? x.Axes.Length : 0;
            var over = x.Axes.Skip((int)Math.Clamp(axis, 0, int.MaxValue)).Take(opset >= OneAxis ? 1 : x.Axes.Length);
            if (over.SelectMany(atoms => atoms).SequenceEqual(logits.Features))
            {
                return x;
            }
        }
        throw OnnxOperators.Cannot("it is over other than the logits of a step");
    }
}
