using Recurrent.Kernels;

namespace Recurrent.Models;

/// <summary>The rows that take part in a step.</summary>
internal readonly struct RowsOfStep(ReadOnlySpan<int> rows, Operand<int> indices)
{
    /// <summary>The first of them.</summary>
    public int First { get; } = rows[0];

    /// <summary>The number of them.</summary>
    public int Count { get; } = rows.Length;

    /// <summary>Whether each is the one after the one before.</summary>
    public bool StandTogether { get; } = AreTogether(rows);

    /// <summary>The rows (Count) on the device, unless they stand together.</summary>
    public Operand<int> Indices { get; } = indices;

    private static bool AreTogether(ReadOnlySpan<int> rows)
    {
        for (var i = 1; i < rows.Length; i++)
        {
            if (rows[i] != rows[0] + i)
            {
                return false;
            }
        }
        return true;
    }
}
