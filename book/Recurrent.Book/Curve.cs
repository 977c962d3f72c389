using Recurrent.Pictures;

namespace Recurrent.Book;

/// <summary>Curves of a training, as the chapters draw them.</summary>
public static class Curve
{
    /// <summary>A value of each epoch, from epoch 1.</summary>
    /// <param name="name">What the legend calls it; empty where it is the only one.</param>
    /// <param name="values">The values (epochs).</param>
    public static Series PerEpoch(string name, IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new Series(name, [.. Enumerable.Range(1, values.Count).Select(epoch => (double)epoch)], values);
    }
}
