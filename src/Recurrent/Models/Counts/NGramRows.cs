using Recurrent.Kernels.Portable;

namespace Recurrent.Models.Counts;

/// <summary>The last tokens of each row; a logit is the logarithm of a probability.</summary>
internal sealed class NGramRows : DecoderState
{
    /// <summary>What stands for a token before the beginning of a text; every token is exact as a float.</summary>
    public const float NoToken = -1;

    private readonly NGramModel _model;
    private readonly float[] _tokens; // (capacity, state length), the last token at the end
    private readonly int[] _places; // (capacity, order), of the ends of what these are
    private readonly double[] _probabilities; // (vocabulary)
    private readonly float[] _logits; // (capacity, vocabulary)

    public NGramRows(NGramModel model, int capacity)
        : base(model, capacity, new DecoderRow(("tokens", Enumerable.Repeat(NoToken, model.StateLength).ToArray())))
    {
        _model = model;
        _tokens = new float[checked(capacity * model.StateLength)];
        _places = new int[checked(capacity * model.Order)];
        _probabilities = new double[model.VocabularySize];
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
        _model.FindPlaces(values, PlacesOf(row));
    }

    /// <summary>Takes one more token at the end of the last ones, and drops the first.</summary>
    public static void Append(Span<float> tokens, int token)
    {
        tokens[1..].CopyTo(tokens);
        tokens[^1] = token;
    }

    protected override void StepRows(ReadOnlySpan<int> rows, ReadOnlySpan<int> tokens, int outputs)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            var places = PlacesOf(rows[i]);
            Append(TokensOf(rows[i]), tokens[i]);
            _model.Read(places, tokens[i]);
            if (i < outputs)
            {
                _model.Predict(places, _probabilities);
                DoubleLog.Of(_probabilities, _logits.AsSpan(i * _probabilities.Length, _probabilities.Length));
            }
        }
    }

    private Span<float> TokensOf(int row) => _tokens.AsSpan(row * _model.StateLength, _model.StateLength);

    private Span<int> PlacesOf(int row) => _places.AsSpan(row * _model.Order, _model.Order);
}
