using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Recurrent.Kernels;
using Recurrent.Kernels.Cells;
using Recurrent.Kernels.Elements;

namespace Recurrent.Tensors;

public sealed partial class Tensor
{
    /// <summary>
    /// A recurrent layer over a whole sequence, as one operator: fused kernels forward and back through time.
    /// dW = Σ daₜᵀ·hₜ₋₁ over the steps in their order in memory; where the cell gates hₜ₋₁, the last gate's part of dW
    /// has that in its place.
    /// </summary>
    /// <param name="operands">The cell and its operands.</param>
    /// <returns>
    /// h after each step (T, B, H), and the states after the sequence, (B, H) each; c is null where the cell has none.
    /// </returns>
    internal static (Tensor Output, Tensor H, Tensor? C) Recurrence(in RecurrenceOperands operands) =>
        TensorPool.Rent<RecurrenceOperator>().Apply(operands);
}

/// <summary>A cell, with G gates, and what it is run over.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct RecurrenceOperands
{
    /// <summary>The cell.</summary>
    public required Cell Cell { get; init; }

    /// <summary>
    /// The input's part of the pre-activations, with every bias but the recurrent one: (T·B, G·H), time-major, whose
    /// values are used up; or, with <see cref="Tokens"/>, (vocabulary, G·H), one row for each token.
    /// </summary>
    public required Tensor Input { get; init; }

    /// <summary>Token indices (T, B), or null.</summary>
    public Indices? Tokens { get; init; }

    /// <summary>Recurrent weights W (G·H, H), where the cell has them.</summary>
    public Tensor? Weight { get; init; }

    /// <summary>(G·H), where the cell splits its input; else the input holds it.</summary>
    public Tensor? Bias { get; init; }

    /// <summary>h before the sequence (B, H).</summary>
    public required Tensor H0 { get; init; }

    /// <summary>c before the sequence (B, H), where the cell has it.</summary>
    public Tensor? C0 { get; init; }

    /// <summary>Whether to read from the last step to the first.</summary>
    public bool Reversed { get; init; }
}

/// <summary>The operator of <see cref="Tensor.Recurrence"/>; its rows are the batch's.</summary>
internal sealed class RecurrenceOperator : Operator
{
    private RecurrenceOperands _x;
    private Tensor? _finalC; // (B, H), a second result
    private Storage _states = null!; // (T + 1, B, H) h, the initial one first or, reversed, last
    private Storage _gates = null!; // (T, B, G·H)
    private Storage? _inputGates; // (T, B, G·H), where the cell splits its input
    private Storage? _c; // (T, B, H)
    private Storage? _gatedH; // (T, B, H), where the cell gates the old h
    private Storage _dH = null!; // (B, H)
    private Storage? _dC; // (B, H)
    private Operand<float> _packed; // the weights as the way there reads them
    private Operand<float> _packedBack;
    private GradientSlot _dInput;
    private GradientSlot _dWeight;
    private GradientSlot _dBias;
    private WeightProduct _product;
    private WeightProduct _gatedProduct; // of the last gate, where the cell gates the old h

    public override int Columns => _x.Input.Shape[1];

    public override int RowsTogether => RowsOfPass(_x.Weight, groups: 1);

    protected override int ShardsOfIndices => _x.Tokens?.Shards ?? 1;

    protected override ShardSums ByShards => ShardSums.Together;

    protected override bool HasGradient => base.HasGradient || _finalC is { HasGradient: true };

    private int Hidden => _x.H0.Shape[1];

    /// <summary>The gradient of the input's part of the pre-activations stands where they stood.</summary>
    private Storage GradientOfInput => _inputGates ?? _gates;

    /// <summary>Applies the operator.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public (Tensor Output, Tensor H, Tensor? C) Apply(in RecurrenceOperands operands)
    {
        _x = operands;
        var (h0, input, device) = (_x.H0, _x.Input, _x.H0.Device);
        var rows = _x.Tokens?.Count ?? input.Shape[0];
        var (batch, state, size) = (h0.Shape[0], h0.Count, rows * Hidden);
        // The state before the sequence stands beside those after its steps: one matrix of what each step started from.
        _states = TensorPool.Rent(device, state + size);
        _c = _x.Cell.HasCellState ? TensorPool.Rent(device, size) : null;
        _gatedH = _x.Cell.GatesH ? TensorPool.Rent(device, size) : null;
        (_gates, _inputGates) = (input.Storage, null);
        if (_x.Tokens is not null || _x.Cell.SplitsInput)
        {
            _gates = TensorPool.Rent(device, rows * Columns);
            _inputGates =
                !_x.Cell.SplitsInput ? null
                : _x.Tokens is null ? input.Storage
                : TensorPool.Rent(device, rows * Columns);
        }
        var last = _x.Reversed ? 0 : size - state;
        _finalC = _c is null ? null : Tensor.View(_c, last, h0.Shape);
        var y = Tensor.View(_states, _x.Reversed ? 0 : state, new Shape(rows / batch, batch, Hidden));
        y = Apply(y, input, _x.Weight ?? input, _x.Bias ?? input, h0, _x.C0 ?? h0);
        return (y, y[_x.Reversed ? 0 : y.Shape[0] - 1], _finalC);
    }

    public override void Forward(int start, int count)
    {
        var (first, length) = (start * Hidden, count * Hidden);
        var old = (_x.Reversed ? Result.Count : 0) + first;
        Device.Copy(_x.H0.Values.Slice(first, length), _states.Slice(old, length));
        Device.Run(
            Sequence(start, count) with
            {
                Tokens = _x.Tokens?.Values ?? default,
                TokenTable = _x.Tokens is null ? default : _x.Input.Values,
                RecurrentBias = _x.Bias?.Values ?? default,
                Weights = _packed,
            }
        );
    }

    public override void Backward(int start, int count)
    {
        Device.Run(
            Sequence(start, count) with
            {
                Backward = true,
                Weights = _packedBack,
                OutputGradient = DY.Values,
                GradientH = _dH.Values,
                GradientC = _dC?.Values ?? default,
            }
        );
        for (var t = 0; _x.Tokens is null && t < Result.Shape[0]; t++)
        {
            _dInput.Add(((t * Rows) + start) * Columns, count * Columns);
        }
    }

    public override bool IsWeight(Tensor operand) =>
        operand == _x.Weight || operand == _x.Bias || (_x.Tokens is not null && operand == _x.Input);

    public override Tensor? SecondResult => _finalC;

    public override void BackwardWeights(int start, int count)
    {
        if (_x.Tokens is { } tokens)
        {
            AddRows(GradientOfInput, tokens.Values, _dInput, Columns, start, count);
        }
        if (_dWeight.IsWanted)
        {
            var ofH = _gatedH is null ? count : Math.Clamp(Columns - Hidden - start, 0, count);
            if (ofH > 0)
            {
                _product.Add(_dWeight, start, ofH);
            }
            if (ofH < count)
            {
                _gatedProduct.Add(_dWeight, start + ofH, count - ofH);
            }
        }
        SumColumns(_gates.Values, Columns, _dBias, start, count);
    }

    protected override void Record()
    {
        base.Record();
        _finalC?.Operator = this;
    }

    protected override void Spend()
    {
        base.Spend();
        _finalC?.Spend();
    }

    // Only the final c may have a gradient.
    protected override Storage TakeGradient() => base.HasGradient ? base.TakeGradient() : Zeros(Result.Count);

    protected override void BeginForward() => _packed = _x.Weight?.Packed(transposed: true) ?? default;

    protected override void BeginBackward()
    {
        _packedBack = _x.Weight?.Packed(transposed: false) ?? default;
        var state = _x.H0.Count;
        _dH = Zeros(state); // the final h's gradient is a part of the output's
        _dC = _finalC is null ? null : Zeros(state);
        if (_finalC?.TakeGradient() is { } gradient)
        {
            Device.Copy(gradient.Values, _dC!.Values);
            gradient.Release();
        }
        if (_x.Tokens is null)
        {
            _dInput = GradientSlot.Same(_x.Input, GradientOfInput);
        }
    }

    protected override void BeginWeights()
    {
        if (_x.Tokens is not null)
        {
            _dInput = WeightSlot(_x.Input, isZeroed: true);
        }
        (_dWeight, _dBias) = (WeightSlot(_x.Weight), WeightSlot(_x.Bias));
        _product = Product(_states.Slice(_x.Reversed ? _x.H0.Count : 0, Result.Count));
        _gatedProduct = Product(_gatedH?.Values);
    }

    protected override void EndBackward()
    {
        GradientSlot.Give(_x.H0, _dH);
        if (_dC is not null)
        {
            GradientSlot.Give(_x.C0!, _dC);
        }
        _dInput.Close();
    }

    protected override void EndWeights()
    {
        _product.Release();
        _gatedProduct.Release();
    }

    /// <summary>daᵀ·h of some h (T·B, H), if it is wanted.</summary>
    private WeightProduct Product(Operand<float>? h) =>
        _dWeight.IsWanted && h is { } values
            ? new WeightProduct(Device, _gates.Values, Columns, values, Hidden, Result.Count / Hidden, Sums)
            : default;

    private Storage Zeros(int length)
    {
        var zeros = TensorPool.Rent(Device, length);
        Device.RunFirst(new Fill<float>(zeros.Values, 0f));
        return zeros;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private CellSequence Sequence(int firstRow, int rows) =>
        new()
        {
            Cell = _x.Cell,
            Steps = Result.Shape[0],
            Batch = Rows,
            HiddenSize = Hidden,
            FirstRow = firstRow,
            Rows = rows,
            Reversed = _x.Reversed,
            Gates = _gates.Values,
            InputGates = _inputGates?.Values ?? default,
            InitialH = _x.H0.Values,
            InitialC = _x.C0?.Values ?? default,
            H = Result.Values,
            C = _c?.Values ?? default,
            GatedH = _gatedH?.Values ?? default,
        };
}
