using Recurrent.Kernels;
using Recurrent.Kernels.Elements;
using Recurrent.Tensors;

namespace Recurrent.Models;

/// <summary>One vector of each row's state, before and after a step.</summary>
internal sealed class StatePart(Device device, int capacity, int width)
{
    private Operand<float> _now = new(device.Allocate<float>(checked(capacity * width))); // (capacity, H)
    private Operand<float> _next = new(device.Allocate<float>(checked(capacity * width))); // (rows of a step, H)
    private Operand<float> _gathered; // (rows of a step, H)

    /// <summary>A row's vector.</summary>
    public Operand<float> Row(int row) => _now.Slice(row * width, width);

    /// <summary>The rows of a step, one after the other.</summary>
    public Operand<float> Before(in RowsOfStep rows)
    {
        if (rows.StandTogether)
        {
            return _now.Slice(rows.First * width, rows.Count * width);
        }
        if (_gathered.IsEmpty)
        {
            _gathered = new(device.Allocate<float>(_now.Length));
        }
        var gathered = _gathered.Slice(0, rows.Count * width);
        device.Run(new GatherRows(_now, rows.Indices, width, gathered));
        return gathered;
    }

    /// <summary>The memory to which a step writes its rows, one after the other.</summary>
    public Operand<float> After(int rows) => _next.Slice(0, rows * width);

    /// <summary>Takes over what a step has written.</summary>
    public void Advance(in RowsOfStep rows)
    {
        if (!rows.StandTogether)
        {
            device.Run(new ScatterRows(After(rows.Count), rows.Indices, width, _now));
        }
        else if (rows.Count == capacity)
        {
            (_now, _next) = (_next, _now);
        }
        else
        {
            device.Copy(After(rows.Count), _now.Slice(rows.First * width, rows.Count * width));
        }
    }
}
