using Recurrent.Models;
using Recurrent.Tensors;

namespace Recurrent.Training;

/// <summary>A training run as it was when all was last well, in memory, to go back to.</summary>
internal sealed class GoodPoint
{
    /// <summary>The prefix of the names of its tensors in a checkpoint.</summary>
    public const string Prefix = "good.";

    private readonly TensorCopies _tensors; // weights and moments

    /// <summary>Makes room.</summary>
    /// <param name="tensors">The weights and moments of the run, which it overwrites from step to step.</param>
    /// <param name="state">A state of its shapes.</param>
    public GoodPoint(IEnumerable<Tensor> tensors, ModelState state)
    {
        _tensors = new TensorCopies(tensors);
        State = new ModelState([.. state.Parts.Select(part => Tensor.Zeros(part.Device, part.Shape.ToArray()))]);
    }

    /// <summary>The position of the run then; within the current epoch.</summary>
    public TrainingPosition Position { get; set; } = new();

    /// <summary>The state of this rank's rows then.</summary>
    public ModelState State { get; }

    /// <summary>The weights and moments then, in the order of those of the run.</summary>
    public IReadOnlyList<Tensor> Tensors => _tensors.Values;

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
