using Recurrent.Tensors;

namespace Recurrent.Layers;

/// <summary>
/// A part of a model that lists what training changes of it, so that a model's parameters are those of its layers.
/// </summary>
public interface ILayer
{
    /// <summary>The parameters under PyTorch's names, in PyTorch's order.</summary>
    IReadOnlyList<Parameter> Parameters { get; }
}
