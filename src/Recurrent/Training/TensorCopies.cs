using Recurrent.Tensors;

namespace Recurrent.Training;

/// <summary>Tensors as they were at some time, to have them back; zeros before the first.</summary>
internal sealed class TensorCopies
{
    private readonly Tensor[] _originals;
    private readonly Tensor[] _copies; // of the same shapes

    /// <summary>Makes room.</summary>
    /// <param name="originals">The tensors, which a training run overwrites from step to step.</param>
    public TensorCopies(IEnumerable<Tensor> originals)
    {
        _originals = [.. originals];
        _copies = [.. _originals.Select(original => Tensor.Zeros(original.Device, original.Shape.ToArray()))];
    }

    /// <summary>The copies, in the order of the tensors and of their shapes.</summary>
    public IReadOnlyList<Tensor> Values => _copies;

    /// <summary>Takes the tensors as they are now; allocates none.</summary>
    public void Keep() => CopyAll(_originals, _copies);

    /// <summary>Gives the tensors back what they were.</summary>
    public void Restore() => CopyAll(_copies, _originals);

    private static void CopyAll(Tensor[] from, Tensor[] to)
    {
        for (var i = 0; i < from.Length; i++)
        {
            to[i].CopyFrom(from[i]);
        }
    }
}
