using Recurrent.Models;
using Recurrent.Tensors;

namespace Recurrent.Training;

/// <summary>A training run as it was when all was last well, in memory, to go back to.</summary>
internal sealed class GoodPoint
{
    /// <summary>The prefix of the names of its tensors in a checkpoint.</summary>
    public const string Prefix = "good.";

    private readonly TensorCopies _tensors; // weights and moments
    private readonly IReadOnlyList<Parameter> _named;

    /// <summary>Makes room.</summary>
    /// <param name="tensors">The weights and moments of the run, which it overwrites from step to step.</param>
    /// <param name="state">A state of its shapes.</param>
    public GoodPoint(IReadOnlyList<Parameter> tensors, ModelState state)
    {
        _tensors = new TensorCopies(tensors.Select(tensor => tensor.Value));
        State = new ModelState([.. state.Parts.Select(part => Tensor.Zeros(part.Device, part.Shape.ToArray()))]);
        _named = [.. tensors.Zip(_tensors.Values, (tensor, copy) => new Parameter(Prefix + tensor.Name, copy))];
    }

    /// <summary>The position of the run then; within the current epoch.</summary>
    public TrainingPosition Position { get; set; } = new();

    /// <summary>The state of this rank's rows then.</summary>
    public ModelState State { get; }

    /// <summary>The values, by the names they have in a checkpoint.</summary>
    /// <param name="state">The state of all ranks' rows.</param>
    public IEnumerable<Parameter> Tensors(ModelState state) =>
        [.. _named, .. state.Parts.Select((part, i) => new Parameter($"{Prefix}state.{i}", part))];

    /// <summary>Takes the run as it is now; allocates no tensor.</summary>
    public void Keep(TrainingPosition position, ModelState state)
    {
        Position = position;
        _tensors.Keep();
        State.CopyFrom(state);
    }

    /// <summary>Gives all values back.</summary>
    public void Restore(ModelState state)
    {
        _tensors.Restore();
        state.CopyFrom(State);
    }
}
