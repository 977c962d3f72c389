using Recurrent.Tensors;

namespace Recurrent.Models;

/// <summary>A parameter that a model has, without its values.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">The length of each axis.</param>
internal sealed record ParameterShape(string Name, Shape Shape)
{
    /// <summary>The name and the lengths, as in W_xh (28, 512).</summary>
    public override string ToString() => $"{Name} {Shape}";
}
