namespace Recurrent.Models.Counts;

/// <summary>Reads with counts, which never change.</summary>
internal sealed class NGramDecoder(NGramModel model) : Decoder(model.VocabularySize)
{
    /// <inheritdoc/>
    internal override DecoderState CreateState(int capacity) => new NGramRows(this, model, capacity);
}

/// <summary>The last tokens of each row; a logit is the logarithm of a probability.</summary>
internal sealed class NGramRows : DecoderState
{
    /// <summary>What stands for a token before the beginning of a text; every token is exact as a float.</summary>
    public const float NoToken = -1;

    private readonly NGramModel _model;
    private readonly float[] _tokens; // (capacity, state length), the last token at the end
    private readonly NGramContext[] _contexts; // (capacity, order), the ends of these
    private readonly double[] _scratch; // (vocabulary)
    private readonly float[] _logits; // (capacity, vocabulary)
    private int _fetched; // what is kept has to be read

    public NGramRows(NGramDecoder decoder, NGramModel model, int capacity)
        : base(decoder, capacity, new DecoderRow(("tokens", Enumerable.Repeat(NoToken, model.StateLength).ToArray())))
    {
        _model = model;
        _tokens = new float[checked(capacity * model.StateLength)];
        _contexts = new NGramContext[checked(capacity * model.Order)];
        _scratch = new double[model.VocabularySize];
        _logits = new float[checked(capacity * model.VocabularySize)];
        for (var row = 0; row < capacity; row++)
        {
            Reset(row);
        }
    }

    protected override ReadOnlySpan<float> LogitRows => _logits;

    public override void ReadPart(int part, int row, Span<float> values) => TokensOf(row).CopyTo(values);

    public override void WritePart(int part, int row, ReadOnlySpan<float> values)
    {
        values.CopyTo(TokensOf(row));
        _model.FindContexts(values, ContextsOf(row));
    }

    /// <summary>Takes one more token at the end of the last ones, and drops the first.</summary>
    public static void Append(Span<float> tokens, int token)
    {
        tokens[1..].CopyTo(tokens);
        tokens[^1] = token;
    }

    protected override void StepRows(ReadOnlySpan<int> rows, ReadOnlySpan<int> tokens, int outputs)
    {
        foreach (var row in rows)
        {
            _fetched ^= _model.Fetch(ContextsOf(row));
        }
        for (var i = 0; i < rows.Length; i++)
        {
            Append(TokensOf(rows[i]), tokens[i]);
            _model.Read(ContextsOf(rows[i]), tokens[i]);
        }
        foreach (var row in rows[..outputs])
        {
            _fetched ^= _model.Fetch(ContextsOf(row));
        }
        for (var i = 0; i < outputs; i++)
        {
            _model.Predict(ContextsOf(rows[i]), _scratch, _logits.AsSpan(i * _scratch.Length, _scratch.Length));
        }
    }

    private Span<float> TokensOf(int row) => _tokens.AsSpan(row * _model.StateLength, _model.StateLength);

    private Span<NGramContext> ContextsOf(int row) => _contexts.AsSpan(row * _model.Order, _model.Order);
}
