using Recurrent.Kernels;
using Recurrent.Kernels.Cells;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Products;

namespace Recurrent.Models;

/// <summary>
/// The rows' states, and the memory of a step. The kernels take rows that stand together, so those of a step are
/// gathered unless they do, and written to other memory, which takes turns with the first where every row takes part.
/// </summary>
internal sealed class RecurrentDecoderState : DecoderState
{
    private readonly RecurrentDecoder _decoder;
    private readonly StatePart[] _parts; // of all layers, h before c
    private readonly Operand<float>[] _gates; // (capacity, G·H) of each layer
    private readonly Operand<float>[] _inputGates; // (capacity, G·H) of each layer, where the cell splits its input
    private readonly Operand<float> _logits; // (capacity, V)
    private readonly Operand<int> _tokens; // (capacity)
    private readonly Operand<int> _rows; // (capacity)
    private readonly float[] _read; // (capacity, V), the logits on the host

    public RecurrentDecoderState(RecurrentDecoder decoder, int capacity)
        : base(decoder, capacity, decoder.Start)
    {
        _decoder = decoder;
        _parts =
        [
            .. decoder.Layers.SelectMany(layer =>
                layer.Cell.States.Select(_ => new StatePart(decoder.Device, capacity, layer.HiddenSize))
            ),
        ];
        _gates = Array.ConvertAll(
            [.. decoder.Layers],
            layer => decoder.Allocate<float>(checked(capacity * layer.GateSize))
        );
        _inputGates = Array.ConvertAll(
            [.. decoder.Layers],
            layer => layer.Cell.SplitsInput ? decoder.Allocate<float>(checked(capacity * layer.GateSize)) : default
        );
        _read = new float[checked(capacity * decoder.VocabularySize)];
        _logits = decoder.Allocate<float>(_read.Length);
        (_tokens, _rows) = (decoder.Allocate<int>(capacity), decoder.Allocate<int>(capacity));
    }

    protected override ReadOnlySpan<float> LogitRows => _read;

    protected override void StepRows(ReadOnlySpan<int> rows, ReadOnlySpan<int> tokens, int outputs)
    {
        var read = new RowsOfStep(rows, _rows.Slice(0, rows.Length));
        if (!read.StandTogether)
        {
            _decoder.Device.Write(rows, read.Indices);
        }
        _decoder.Device.Write(tokens, _tokens.Slice(0, rows.Length));
        var part = 0;
        var below = Operand<float>.Empty;
        for (var i = 0; i < _decoder.Layers.Count; i++)
        {
            var h = _parts[part++];
            var c = _decoder.Layers[i].Cell.HasCellState ? _parts[part++] : null;
            if (i > 0)
            {
                ReadVectors(i, below, rows.Length);
            }
            Step(i, i == 0 ? _tokens.Slice(0, rows.Length) : default, read, h, c);
            below = h.After(rows.Length);
        }
        WriteLogits(below, outputs);
        foreach (var state in _parts)
        {
            state.Advance(read);
        }
    }

    protected override void ReadPart(int part, int row, Span<float> values) =>
        _decoder.Device.Read(_parts[part].Row(row), values);

    protected override void WritePart(int part, int row, ReadOnlySpan<float> values) =>
        _decoder.Device.Write(values, _parts[part].Row(row));

    /// <summary>The input's part of an upper layer's gates, of the h below (n, H).</summary>
    private void ReadVectors(int index, Operand<float> x, int rows)
    {
        var layer = _decoder.Layers[index];
        var gates = layer.Cell.SplitsInput ? _inputGates[index] : _gates[index];
        Product(x, layer.InputWeights, layer.Input, gates.Slice(0, rows * layer.GateSize), rows);
    }

    private void WriteLogits(Operand<float> h, int outputs)
    {
        if (outputs > 0)
        {
            var logits = _logits.Slice(0, outputs * _decoder.VocabularySize);
            h = h.Slice(0, outputs * _decoder.Layers[^1].HiddenSize);
            Product(h, _decoder.OutputWeights, _decoder.OutputBias, logits, outputs);
            _decoder.Device.Read(logits, _read.AsSpan(0, logits.Length));
        }
    }

    /// <summary>y = x·W + b.</summary>
    private void Product(Operand<float> x, Operand<float> packed, Operand<float> bias, Operand<float> y, int rows)
    {
        _decoder.Device.Run(new CopyRows(bias, 0, y, bias.Length, rows, bias.Length));
        _decoder.Device.Run(
            new MatrixProduct
            {
                A = x,
                B = packed,
                C = y,
                Rows = rows,
                Columns = bias.Length,
                Depth = x.Length / rows,
                Accumulate = true,
            }
        );
    }

    private void Step(int index, Operand<int> tokens, in RowsOfStep rows, StatePart h, StatePart? c)
    {
        var layer = _decoder.Layers[index];
        var gates = rows.Count * layer.GateSize;
        _decoder.Device.Run(
            new CellSequence
            {
                Cell = layer.Cell,
                Steps = 1,
                Batch = rows.Count,
                HiddenSize = layer.HiddenSize,
                Tokens = tokens,
                TokenTable = tokens.IsEmpty ? default : layer.Input,
                Gates = _gates[index].Slice(0, gates),
                InputGates = layer.Cell.SplitsInput ? _inputGates[index].Slice(0, gates) : default,
                RecurrentBias = layer.RecurrentBias,
                Weights = layer.Weights,
                InitialH = h.Before(rows),
                InitialC = c?.Before(rows) ?? default,
                H = h.After(rows.Count),
                C = c?.After(rows.Count) ?? default,
            }
        );
    }
}
