using Recurrent.Tensors;

namespace Recurrent.Training;

/// <summary>
/// The tensors of a checkpoint, in the order of the file. Those that another rank alone has come to rank 0 one after
/// the other when they are written, so that it needs room for one of them.
/// </summary>
/// <param name="group">The ranks; null for this one alone.</param>
internal sealed class CheckpointTensors(RankGroup? group)
{
    private readonly List<Parameter> _tensors = [];
    private readonly List<int> _ranks = []; // (tensors), a rank that has it
    private int _next; // to come

    /// <summary>The tensors by name.</summary>
    public IReadOnlyList<Parameter> All => _tensors;

    /// <summary>Adds a tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its values, or room for them where this rank does not have them.</param>
    /// <param name="rank">The rank that has it; 0 where all have.</param>
    public void Add(string name, Tensor value, int rank = 0)
    {
        _tensors.Add(new Parameter(name, value));
        _ranks.Add(rank);
    }

    /// <summary>Adds tensors that all ranks have.</summary>
    public void AddRange(IEnumerable<Parameter> tensors)
    {
        foreach (var (name, value) in tensors)
        {
            Add(name, value);
        }
    }

    /// <summary>Waits for the tensors up to one of them; all ranks are to wait for all.</summary>
    /// <param name="index">The index of that tensor.</param>
    public void WaitFor(int index)
    {
        for (; _next <= index && _next < _tensors.Count; _next++)
        {
            if (_ranks[_next] != 0)
            {
                group!.Send(_tensors[_next].Value, _ranks[_next]);
            }
        }
    }

    /// <summary>Waits for all that have not come.</summary>
    public void WaitForAll() => WaitFor(_tensors.Count - 1);
}
