namespace Recurrent.Tensors;

/// <summary>A named tensor that training changes.</summary>
/// <param name="name">The name under which the model file keeps it.</param>
/// <param name="value">The values, a leaf that requires a gradient.</param>
/// <example>
/// <code>
/// foreach (var (name, value) in trained.Model.Parameters)
/// {
///     Console.WriteLine($"{name} {value.Shape}"); // rnn.weight_ih_l0 (768, 64)
/// }
/// </code>
/// </example>
public sealed class Parameter(string name, Tensor value)
{
    /// <summary>The name under which the model file keeps it.</summary>
    public string Name { get; } = name;

    /// <summary>The values, a leaf that requires a gradient.</summary>
    public Tensor Value { get; } = value;

    /// <summary>Takes the parameter apart.</summary>
    public void Deconstruct(out string name, out Tensor value) => (name, value) = (Name, Value);

    /// <summary>Copies parameters: the same values under the same names, in tensors of their own.</summary>
    internal static IReadOnlyList<Parameter> CopiesOf(IReadOnlyList<Parameter> parameters) =>
        [
            .. parameters.Select(parameter => new Parameter(
                parameter.Name,
                Tensor
                    .From(parameter.Value.Device, parameter.Value.ToArray(), parameter.Value.Shape.ToArray())
                    .RequireGradient()
            )),
        ];
}
