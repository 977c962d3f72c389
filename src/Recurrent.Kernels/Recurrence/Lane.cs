using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Recurrence;

/// <summary>One vector's place in a row of hidden units; the last of a row may be shorter than the vector.</summary>
internal readonly unsafe struct Lane<V>(int start, int count)
    where V : unmanaged, IVector<V>
{
    /// <summary>The values at this place of a row; beyond the row's end zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Load(float* row) => count == V.Width ? V.Load(row + start) : LoadPart(row + start);

    /// <summary>Writes the values at this place of a row, none beyond the row's end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(V value, float* row)
    {
        if (count == V.Width)
        {
            V.Store(value, row + start);
        }
        else
        {
            StorePart(value, row + start);
        }
    }

    private V LoadPart(float* source)
    {
        var part = stackalloc float[V.Width];
        for (var i = 0; i < V.Width; i++)
        {
            part[i] = i < count ? source[i] : 0f;
        }
        return V.Load(part);
    }

    private void StorePart(V value, float* destination)
    {
        var part = stackalloc float[V.Width];
        V.Store(value, part);
        for (var i = 0; i < count; i++)
        {
            destination[i] = part[i];
        }
    }
}
