using Recurrent.Ranges;

namespace Recurrent.Models;

/// <summary>
/// A decoder's state of several texts, a row each, and the memory to read on with, so that a step allocates nothing.
/// Any rows may take part in a step; no bit of one depends on which others do. It serves one thread at a time.
/// </summary>
internal abstract class DecoderState
{
    private readonly int _vocabularySize;
    private readonly long[] _stepOf; // (capacity), the last step that each row took part in
    private readonly int[] _hiddenParts; // (layers), the places of h; a model of the caller's own has it first
    private long _steps;
    private int _outputs;

    /// <summary>Takes what every state has; the rows must be put before any text by <see cref="Reset"/>.</summary>
    /// <param name="decoder">The decoder.</param>
    /// <param name="capacity">Number of rows, at least 1.</param>
    /// <param name="start">A row before any text, which names and measures the parts.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no row.</exception>
    protected DecoderState(Decoder decoder, int capacity, DecoderRow start)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        ArgumentNullException.ThrowIfNull(start);
        Within.AtLeast(1).Require(nameof(capacity), capacity);
        (_vocabularySize, Capacity, Start) = (decoder.VocabularySize, capacity, start);
        _stepOf = new long[capacity];
        int[] named =
        [
            .. Enumerable
                .Range(0, start.Count)
                .Where(part => start.NameOf(part).StartsWith("h_", StringComparison.Ordinal)),
        ];
        _hiddenParts = named.Length > 0 ? named : [0];
    }

    /// <summary>Number of rows.</summary>
    public int Capacity { get; }

    /// <summary>A row before any text.</summary>
    public DecoderRow Start { get; }

    /// <summary>The logits (outputs, vocabulary) that the last step gave.</summary>
    public ReadOnlySpan<float> Logits => LogitRows[..(_outputs * _vocabularySize)];

    /// <summary>Whether rows that take no part in the step may hold anything afterwards.</summary>
    protected bool ForgetsOthers { get; private set; }

    /// <summary>Memory for the logits of all rows (at least those of the last step, vocabulary).</summary>
    protected abstract ReadOnlySpan<float> LogitRows { get; }

    /// <summary>Reads one token of each of some rows.</summary>
    /// <param name="rows">The rows, none of them twice, in any order; at least one.</param>
    /// <param name="tokens">A token for each of them.</param>
    /// <param name="outputs">
    /// How many of them, from the first, are to give logits, at least 0; those of a prompt are seldom needed, and cost
    /// a product.
    /// </param>
    /// <param name="forgetsOthers">
    /// Whether the other rows are free, so that they may hold anything afterwards; with rows 0 to n − 1 it saves
    /// copies.
    /// </param>
    /// <returns>Logits (outputs, vocabulary) of the tokens that follow; the next step overwrites them.</returns>
    /// <exception cref="ArgumentException">
    /// The numbers of rows, tokens and outputs do not fit, or a row stands twice.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A row or token is out of range; the state is as it was.
    /// </exception>
    public ReadOnlySpan<float> Step(
        ReadOnlySpan<int> rows,
        ReadOnlySpan<int> tokens,
        int outputs,
        bool forgetsOthers = false
    )
    {
        if (rows.IsEmpty || rows.Length != tokens.Length || (uint)outputs > (uint)rows.Length)
        {
            throw new ArgumentException(
                $"{tokens.Length} tokens and {outputs} outputs were asked of {rows.Length} rows; give at least one "
                    + "row, one token for each, and at most as many outputs.",
                nameof(tokens)
            );
        }
        _steps++;
        for (var i = 0; i < rows.Length; i++)
        {
            RequireRow(rows[i]);
            if ((uint)tokens[i] >= (uint)_vocabularySize)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(tokens),
                    $"A token is {tokens[i]} and must be 0 to {_vocabularySize - 1}; use the model's own codec."
                );
            }
            if (_stepOf[rows[i]] == _steps)
            {
                throw new ArgumentException(
                    $"Row {rows[i]} stands twice among the rows of a step; name each once.",
                    nameof(rows)
                );
            }
            _stepOf[rows[i]] = _steps;
        }
        ForgetsOthers = forgetsOthers;
        StepRows(rows, tokens, outputs);
        _outputs = outputs;
        return Logits;
    }

    /// <summary>Reads one token of each of some rows, all of which give logits.</summary>
    /// <param name="rows">The rows, none of them twice, in any order; at least one.</param>
    /// <param name="tokens">A token for each of them.</param>
    /// <returns>Logits (rows, vocabulary) of the tokens that follow; the next step overwrites them.</returns>
    /// <exception cref="ArgumentException">There is not one token for each row, or a row stands twice.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A row or token is out of range; the state is as it was.
    /// </exception>
    public ReadOnlySpan<float> Step(ReadOnlySpan<int> rows, ReadOnlySpan<int> tokens) =>
        Step(rows, tokens, rows.Length);

    /// <summary>The length of <see cref="ReadHidden"/>.</summary>
    public int HiddenSize => Start.ValuesOf(_hiddenParts[^1]).Length;

    /// <summary>Copies the hidden state h of a layer; a row's output is computed of the top layer's.</summary>
    /// <param name="row">The row.</param>
    /// <param name="values">Where to, of <see cref="HiddenSize"/> values.</param>
    /// <param name="layer">The layer, from 0 for the lowest; null for the top one.</param>
    public void ReadHidden(int row, Span<float> values, int? layer = null) =>
        ReadPart(_hiddenParts[layer ?? _hiddenParts.Length - 1], row, values);

    /// <summary>Puts a row before any text.</summary>
    /// <param name="row">The row.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public void Reset(int row) => Restore(row, Start);

    /// <summary>
    /// A copy of a row, which <see cref="Restore"/> of this or another state of such a decoder takes.
    /// </summary>
    /// <param name="row">The row.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public DecoderRow Save(int row)
    {
        RequireRow(row);
        var parts = new (string, float[])[Start.Count];
        for (var part = 0; part < parts.Length; part++)
        {
            var values = new float[Start.ValuesOf(part).Length];
            ReadPart(part, row, values);
            parts[part] = (Start.NameOf(part), values);
        }
        return new DecoderRow(parts);
    }

    /// <summary>Overwrites a row with what was saved.</summary>
    /// <param name="row">The row.</param>
    /// <param name="saved">A row of a decoder of the same kind and sizes.</param>
    /// <exception cref="ArgumentException">What was saved has other parts than this state.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public void Restore(int row, DecoderRow saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        RequireRow(row);
        if (!saved.HasShapesOf(Start))
        {
            throw new ArgumentException(
                $"A saved row has {saved} where {Start} are needed; use one of the same model.",
                nameof(saved)
            );
        }
        for (var part = 0; part < saved.Count; part++)
        {
            WritePart(part, row, saved.ValuesOf(part));
        }
    }

    /// <summary>
    /// <see cref="Step(ReadOnlySpan{int}, ReadOnlySpan{int}, int, bool)"/> of rows and tokens that are checked.
    /// </summary>
    protected abstract void StepRows(ReadOnlySpan<int> rows, ReadOnlySpan<int> tokens, int outputs);

    /// <summary>Copies one part of a row.</summary>
    /// <param name="part">The part's place in a saved row.</param>
    /// <param name="row">The row.</param>
    /// <param name="values">Where to, of the part's length.</param>
    public abstract void ReadPart(int part, int row, Span<float> values);

    /// <summary>Overwrites one part of a row.</summary>
    /// <param name="part">The part's place in a saved row.</param>
    /// <param name="row">The row.</param>
    /// <param name="values">The values, of the part's length.</param>
    public abstract void WritePart(int part, int row, ReadOnlySpan<float> values);

    private void RequireRow(int row)
    {
        if ((uint)row >= (uint)Capacity)
        {
            throw new ArgumentOutOfRangeException(
                nameof(row),
                $"A row is {row} and must be 0 to {Capacity - 1}; make a state of more rows."
            );
        }
    }
}

/// <summary>
/// A decoder's state of one text, as values that outlive it: named vectors, such as h_l0 and c_l0 of an LSTM.
/// </summary>
internal sealed class DecoderRow
{
    private readonly (string Name, float[] Values)[] _parts;

    /// <summary>Takes values as they are.</summary>
    /// <param name="parts">The name and the values of each vector, in the order of the decoder.</param>
    public DecoderRow(params IEnumerable<(string Name, float[] Values)> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        _parts = [.. parts];
    }

    /// <summary>Number of vectors.</summary>
    public int Count => _parts.Length;

    /// <summary>The name of a vector.</summary>
    /// <param name="part">Its place, from 0.</param>
    public string NameOf(int part) => _parts[part].Name;

    /// <summary>The values of a vector, each of any length.</summary>
    /// <param name="part">Its place, from 0.</param>
    public ReadOnlySpan<float> ValuesOf(int part) => _parts[part].Values;

    /// <summary>The memory of the values, in bytes.</summary>
    public long Bytes => _parts.Sum(part => (long)part.Values.Length) * sizeof(float);

    /// <summary>The names and lengths, as in h_l0 (256), c_l0 (256).</summary>
    public override string ToString() =>
        string.Join(", ", _parts.Select(part => $"{part.Name} ({part.Values.Length})"));

    /// <summary>Whether another row has vectors of the same names and lengths.</summary>
    internal bool HasShapesOf(DecoderRow other)
    {
        if (Count != other.Count)
        {
            return false;
        }
        for (var part = 0; part < Count; part++)
        {
            var (ours, theirs) = (_parts[part], other._parts[part]);
            if (ours.Name != theirs.Name || ours.Values.Length != theirs.Values.Length)
            {
                return false;
            }
        }
        return true;
    }
}
