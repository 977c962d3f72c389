namespace Recurrent.Models;

/// <summary>
/// A decoder's state of one text, as values that outlive it: named vectors, such as h_l0 and c_l0 of an LSTM.
/// </summary>
internal sealed class DecoderRow
{
    private readonly (string Name, float[] Values)[] _parts;

    /// <summary>Takes values as they are.</summary>
    /// <param name="parts">The name and the values of each vector, in the order of the decoder.</param>
    public DecoderRow(params IEnumerable<(string Name, float[] Values)> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        _parts = [.. parts];
    }

    /// <summary>Number of vectors.</summary>
    public int Count => _parts.Length;

    /// <summary>The name of a vector.</summary>
    /// <param name="part">Its place, from 0.</param>
    public string NameOf(int part) => _parts[part].Name;

    /// <summary>The values of a vector, each of any length.</summary>
    /// <param name="part">Its place, from 0.</param>
    public ReadOnlySpan<float> ValuesOf(int part) => _parts[part].Values;

    /// <summary>The names and lengths, as in h_l0 (256), c_l0 (256).</summary>
    public override string ToString() =>
        string.Join(", ", _parts.Select(part => $"{part.Name} ({part.Values.Length})"));

    /// <summary>Whether another row has vectors of the same names and lengths.</summary>
    internal bool HasShapesOf(DecoderRow other)
    {
        if (Count != other.Count)
        {
            return false;
        }
        for (var part = 0; part < Count; part++)
        {
            var (ours, theirs) = (_parts[part], other._parts[part]);
            if (ours.Name != theirs.Name || ours.Values.Length != theirs.Values.Length)
            {
                return false;
            }
        }
        return true;
    }
}
