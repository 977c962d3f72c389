using Recurrent.Formats.Safetensors;

namespace Recurrent.Formats.Onnx;

/// <summary>
/// A value that depends on the tokens. Which values lie along which axis is followed through every operator that moves
/// them, so that a model that mixes up time, batch and features is not taken for another.
/// </summary>
/// <param name="axes">
/// The axes. Each is made of atoms, which lie in it row-major; one of length 1 of none. Nothing cuts an atom in two.
/// </param>
/// <param name="stage">What the values are.</param>
internal sealed class Activations(Atom[][] axes, Stage stage) : OnnxValue
{
    /// <summary>The atoms of each axis.</summary>
    public Atom[][] Axes { get; } = RequireRank(axes);

    /// <summary>What the values are.</summary>
    public Stage Stage { get; } = stage;

    /// <summary>Whether the features lie along the last axis, and nothing else does.</summary>
    public bool EndsInFeatures => Axes.Length > 0 && Axes[^1].SequenceEqual(Stage.Features);

    /// <inheritdoc/>
    public override Size[] Sizes => [.. Axes.Select(SizeOf)];

    /// <summary>The same axes with other values.</summary>
    public Activations With(Stage other) => new(Axes, other);

    /// <summary>The same axes with other features along the last.</summary>
    public Activations WithLast(Stage other) => new([.. Axes[..^1], other.Features], other);

    /// <inheritdoc/>
    public override Activations Transpose(long[]? order) =>
        new([.. OrderOf(order, Axes.Length).Select(axis => Axes[axis])], Stage);

    /// <inheritdoc/>
    public override Activations Reshape(Size[] shape)
    {
        ReadOnlySpan<Atom> atoms = Axes.SelectMany(axis => axis).ToArray();
        var cut = new Atom[shape.Length][];
        var inferred = Array.FindIndex(shape, size => size.Is(new(-1)));
        for (var axis = 0; axis < (inferred < 0 ? shape.Length : inferred); axis++)
        {
            var count = CountOf(atoms, LengthAt(axis), fromEnd: false);
            cut[axis] = atoms[..count].ToArray();
            atoms = atoms[count..];
        }
        for (var axis = shape.Length - 1; inferred >= 0 && axis > inferred; axis--)
        {
            var count = CountOf(atoms, LengthAt(axis), fromEnd: true);
            cut[axis] = atoms[^count..].ToArray();
            atoms = atoms[..^count];
        }
        if (inferred >= 0)
        {
            cut[inferred] = atoms.ToArray();
        }
        return inferred >= 0 || atoms.IsEmpty ? new(cut, Stage) : throw CannotFollow();

        Size LengthAt(int axis) => shape[axis].Is(new(0)) && axis < Axes.Length ? SizeOf(Axes[axis]) : shape[axis];
    }

    /// <inheritdoc/>
    public override Activations Squeeze(long[]? axes)
    {
        HashSet<int> gone = axes is null
            ? [.. Axes.Index().Where(axis => axis.Item.Length == 0).Select(axis => axis.Index)]
            : [.. axes.Select(axis => AxisOf(axis, Axes.Length))];
        return gone.All(axis => Axes[axis].Length == 0)
            ? new([.. Axes.Where((_, axis) => !gone.Contains(axis))], Stage)
            : throw CannotFollow();
    }

    /// <inheritdoc/>
    public override Activations Unsqueeze(long[] axes) => new(Insert(Axes, axes, []), Stage);

    /// <inheritdoc/>
    public override OnnxValue Slice(long axis, long start, long end, long step)
    {
        var along = AxisOf(axis, Axes.Length);
        var size = SizeOf(Axes[along]);
        var isToEnd = end >= int.MaxValue || (size.IsKnown && end >= size.Factor);
        if (step == 1 && isToEnd && start == 0)
        {
            return this;
        }
        if (Stage is Vectors { MayBeState: true })
        {
            return new StartState();
        }
        return step == 1 && isToEnd && IsLast(along, start)
            ? new Activations(
                With(
                    along,
                    [
                        [],
                    ]
                ),
                Stage
            )
            : throw TakesPart();
    }

    /// <inheritdoc/>
    public override OnnxValue Gather(long axis, Constant<Size> places)
    {
        var along = AxisOf(axis, Axes.Length);
        if (Stage is Vectors { MayBeState: true })
        {
            return new StartState();
        }
        return places is { Values: [{ IsKnown: true } place], Shape.Length: <= 1 } && IsLast(along, place.Factor)
            ? new Activations(With(along, [.. places.Shape.Select(_ => (Atom[])[])]), Stage)
            : throw TakesPart();
    }

    /// <summary>The length of an axis.</summary>
    private static Size SizeOf(Atom[] axis) => axis.Aggregate(new Size(1), (size, atom) => size * atom.Length);

    /// <summary>The number of atoms whose lengths make a length.</summary>
    private static int CountOf(ReadOnlySpan<Atom> atoms, Size length, bool fromEnd)
    {
        var reached = new Size(1);
        for (var count = 0; ; count++)
        {
            if (reached.Is(length))
            {
                return count;
            }
            if (count == atoms.Length)
            {
                throw CannotFollow();
            }
            reached *= atoms[fromEnd ? ^(count + 1) : count].Length;
        }
    }

    private static FormatError CannotFollow() =>
        OnnxOperators.Cannot("it cuts the values into axes that mix time, batch or features");

    private static FormatError TakesPart() => OnnxOperators.Cannot("it takes a part of the values");

    /// <summary>
    /// Whether a place is the last step: a model that gives only what comes after it is the same model.
    /// </summary>
    private bool IsLast(int along, long place) =>
        Stage is IAfterSteps { Time: var time }
        && Axes[along].SequenceEqual(time)
        && (place == -1 || new Size(place + 1).Is(SizeOf(time)));

    private Atom[][] With(int along, Atom[][] others) => [.. Axes[..along], .. others, .. Axes[(along + 1)..]];
}

/// <summary>A part of an axis that nothing cuts: the steps, the rows of the batch, the hidden units.</summary>
internal sealed class Atom(Size length)
{
    /// <summary>Its length, not 1.</summary>
    public Size Length { get; } = length;

    /// <summary>An axis of a length: one atom, or none where the length is 1.</summary>
    public static Atom[] Axis(Size length) => length.Is(new(1)) ? [] : [new(length)];
}

/// <summary>What activations are, on the way from tokens to logits.</summary>
/// <param name="Features">What lies along the axis of the features.</param>
internal abstract record Stage(Atom[] Features);

/// <summary>Token indexes.</summary>
internal sealed record Tokens() : Stage([]);

/// <summary>A vector for each token.</summary>
/// <param name="Features">The axis of a vector.</param>
/// <param name="Table">The vector of each entry of the vocabulary (V, E); null for one-hot vectors.</param>
/// <param name="AreGiven">Whether the caller makes the one-hot vectors.</param>
internal sealed record Vectors(Atom[] Features, Constant<float>? Table, bool AreGiven = false) : Stage(Features)
{
    /// <summary>Whether they come straight from the caller, and so may be a state as well.</summary>
    public bool MayBeState => AreGiven && Table is null;
}

/// <summary>What comes after recurrent layers.</summary>
internal interface IAfterSteps
{
    /// <summary>The axis of the steps.</summary>
    Atom[] Time { get; }
}

/// <summary>The output of a recurrent layer.</summary>
/// <param name="Features">Directions and hidden units.</param>
/// <param name="Time">The axis of the steps.</param>
/// <param name="Batch">The axis of the rows.</param>
/// <param name="Input">What the lowest layer reads.</param>
/// <param name="Layers">The layers so far, from the lowest.</param>
internal sealed record Hidden(
    Atom[] Features,
    Atom[] Time,
    Atom[] Batch,
    Vectors Input,
    IReadOnlyList<OnnxLayer> Layers
) : Stage(Features), IAfterSteps;

/// <summary>The output of the linear layer.</summary>
/// <param name="Features">The vocabulary.</param>
/// <param name="Input">What the linear layer reads.</param>
/// <param name="Weight">(D·H, V).</param>
/// <param name="Bias">(V), or null.</param>
internal sealed record Logits(Atom[] Features, Hidden Input, Constant<float> Weight, float[]? Bias)
    : Stage(Features),
        IAfterSteps
{
    /// <inheritdoc/>
    public Atom[] Time => Input.Time;
}
