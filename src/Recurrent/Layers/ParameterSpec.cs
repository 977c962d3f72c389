using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Layers;

/// <summary>A parameter before it has values.</summary>
/// <param name="Name">PyTorch's name.</param>
/// <param name="Shape">The length of each axis.</param>
/// <param name="Initial">Where its first values come from.</param>
internal sealed record ParameterSpec(string Name, Shape Shape, InitialValues Initial)
{
    /// <summary>
    /// Makes the values of parameters, each from the fork of the stream that its place in the row numbers.
    /// </summary>
    public static IReadOnlyList<Tensor> Draw(IReadOnlyList<ParameterSpec> specs, RandomStream random, Device? device)
    {
        var values = new Tensor[specs.Count];
        for (var place = 0; place < values.Length; place++)
        {
            values[place] = specs[place]
                .Initial.Draw(device ?? Device.Default, random.Fork((ulong)place), specs[place].Shape);
        }
        return values;
    }

    /// <summary>Gives values their names, and has gradients computed for them.</summary>
    public static IReadOnlyList<Parameter> Named(IReadOnlyList<ParameterSpec> specs, IReadOnlyList<Tensor> values) =>
        [.. specs.Zip(values, (spec, value) => new Parameter(spec.Name, value.RequireGradient()))];
}
