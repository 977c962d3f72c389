using Recurrent.Kernels;
using Recurrent.Kernels.Cells;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Products;

namespace Recurrent.Tensors;

/// <summary>
/// Recurrent layers in one direction and an output, as they were when it was made, to be read a token at a time: packed
/// weights, no tape and no tensors, so that a step costs little more than its products. Threads may share it; what has
/// been read is in <see cref="FrozenRows"/>.
/// </summary>
/// <param name="Layers">The layers from the lowest, which reads tokens, or the input.</param>
/// <param name="Output">The output, of the uppermost layer's h.</param>
/// <param name="Input">What makes vectors for the lowest layer; null where that reads tokens.</param>
internal sealed record FrozenNetwork(IReadOnlyList<FrozenLayer> Layers, FrozenLinear Output, FrozenTables? Input = null)
{
    /// <summary>The device that has the weights.</summary>
    public Device Device => Output.Device;

    /// <summary>The vectors of a row's state, h before c of each layer: name, such as h_l0, and length.</summary>
    public IEnumerable<(string Name, int Length)> States =>
        Layers.SelectMany((layer, i) => layer.Cell.States.Select(state => ($"{state}_l{i}", layer.HiddenSize)));
}

/// <summary>A layer as it was.</summary>
internal sealed class FrozenLayer
{
    /// <summary>Copies what makes the lowest layer or an upper one.</summary>
    /// <param name="cell">The cell, with G gates.</param>
    /// <param name="weight">weight_hh (G·H, H), where the cell has it.</param>
    /// <param name="recurrentBias">bias_hh (G·H), where the cell splits its input.</param>
    /// <param name="table">The lowest layer's gates of each token (V, G·H); null for an upper layer.</param>
    /// <param name="below">What makes an upper layer's gates of the h below; null for the lowest.</param>
    public FrozenLayer(Cell cell, Tensor? weight, Tensor? recurrentBias, Tensor? table, FrozenLinear? below)
    {
        (Cell, Below, GateSize) = (cell, below, below?.Outputs ?? table!.Shape[1]);
        (Weights, RecurrentBias, Table) = (weight.PackedCopy(), recurrentBias.Copy(), table.Copy());
    }

    /// <summary>The cell.</summary>
    public Cell Cell { get; }

    /// <summary>weight_hh, packed (H, G·H); empty where the cell has none.</summary>
    public Operand<float> Weights { get; }

    /// <summary>bias_hh (G·H); empty unless the cell splits its input.</summary>
    public Operand<float> RecurrentBias { get; }

    /// <summary>The gates of each token (V, G·H); empty for an upper layer.</summary>
    public Operand<float> Table { get; }

    /// <summary>What makes the gates of the h below; null for the lowest layer.</summary>
    public FrozenLinear? Below { get; }

    /// <summary>G·H.</summary>
    public int GateSize { get; }

    /// <summary>Hidden units H.</summary>
    public int HiddenSize => GateSize / Cell.Gates.Count;
}

/// <summary>y = x·Wᵀ + b, as it was.</summary>
/// <param name="weight">W (n, k).</param>
/// <param name="bias">b (n).</param>
internal sealed class FrozenLinear(Tensor weight, Tensor bias)
{
    private readonly Operand<float> _weight = weight.PackedCopy();
    private readonly Operand<float> _bias = bias.Copy();
    private readonly int _inputs = weight.Shape[1];

    /// <summary>The device that has them.</summary>
    public Device Device { get; } = bias.Device;

    /// <summary>n.</summary>
    public int Outputs => _bias.Length;

    /// <summary>Computes y (rows, n) of the first rows of x (at least rows, k).</summary>
    public void Apply(Operand<float> x, Operand<float> y, int rows)
    {
        Device.Run(new CopyRows(_bias, 0, y, Outputs, rows, Outputs));
        Device.Run(
            new MatrixProduct
            {
                A = x.Slice(0, rows * _inputs),
                B = _weight,
                C = y,
                Rows = rows,
                Columns = Outputs,
                Depth = _inputs,
                Accumulate = true,
            }
        );
    }
}

/// <summary>Tables of which rows are summed, as they were.</summary>
/// <param name="tables">The tables (entries, n) each.</param>
internal sealed class FrozenTables(IReadOnlyList<Tensor> tables)
{
    private readonly Operand<float>[] _tables = [.. tables.Select(table => table.Copy())];
    private readonly Device _device = tables[0].Device;

    /// <summary>The number of tables.</summary>
    public int Count => _tables.Length;

    /// <summary>n.</summary>
    public int Width { get; } = tables[0].Shape[1];

    /// <summary>Computes y (rows, n): sums of a row of each table.</summary>
    /// <param name="rows">(tables, rows).</param>
    /// <param name="y">(rows, n).</param>
    public void Sum(Operand<int> rows, Operand<float> y)
    {
        var count = rows.Length / Count;
        _device.Run(new GatherRows(_tables[0], rows.Slice(0, count), Width, y));
        for (var i = 1; i < Count; i++)
        {
            _device.Run(new AddGatheredRows(_tables[i], rows.Slice(i * count, count), Width, Scale: 1, y));
        }
    }
}

/// <summary>Copies of tensors that no later change reaches; of null, none.</summary>
file static class Copies
{
    public static Operand<float> Copy(this Tensor? values)
    {
        if (values is null)
        {
            return default;
        }
        var copy = new Operand<float>(values.Device.Allocate<float>(values.Count));
        values.Device.Copy(values.Values, copy);
        return copy;
    }

    /// <summary>The transpose of a weight (n, k), packed.</summary>
    public static Operand<float> PackedCopy(this Tensor? weight)
    {
        if (weight is null)
        {
            return default;
        }
        var (n, k) = (weight.Shape[0], weight.Shape[1]);
        var packed = new Operand<float>(weight.Device.Allocate<float>(Pack.Length(k, n)));
        weight.Device.Run(new Pack(weight.Values, Transposed: true, k, n, packed));
        return packed;
    }
}
