using System.Buffers;
using Recurrent.Kernels;
using Recurrent.Ranges;

namespace Recurrent.Tensors;

/// <summary>A matrix of indices on a device, such as the tokens of a minibatch: time-major, (steps, batch).</summary>
/// <remarks>As a tensor's, its memory is that of the open <see cref="TensorPool"/> scope, if there is one.</remarks>
/// <example>
/// <code>
/// var tokens = Indices.From([3, 1, 4, 1, 5, 9], rows: 3, columns: 2); // three steps of two rows
/// </code>
/// </example>
public sealed class Indices : IRecyclable
{
    private DeviceMemory<int>? _memory;
    private int _largest;
    private int _placeOfLargest;

    private Indices() { }

    /// <summary>The device that holds the indices.</summary>
    public Device Device { get; private set; } = Device.Default;

    /// <summary>The number of rows: the time steps of a minibatch.</summary>
    public int Rows { get; private set; }

    /// <summary>The number of columns: the rows of a minibatch's batch.</summary>
    public int Columns { get; private set; }

    /// <summary>The number of indices.</summary>
    public int Count => Rows * Columns;

    /// <summary>
    /// Into how many shards the columns are cut, of as many adjacent ones each: sums over rows of what is computed of
    /// them are taken by shards.
    /// </summary>
    internal int Shards { get; private set; } = 1;

    /// <summary>The indices, for kernels.</summary>
    /// <exception cref="ObjectDisposedException">The <see cref="TensorPool"/> scope has closed.</exception>
    internal Operand<int> Values =>
        new(
            _memory
                ?? throw new ObjectDisposedException(
                    nameof(Indices),
                    "These indices' memory went back to its TensorPool; make them in the scope in which they are used."
                )
        );

    /// <inheritdoc cref="From(Device, ReadOnlySpan{int}, int, int)"/>
    public static Indices From(ReadOnlySpan<int> indices, int rows, int columns) =>
        From(Device.Default, indices, rows, columns);

    /// <summary>A copy of indices.</summary>
    /// <param name="device">The device; the default one if none is named.</param>
    /// <param name="indices">The indices, each 0 or more, row-major.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of columns.</param>
    /// <exception cref="ArgumentException">The indices do not make such a matrix.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index is negative.</exception>
    public static Indices From(Device device, ReadOnlySpan<int> indices, int rows, int columns)
    {
        ArgumentNullException.ThrowIfNull(device);
        if ((long)rows * columns != indices.Length || rows < 0)
        {
            throw new ArgumentException(
                $"{indices.Length} indices do not make a matrix of {rows} rows and {columns} columns; give rows · "
                    + "columns.",
                nameof(indices)
            );
        }
        var matrix = TensorPool.Rent(static () => new Indices());
        (matrix.Device, matrix.Rows, matrix.Columns, matrix.Shards) = (device, rows, columns, 1);
        (matrix._largest, matrix._placeOfLargest) = (-1, 0);
        for (var i = 0; i < indices.Length; i++)
        {
            if (indices[i] < 0)
            {
                throw Within.AtLeast(0).Error($"Index {i}", indices[i]);
            }
            if (indices[i] > matrix._largest)
            {
                (matrix._largest, matrix._placeOfLargest) = (indices[i], i);
            }
        }
        matrix._memory = TensorPool.RentMemory<int>(device, indices.Length, matrix);
        device.Write(indices, matrix.Values);
        return matrix;
    }

    /// <summary>
    /// The transpose of a matrix of indices, on a device: of rows of text, (batch, steps), time-major tokens.
    /// </summary>
    /// <param name="device">The device.</param>
    /// <param name="indices">The indices (rows, columns), each 0 or more, row-major.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of columns.</param>
    /// <returns>(columns, rows).</returns>
    /// <exception cref="ArgumentException">The indices do not make such a matrix.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index is negative.</exception>
    public static Indices Transposed(Device device, ReadOnlySpan<int> indices, int rows, int columns)
    {
        var transposed = ArrayPool<int>.Shared.Rent(indices.Length);
        for (var i = 0; i < indices.Length && rows > 0; i++)
        {
            transposed[(i % columns * rows) + (i / columns)] = indices[i];
        }
        var matrix = From(device, transposed.AsSpan(0, indices.Length), columns, rows);
        ArrayPool<int>.Shared.Return(transposed);
        return matrix;
    }

    /// <summary>Reads the indices back from the device, row-major.</summary>
    public int[] ToArray()
    {
        var indices = new int[Count];
        Device.Read(Values, indices.AsSpan());
        return indices;
    }

    /// <summary>Cuts the columns into shards.</summary>
    /// <returns>These.</returns>
    internal Indices InShards(int count)
    {
        Shards = count;
        return this;
    }

    void IRecyclable.Recycle() => _memory = null;

    /// <exception cref="ArgumentOutOfRangeException">An index is not below the number of entries.</exception>
    internal void RequireBelow(int entries, string name)
    {
        if (_largest >= entries)
        {
            throw new ArgumentOutOfRangeException(
                name,
                _largest,
                $"Index {_placeOfLargest} must be 0 to {entries - 1}."
            );
        }
    }
}
