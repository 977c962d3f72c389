namespace Recurrent.Kernels.Elements;

/// <summary>The one place where kernels check indices of rows.</summary>
internal static unsafe class RowIndices
{
    /// <summary>Checks that each index is a row of a table, and returns the address of the first.</summary>
    /// <param name="indices">The indices.</param>
    /// <param name="count">How many there must be.</param>
    /// <param name="entries">Rows of the table.</param>
    /// <exception cref="ArgumentException">There are more or fewer indices.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public static int* Pointer(Operand<int> indices, int count, int entries)
    {
        var first = indices.Pointer(count);
        for (var i = 0; i < count; i++)
        {
            if ((uint)first[i] >= (uint)entries)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(indices),
                    first[i],
                    $"Index {i} must be 0 to {entries - 1}, because the table has {entries} rows."
                );
            }
        }
        return first;
    }
}
