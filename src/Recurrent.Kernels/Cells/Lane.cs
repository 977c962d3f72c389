using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Cells;

/// <summary>One vector's place in a row of hidden units.</summary>
internal unsafe interface ILane<V>
    where V : unmanaged, IVector<V>
{
    /// <summary>The values at this place of a row; beyond the row's end zero.</summary>
    V Load(float* row);

    /// <summary>Writes the values at this place of a row, none beyond the row's end.</summary>
    void Store(V value, float* row);
}

/// <summary>A place where the row has a value for each of the vector's.</summary>
internal readonly unsafe struct WholeLane<V>(int start) : ILane<V>
    where V : unmanaged, IVector<V>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Load(float* row) => V.Load(row + start);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(V value, float* row) => V.Store(value, row + start);
}

/// <summary>The last place of a row that ends within a vector.</summary>
internal readonly unsafe struct PartLane<V>(int start, int count) : ILane<V>
    where V : unmanaged, IVector<V>
{
    public V Load(float* row)
    {
        var part = stackalloc float[V.Width];
        for (var i = 0; i < V.Width; i++)
        {
            part[i] = i < count ? row[start + i] : 0f;
        }
        return V.Load(part);
    }

    public void Store(V value, float* row)
    {
        var part = stackalloc float[V.Width];
        V.Store(value, part);
        for (var i = 0; i < count; i++)
        {
            row[start + i] = part[i];
        }
    }
}
