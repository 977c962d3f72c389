using Recurrent.Formats.Safetensors;
using Recurrent.Models;
using Recurrent.Tensors;

namespace Recurrent.Formats;

/// <summary>Reads the parameters that a model is known to have from a file.</summary>
internal static class ParameterReader
{
    /// <summary>Reads parameters whose names and shapes are the file's, see <see cref="RequireSame"/>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="entries">Their tensors in it.</param>
    /// <param name="shapes">The parameters that the model has.</param>
    /// <param name="wayOut">The way out if a value is not finite.</param>
    /// <param name="device">Where they are to be; null for the default device.</param>
    /// <returns>The parameters in the order of <paramref name="shapes"/>.</returns>
    /// <exception cref="FormatError">A value is not finite, or the file became shorter.</exception>
    public static IReadOnlyList<Parameter> Read(
        ITensorFile file,
        IReadOnlyList<TensorEntry> entries,
        IReadOnlyList<ParameterShape> shapes,
        string wayOut,
        Device? device = null
    )
    {
        device ??= Device.Default;
        Parameter[] parameters =
        [
            .. shapes.Select(shape => new Parameter(shape.Name, Tensor.Zeros(device, shape.Shape.ToArray()))),
        ];
        ReadInto(file, entries, parameters, wayOut);
        return parameters;
    }

    /// <summary>Reads into parameters whose names and shapes are the file's, see <see cref="RequireSame"/>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="entries">Their tensors in it.</param>
    /// <param name="parameters">The parameters, which are overwritten.</param>
    /// <param name="wayOut">The way out if a value is not finite; null if any value will do.</param>
    /// <exception cref="FormatError">A value is not finite, or the file became shorter.</exception>
    public static void ReadInto(
        ITensorFile file,
        IReadOnlyList<TensorEntry> entries,
        IReadOnlyList<Parameter> parameters,
        string? wayOut
    )
    {
        var byName = parameters.ToDictionary(parameter => parameter.Name, StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            var parameter = byName[entry.Name].Value;
            var values = new float[parameter.Count];
            file.Read(entry, values);
            if (wayOut is not null)
            {
                TensorValues.RequireFinite(entry.Name, values, wayOut);
            }
            parameter.Write(values);
        }
    }

    /// <summary>Checks that a file holds the parameters of a model and nothing else.</summary>
    /// <param name="shapes">The parameters that the model has.</param>
    /// <param name="entries">The tensors that the file has.</param>
    /// <param name="kind">The kind of model.</param>
    /// <param name="source">The origin of the shapes, as an error says it.</param>
    /// <param name="wayOut">The way out if the file has others.</param>
    /// <exception cref="FormatError">A parameter is missing, has another shape, or is not the model's.</exception>
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
                    $"it lacks the parameter {FormatError.OneLine(shape.ToString(), 80)} of its model, which is "
                        + FormatError.OneLine(kind),
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
            entry.RequireFloats();
        }
        if (byName.Count > 0)
        {
            throw new FormatError(
                $"it holds a tensor {FormatError.Quote(byName.First().Key)}, "
                    + $"which {FormatError.OneLine(kind)} has no use for",
                wayOut
            );
        }
    }
}
