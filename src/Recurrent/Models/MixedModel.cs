using Recurrent.Randomness;
using Recurrent.Ranges;
using Recurrent.Tensors;

namespace Recurrent.Models;

/// <summary>
/// Two models that predict together: the probability of a token is p₁ʷ · p₂¹⁻ʷ, divided by the sum of these. A network
/// and counts of the same text are the usual two, a hybrid: the network knows what n-grams cannot, and they know by
/// heart what it has not learnt yet.
/// </summary>
/// <remarks>
/// What trains, saves and describes a model sees the first: its configuration, parameters and device. The state has the
/// parts of the first and then those of the second.
/// </remarks>
/// <example>
/// <code>
/// var counts = NGramModel.Count(corpus.Tokens.Span, corpus.Vocabulary.Count);
/// var hybrid = new TrainedModel(new MixedModel(trained.Model, counts), trained.Codec, trained.Training);
/// Console.WriteLine(ModelEvaluator.Measure(hybrid, "to bed").BitsPerCharacter);
/// </code>
/// </example>
public sealed class MixedModel : ILanguageModel
{
    private readonly int _parts; // of the first's state

    /// <summary>The <see cref="Weight"/> unless another is given.</summary>
    public const double DefaultWeight = 0.5;

    internal static readonly Bounds<double> Weights = Within.From(0.0, 1);

    /// <summary>Mixes two models.</summary>
    /// <param name="first">The first, such as a network.</param>
    /// <param name="second">The second, such as an <see cref="Counts.NGramModel"/>, of the same vocabulary.</param>
    /// <param name="weight">The first's weight w, 0 to 1; 1 leaves the first alone.</param>
    /// <exception cref="ArgumentException">The vocabularies have different sizes.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The weight is out of range.</exception>
    public MixedModel(ILanguageModel first, ILanguageModel second, double weight = DefaultWeight)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        var (ours, theirs) = (first.Configuration.VocabularySize, second.Configuration.VocabularySize);
        if (ours != theirs)
        {
            throw new ArgumentException(
                $"The first model has {ours} vocabulary entries and the second {theirs}; mix two of one vocabulary.",
                nameof(second)
            );
        }
        (First, Second, Weight) = (first, second, Weights.Require(nameof(weight), weight));
        _parts = first.InitialState(1).Parts.Count;
    }

    /// <summary>
    /// The geometric mean of models, each of which weighs the same: for two a mixture of both, and for more one of the
    /// mean of all but the last with the last.
    /// </summary>
    /// <param name="models">The models, of one vocabulary; at least one.</param>
    /// <returns>Their mean; the model itself where there is one.</returns>
    /// <exception cref="ArgumentException">There is no model, or their vocabularies have different sizes.</exception>
    /// <example>
    /// <code>
    /// var other = TrainedModel.Load("other.safetensors"); // of the same vocabulary
    /// var mean = MixedModel.Mean([trained.Network, other.Network]);
    /// new TrainedModel(mean, trained.Codec).Save("both.safetensors");
    /// </code>
    /// </example>
    public static ILanguageModel Mean(IReadOnlyList<ILanguageModel> models)
    {
        ArgumentNullException.ThrowIfNull(models);
        if (models.Count == 0)
        {
            throw new ArgumentException("There are no models to take the mean of; give at least one.", nameof(models));
        }
        var mean = models[0];
        for (var i = 1; i < models.Count; i++)
        {
            mean = new MixedModel(mean, models[i], WeightOf(i));
        }
        return mean;
    }

    /// <summary>The weight of so many models together in their mean with one more.</summary>
    internal static double WeightOf(int models) => models / (models + 1.0);

    /// <summary>The first model.</summary>
    public ILanguageModel First { get; }

    /// <summary>The second model.</summary>
    public ILanguageModel Second { get; }

    /// <summary>The first's weight w, 0 to 1; the second's is 1 − w.</summary>
    public double Weight { get; }

    /// <summary>The first's.</summary>
    public ModelConfiguration Configuration => First.Configuration;

    /// <summary>The first's.</summary>
    public IReadOnlyList<Parameter> Parameters => First.Parameters;

    /// <summary>The first's.</summary>
    public Device Device => First.Device;

    /// <inheritdoc/>
    public bool KeepsTensors => First.KeepsTensors || Second.KeepsTensors;

    /// <inheritdoc/>
    public ModelState InitialState(int batch) =>
        new([.. First.InitialState(batch).Parts, .. Second.InitialState(batch).Parts]);

    /// <inheritdoc/>
    public (Tensor Logits, ModelState State) Forward(Indices tokens, ModelState state, RandomStream? dropout = null)
    {
        ArgumentNullException.ThrowIfNull(state);
        var (ours, first) = First.Forward(tokens, new([.. state.Parts.Take(_parts)]), dropout?.Fork(0));
        var (theirs, second) = Second.Forward(tokens, new([.. state.Parts.Skip(_parts)]), dropout?.Fork(1));
        // What each is off by, as logits are, the softmax takes away.
        return ((ours * (float)Weight) + (theirs * (float)(1 - Weight)), new([.. first.Parts, .. second.Parts]));
    }

    /// <inheritdoc/>
    public Decoder CreateDecoder() => new MixedDecoder(this);

    /// <summary>Mixes logits, to the bit as <see cref="Forward"/> does.</summary>
    /// <param name="first">The first's.</param>
    /// <param name="second">The second's, as many.</param>
    /// <param name="mixed">Where to, at least as many.</param>
    internal void Mix(ReadOnlySpan<float> first, ReadOnlySpan<float> second, Span<float> mixed)
    {
        var (ours, theirs) = ((float)Weight, (float)(1 - Weight));
        second = second[..first.Length];
        mixed = mixed[..first.Length];
        for (var i = 0; i < first.Length; i++)
        {
            mixed[i] = (first[i] * ours) + (second[i] * theirs);
        }
    }
}

/// <summary>Reads with two frozen models at once, as <see cref="MixedModel"/> mixes them.</summary>
internal sealed class MixedDecoder(MixedModel model) : Decoder(model.Configuration.VocabularySize)
{
    private readonly Decoder _first = model.First.CreateDecoder();
    private readonly Decoder _second = model.Second.CreateDecoder();

    /// <inheritdoc/>
    internal override DecoderState CreateState(int capacity) =>
        new Rows(this, model, _first.CreateState(capacity), _second.CreateState(capacity));

    private sealed class Rows : DecoderState
    {
        private readonly MixedModel _model;
        private readonly DecoderState _first;
        private readonly DecoderState _second;
        private readonly float[] _logits; // (capacity, vocabulary)

        public Rows(MixedDecoder decoder, MixedModel model, DecoderState first, DecoderState second)
            : base(decoder, first.Capacity, StartOf(first.Start, second.Start))
        {
            (_model, _first, _second) = (model, first, second);
            _logits = new float[checked(first.Capacity * decoder.VocabularySize)];
        }

        protected override ReadOnlySpan<float> LogitRows => _logits;

        protected override void StepRows(ReadOnlySpan<int> rows, ReadOnlySpan<int> tokens, int outputs)
        {
            var ours = _first.Step(rows, tokens, outputs, ForgetsOthers);
            var theirs = _second.Step(rows, tokens, outputs, ForgetsOthers);
            _model.Mix(ours, theirs, _logits);
        }

        public override void ReadPart(int part, int row, Span<float> values)
        {
            if (part < _first.Start.Count)
            {
                _first.ReadPart(part, row, values);
            }
            else
            {
                _second.ReadPart(part - _first.Start.Count, row, values);
            }
        }

        public override void WritePart(int part, int row, ReadOnlySpan<float> values)
        {
            if (part < _first.Start.Count)
            {
                _first.WritePart(part, row, values);
            }
            else
            {
                _second.WritePart(part - _first.Start.Count, row, values);
            }
        }

        /// <summary>The parts of both, of which the second's have names that are not the first's.</summary>
        private static DecoderRow StartOf(DecoderRow first, DecoderRow second)
        {
            var parts = PartsOf(first, "").ToList();
            var prefix = "second.";
            while (parts.Exists(part => part.Name.StartsWith(prefix, StringComparison.Ordinal)))
            {
                prefix += "second.";
            }
            return new([.. parts, .. PartsOf(second, prefix)]);
        }

        private static IEnumerable<(string Name, float[] Values)> PartsOf(DecoderRow row, string prefix) =>
            Enumerable.Range(0, row.Count).Select(part => (prefix + row.NameOf(part), row.ValuesOf(part).ToArray()));
    }
}
