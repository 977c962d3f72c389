using Recurrent.Models;
using Recurrent.Tensors;

namespace Recurrent.Formats;

/// <summary>Reads the parameters that a model is known to have from a file, which may hold others.</summary>
internal static class ParameterReader
{
    /// <summary>Reads parameters whose names and shapes are the file's, see <see cref="RequireSame"/>.</summary>
    /// <param name="stream">A stream that stands at the beginning of the data.</param>
    /// <param name="shapes">The parameters that the model has.</param>
    /// <param name="entries">The tensors that the file has, in the order of their data.</param>
    /// <returns>The parameters in the order of <paramref name="shapes"/>.</returns>
    /// <exception cref="FormatError">A value is not finite.</exception>
    /// <exception cref="EndOfStreamException">The stream became shorter.</exception>
    public static IReadOnlyList<Parameter> Read(
        Stream stream,
        IReadOnlyList<ParameterShape> shapes,
        IReadOnlyList<TensorEntry> entries
    )
    {
        var tensors = shapes.ToDictionary(
            shape => shape.Name,
            shape => Tensor.Zeros(shape.Shape.ToArray()),
            StringComparer.Ordinal
        );
        foreach (var entry in entries)
        {
            var values = new float[tensors[entry.Name].Count];
            TensorValues.Read(stream, values);
            TensorValues.RequireFinite(entry.Name, values);
            tensors[entry.Name].Write(values);
        }
        return [.. shapes.Select(shape => new Parameter(shape.Name, tensors[shape.Name]))];
    }

    /// <summary>Checks that a file holds the parameters of a model and nothing else.</summary>
    /// <param name="shapes">The parameters that the model has.</param>
    /// <param name="entries">The tensors that the file has.</param>
    /// <param name="kind">The kind of model.</param>
    /// <param name="source">What the shapes are known by, as an error says it.</param>
    /// <param name="wayOut">What to do where the file has others.</param>
    /// <exception cref="FormatError">A parameter is missing, of another shape, or one too many.</exception>
    public static void RequireSame(
        IReadOnlyList<ParameterShape> shapes,
        IReadOnlyList<TensorEntry> entries,
        string kind,
        string source,
        string wayOut
    )
    {
        var byName = entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
        foreach (var shape in shapes)
        {
            if (!byName.Remove(shape.Name, out var entry))
            {
                throw new FormatError(
                    $"it lacks the parameter {FormatError.OneLine(shape.ToString(), 80)} of its model, which is {kind}",
                    wayOut
                );
            }
            if (!entry.Shape.SequenceEqual(shape.Shape.ToArray().Select(length => (long)length)))
            {
                throw new FormatError(
                    $"its parameter {FormatError.OneLine(shape.Name, 80)} has the shape "
                        + $"({string.Join(", ", entry.Shape)}) and {shape.Shape} by {source}",
                    wayOut
                );
            }
        }
        if (byName.Count > 0)
        {
            throw new FormatError(
                $"it holds a tensor {FormatError.Quote(byName.First().Key)}, which {kind} has no use for",
                wayOut
            );
        }
    }
}
