using Recurrent.Kernels;
using Recurrent.Kernels.Elements;

namespace Recurrent.Tensors;

/// <summary>
/// The gradient of a table of which a minibatch reads few rows: theirs alone, one after the other in the order in which
/// they were first read. What clears, clips and applies it need not touch the rest of a large table.
/// </summary>
/// <param name="table">The table (entries, n).</param>
internal sealed class GradientRows(Tensor table)
{
    private readonly Device _device = table.Device;
    private readonly int[] _places = new int[table.Shape[0]]; // of each row in the gradient, from 1; 0 for none
    private int[] _read = []; // the rows that were read
    private Operand<int> _indices; // the same on the device
    private Storage? _values; // (capacity + 1, n), of which the last is for what belongs to no row
    private Tensor? _view;
    private int _count;

    /// <summary>The table's columns n.</summary>
    public int Columns { get; } = table.Shape[1];

    /// <summary>The gradient (rows, n).</summary>
    public Tensor View => _view!;

    /// <summary>Makes places for rows that a pass reads: zeros, unless they have one.</summary>
    /// <param name="rows">The rows, each as often as it is read; the number of entries for none.</param>
    /// <param name="places">Where in the gradient each is, as long; whatever is added for none is not seen.</param>
    /// <param name="isFirst">Whether what is there is forgotten.</param>
    /// <returns>The memory.</returns>
    public Storage Take(ReadOnlySpan<int> rows, Span<int> places, bool isFirst)
    {
        if (isFirst)
        {
            foreach (var row in _read.AsSpan(0, _count))
            {
                _places[row] = 0;
            }
            _count = 0;
        }
        var values = Reserve(_count + rows.Length);
        var first = _count;
        for (var i = 0; i < rows.Length; i++)
        {
            if (rows[i] == _places.Length)
            {
                places[i] = _read.Length;
                continue;
            }
            ref var place = ref _places[rows[i]];
            if (place == 0)
            {
                _read[_count++] = rows[i];
                place = _count;
            }
            places[i] = place - 1;
        }
        var more = _count - first;
        _device.Write(_read.AsSpan(first, more), _indices.Slice(first, more));
        _device.RunFirst(new Fill<float>(values.Slice(first * Columns, more * Columns), 0f));
        _view!.ShowRows(_count);
        return values;
    }

    /// <summary>Reads the gradient back: its rows, and their values (rows, n).</summary>
    public (int[] Rows, float[] Values) Read() => (_read[.._count], View.ToArray());

    /// <summary>Takes another gradient of the same table in place of this one.</summary>
    /// <param name="rows">Its rows, each once.</param>
    /// <param name="values">Their values (rows, n).</param>
    public void Write(int[] rows, float[] values)
    {
        Take(rows, new int[rows.Length], isFirst: true);
        View.Write(values);
    }

    /// <summary>A tensor's rows that have a gradient, in lent memory.</summary>
    /// <param name="whole">A tensor of the table's shape.</param>
    public Tensor Gather(Tensor whole)
    {
        var part = Tensor.View(TensorPool.Rent(_device, _values!.Values.Length), 0, new Shape(_count, Columns));
        _device.Run(new GatherRows(whole.Values, _indices.Slice(0, _count), Columns, part.Values));
        return part;
    }

    /// <summary>Puts what <see cref="Gather"/> gave back into its place, and gives up the memory.</summary>
    public void Scatter(Tensor part, Tensor whole)
    {
        _device.Run(new ScatterRows(part.Values, _indices.Slice(0, _count), Columns, whole.ChangedValues()));
        part.Storage.Release();
    }

    private Storage Reserve(int capacity)
    {
        if (_values is not null && capacity <= _read.Length)
        {
            return _values;
        }
        var larger = new Storage().Over(_device.Allocate<float>((capacity + 1) * Columns), _device, pool: null);
        if (_count > 0)
        {
            _device.Copy(_values!.Slice(0, _count * Columns), larger.Slice(0, _count * Columns));
        }
        Array.Resize(ref _read, capacity);
        _indices = new Operand<int>(_device.Allocate<int>(capacity));
        _device.Write(_read.AsSpan(0, _count), _indices.Slice(0, _count));
        _view = Tensor.Kept(larger, new Shape(_count, Columns));
        return _values = larger;
    }
}
