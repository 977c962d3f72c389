using System.Runtime.CompilerServices;
using Recurrent.Kernels;
using Recurrent.Kernels.Elements;

namespace Recurrent.Tensors;

/// <summary>
/// The place where an operator on the way back leaves the gradient of an operand: straight in its place or, where it
/// must be added to the gradient of another use, beside it.
/// </summary>
internal struct GradientSlot
{
    private Storage? _place; // null where the operand requires no gradient
    private Storage? _beside;

    /// <summary>Whether the operand requires a gradient.</summary>
    public readonly bool IsWanted => _place is not null;

    /// <summary>
    /// Whether the place holds the gradient of another use, to which a kernel of an <see cref="Added"/> adds.
    /// </summary>
    public bool Accumulate { get; private set; }

    /// <summary>All values, as a kernel leaves them.</summary>
    public readonly Operand<float> Values => (_beside ?? _place)!.Values;

    /// <summary>A slot for a kernel that adds to what is there by itself.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static GradientSlot Added(Tensor? operand)
    {
        if (operand is not { RequiresGradient: true })
        {
            return default;
        }
        var place = operand.GradientPlace(out var accumulate);
        return new() { _place = place, Accumulate = accumulate };
    }

    /// <summary>A slot for a kernel that adds, and leaves what it does not add to.</summary>
    public static GradientSlot Zeroed(Tensor operand)
    {
        var slot = Added(operand);
        if (slot is { IsWanted: true, Accumulate: false })
        {
            operand.Device.RunFirst(new Fill<float>(slot.Values, 0f));
        }
        return slot;
    }

    /// <summary>A slot for a kernel that adds to rows of a leaf of which few are read.</summary>
    /// <param name="table">The leaf.</param>
    /// <param name="rows">The rows, each as often as it is read; the number of the leaf's rows for none.</param>
    /// <param name="places">Where in the gradient each is, as long.</param>
    public static GradientSlot OfRows(Tensor table, ReadOnlySpan<int> rows, Span<int> places) =>
        table.RequiresGradient ? new() { _place = table.GradientPlace(rows, places), Accumulate = true } : default;

    /// <summary>A slot for a kernel that overwrites.</summary>
    /// <param name="operand">The operand.</param>
    /// <param name="dy">
    /// The result's gradient, if the kernel may overwrite that: where nobody else uses it, the memory serves.
    /// </param>
    public static GradientSlot Written(Tensor operand, Storage? dy = null) =>
        operand switch
        {
            { RequiresGradient: false } => default,
            { Leaf: not null, HasGradient: false } => Added(operand),
            _ => Of(operand, dy is { Users: 1 } ? dy.Share() : TensorPool.Rent(operand.Device, operand.Count)),
        };

    /// <summary>A slot for values that are there already, such as the result's gradient.</summary>
    public static GradientSlot Same(Tensor operand, Storage values) =>
        operand.RequiresGradient ? Of(operand, values.Share()) : default;

    /// <summary>Hands over values that are there already, and their memory.</summary>
    public static void Give(Tensor operand, Storage values)
    {
        var slot = Same(operand, values);
        slot.Add(0, operand.Count);
        slot.Close();
        values.Release();
    }

    /// <summary>A part of the values, as a kernel leaves them.</summary>
    public readonly Operand<float> Slice(int start, int length) => (_beside ?? _place)!.Slice(start, length);

    /// <summary>Adds a part of the values, now that they are there, to the gradient of other uses.</summary>
    public readonly void Add(int start, int length)
    {
        if (_beside is null)
        {
            return;
        }
        var (place, beside) = (_place!.Slice(start, length), _beside.Slice(start, length));
        if (Accumulate)
        {
            _place.Device.Run(new Binary<Add>(place, beside, place));
        }
        else
        {
            _place.Device.Copy(beside, place);
        }
    }

    /// <summary>Gives up what is no longer needed.</summary>
    public readonly void Close() => _beside?.Release();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static GradientSlot Of(Tensor operand, Storage values)
    {
        if (operand.TryTake(values))
        {
            return new() { _place = values };
        }
        var place = operand.GradientPlace(out var accumulate);
        return new()
        {
            _place = place,
            _beside = values,
            Accumulate = accumulate,
        };
    }
}
