using Recurrent.Models;
using Recurrent.Tensors;

namespace Recurrent.Formats.PyTorch;

/// <summary>
/// Puts the entry of the unknown token at index 0, where every vocabulary here has it: the model's own, or a new one
/// that changes nothing else.
/// </summary>
internal static class UnknownEntry
{
    /// <summary>The index of the unknown token in a vocabulary without one.</summary>
    public const int None = -1;

    /// <summary>The logit of a new entry, far below all others.</summary>
    public const float Logit = -100;

    /// <summary>Moves or adds the entry.</summary>
    /// <param name="configuration">The model's.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="index">The index of the entry now, or <see cref="None"/>.</param>
    public static (ModelConfiguration Configuration, IReadOnlyList<Parameter> Parameters) MoveFirst(
        ModelConfiguration configuration,
        IReadOnlyList<Parameter> parameters,
        int index
    )
    {
        if (index == 0)
        {
            return (configuration, parameters);
        }
        int[] order = [index, .. Enumerable.Range(0, configuration.VocabularySize).Where(entry => entry != index)];
        return (
            configuration with
            {
                VocabularySize = order.Length,
            },
            [
                .. parameters.Select(parameter => new Parameter(
                    parameter.Name,
                    parameter.Name switch
                    {
                        "embedding.weight" or "linear.weight" => Rows(parameter.Value, order),
                        "linear.bias" => Tensor.From(Picked(parameter.Value.ToArray(), order, Logit), order.Length),
                        "rnn.weight_ih_l0" or "rnn.weight_ih_l0_reverse" when configuration.EmbeddingSize == 0 =>
                            Columns(parameter.Value, order),
                        _ => parameter.Value,
                    }
                )),
            ]
        );
    }

    private static float[] Picked(ReadOnlySpan<float> values, int[] order, float otherwise)
    {
        var picked = new float[order.Length];
        for (var i = 0; i < order.Length; i++)
        {
            picked[i] = order[i] == None ? otherwise : values[order[i]];
        }
        return picked;
    }

    private static Tensor Rows(Tensor matrix, int[] order)
    {
        var (values, length) = (matrix.ToArray(), matrix.Shape[1]);
        var picked = new float[order.Length * length];
        for (var i = 0; i < order.Length; i++)
        {
            if (order[i] != None)
            {
                values.AsSpan(order[i] * length, length).CopyTo(picked.AsSpan(i * length));
            }
        }
        return Tensor.From(picked, order.Length, length);
    }

    private static Tensor Columns(Tensor matrix, int[] order)
    {
        var (rows, length) = (matrix.Shape[0], matrix.Shape[1]);
        var values = matrix.ToArray();
        var picked = new float[rows * order.Length];
        for (var row = 0; row < rows; row++)
        {
            Picked(values.AsSpan(row * length, length), order, 0).CopyTo(picked.AsSpan(row * order.Length));
        }
        return Tensor.From(picked, rows, order.Length);
    }
}
