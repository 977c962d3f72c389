using Recurrent.Tensors;

namespace Recurrent.Models;

/// <summary>The state that a recurrent model carries from one time step to the next.</summary>
/// <example>
/// <code>
/// var state = new ModelState(Tensor.Zeros(32, 512)); // H of 32 rows
/// </code>
/// </example>
public sealed class ModelState
{
    /// <summary>A state of one tensor or several.</summary>
    /// <param name="parts">The tensors; H (batch, hidden) alone for a plain recurrent network.</param>
    public ModelState(params IReadOnlyList<Tensor> parts) => Parts = parts;

    /// <summary>The tensors.</summary>
    public IReadOnlyList<Tensor> Parts { get; private set; }

    /// <summary>The same values, cut off from the minibatch that computed them; shares the memory.</summary>
    public ModelState Detach() => new([.. Parts.Select(part => part.Detach())]);

    /// <summary>Overwrites these values with another state's of the same shapes.</summary>
    /// <param name="source">The state to copy.</param>
    public void CopyFrom(ModelState source)
    {
        ArgumentNullException.ThrowIfNull(source);
        for (var i = 0; i < Parts.Count; i++) // an enumerator would be allocated
        {
            Parts[i].CopyFrom(source.Parts[i]);
        }
    }

    /// <summary>The state of some of its rows; shares the memory, which the open scope's pool may lend again.</summary>
    internal ModelState Rows(int first, int count)
    {
        var parts = TensorPool.RentList(Parts.Count);
        for (var i = 0; i < parts.Length; i++)
        {
            var part = Parts[i];
            var start = part.Offset + (first * (part.Count / part.Shape[0]));
            parts[i] = Tensor.View(part.Storage, start, part.Shape.With(0, count));
        }
        return Lent(parts);
    }

    /// <summary>A state that the open scope's pool may lend again, with its parts.</summary>
    internal static ModelState Lent(IReadOnlyList<Tensor> parts)
    {
        var state = TensorPool.Rent(static () => new ModelState());
        state.Parts = parts;
        return state;
    }
}
