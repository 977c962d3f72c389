namespace Recurrent.Tensors;

/// <summary>A named tensor that training changes.</summary>
/// <param name="Name">The name under which the model file keeps it.</param>
/// <param name="Value">The values, a leaf that requires a gradient.</param>
public sealed record Parameter(string Name, Tensor Value);
