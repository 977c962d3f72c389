namespace Recurrent.Tensors;

/// <summary>A named tensor that training changes.</summary>
/// <param name="Name">The name under which the model file keeps it.</param>
/// <param name="Value">The values, a leaf that requires a gradient.</param>
public sealed record Parameter(string Name, Tensor Value)
{
    /// <summary>The same values under the same names, in tensors of their own.</summary>
    internal static IReadOnlyList<Parameter> CopiesOf(IReadOnlyList<Parameter> parameters) =>
        [
            .. parameters.Select(parameter => new Parameter(
                parameter.Name,
                Tensor.From(parameter.Value.Values, parameter.Value.Shape.ToArray()).RequireGradient()
            )),
        ];
}
