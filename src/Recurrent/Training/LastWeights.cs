using Recurrent.Tensors;

namespace Recurrent.Training;

/// <summary>The weights after each of the last epochs, to be averaged.</summary>
internal sealed class LastWeights
{
    /// <summary>The prefix of the names of its weights in a checkpoint, before the epoch's place.</summary>
    public const string Prefix = "last.";

    private readonly IReadOnlyList<Parameter> _parameters;
    private readonly TensorCopies[] _epochs; // (epochs); that of an epoch is at its number modulo their count

    /// <summary>Makes room.</summary>
    public LastWeights(IReadOnlyList<Parameter> parameters, int epochs)
    {
        _parameters = parameters;
        _epochs = [.. Enumerable.Range(0, epochs).Select(_ => new TensorCopies(parameters.Select(one => one.Value)))];
    }

    /// <summary>Takes the weights after an epoch, in place of the oldest.</summary>
    /// <param name="epoch">The epoch, from 1.</param>
    public void Keep(int epoch) => _epochs[epoch % _epochs.Length].Keep();

    /// <summary>The weights by name, as a checkpoint keeps them, of those epochs that there were.</summary>
    /// <param name="ended">The epochs that have ended.</param>
    public IEnumerable<Parameter> Tensors(int ended) =>
        from epoch in Kept(ended)
        let place = epoch % _epochs.Length
        from pair in _parameters.Zip(_epochs[place].Values)
        select new Parameter($"{Prefix}{place}.{pair.First.Name}", pair.Second);

    /// <summary>Gives the parameters the mean of the epochs' weights, summed in double precision.</summary>
    /// <param name="ended">The epochs that have ended, at least 1.</param>
    public void Average(int ended)
    {
        int[] places = [.. Kept(ended).Select(epoch => epoch % _epochs.Length)];
        for (var i = 0; i < _parameters.Count; i++)
        {
            float[][] values = [.. places.Select(place => _epochs[place].Values[i].ToArray())];
            var mean = new float[values[0].Length];
            for (var j = 0; j < mean.Length; j++)
            {
                mean[j] = (float)(values.Sum(epoch => (double)epoch[j]) / values.Length);
            }
            _parameters[i].Value.Write(mean);
        }
    }

    private IEnumerable<int> Kept(int ended)
    {
        var count = Math.Min(ended, _epochs.Length);
        return Enumerable.Range(ended - count + 1, count);
    }
}
