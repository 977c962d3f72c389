using Recurrent.Models;
using Recurrent.Tensors;

namespace Recurrent.Formats.PyTorch;

/// <summary>Gives a model that knows no unknown token one, at index 0, that changes nothing else.</summary>
internal static class UnknownEntry
{
    /// <summary>The logit, far below all others.</summary>
    public const float Logit = -100;

    /// <summary>Adds the entry.</summary>
    /// <param name="configuration">The model's, without the entry.</param>
    /// <param name="parameters">Its parameters, without the entry.</param>
    public static (ModelConfiguration Configuration, IReadOnlyList<Parameter> Parameters) Insert(
        ModelConfiguration configuration,
        IReadOnlyList<Parameter> parameters
    ) =>
        (
            configuration with
            {
                VocabularySize = configuration.VocabularySize + 1,
            },
            [
                .. parameters.Select(parameter => new Parameter(
                    parameter.Name,
                    parameter.Name switch
                    {
                        "embedding.weight" or "linear.weight" => WithFirstRow(parameter.Value),
                        "linear.bias" => Tensor.From([Logit, .. parameter.Value.ToArray()], parameter.Value.Count + 1),
                        "rnn.weight_ih_l0" or "rnn.weight_ih_l0_reverse" when configuration.EmbeddingSize == 0 =>
                            WithFirstColumn(parameter.Value),
                        _ => parameter.Value,
                    }
                )),
            ]
        );

    private static Tensor WithFirstRow(Tensor matrix)
    {
        var larger = new float[matrix.Count + matrix.Shape[1]];
        matrix.CopyTo(larger.AsSpan(matrix.Shape[1]));
        return Tensor.From(larger, matrix.Shape[0] + 1, matrix.Shape[1]);
    }

    private static Tensor WithFirstColumn(Tensor matrix)
    {
        var (rows, columns) = (matrix.Shape[0], matrix.Shape[1]);
        var values = matrix.ToArray();
        var larger = new float[rows * (columns + 1)];
        for (var row = 0; row < rows; row++)
        {
            values.AsSpan(row * columns, columns).CopyTo(larger.AsSpan((row * (columns + 1)) + 1));
        }
        return Tensor.From(larger, rows, columns + 1);
    }
}
