using Recurrent.Randomness;

namespace Recurrent.Models;

/// <summary>Builds language models of every kind. A new kind is added here and nowhere else.</summary>
public static class LanguageModel
{
    private static readonly ModelKind[] s_kinds =
    [
        new(
            RnnFromScratch.Kind,
            Create: (configuration, random) => new RnnFromScratch(configuration, random),
            Restore: RnnFromScratch.Restore,
            Shapes: RnnFromScratch.ParameterShapes,
            IsWhole: model => model is RnnFromScratch { IsWhole: true }
        ),
        .. RecurrentKind.All.Select(kind => new ModelKind(
            kind.Name,
            RecurrentLanguageModel.Create,
            RecurrentLanguageModel.Restore,
            RecurrentLanguageModel.ParameterShapes,
            model => model is RecurrentLanguageModel
        )),
    ];

    /// <summary>The names of the kinds: rnn-scratch, rnn, gru and lstm.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [.. s_kinds.Select(kind => kind.Name)];

    /// <summary>Builds a model that has yet to be trained.</summary>
    /// <param name="configuration">Its kind and sizes.</param>
    /// <param name="random">Where its initial parameters are drawn from.</param>
    /// <exception cref="ArgumentException">
    /// There is no such kind, it does not take these options, or a parameter would have more values than a tensor can.
    /// </exception>
    public static ILanguageModel Create(ModelConfiguration configuration, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var kind =
            Find(configuration.Kind)
            ?? throw new ArgumentException(
                $"There is no kind of model \"{configuration.Kind}\"; choose {string.Join(", ", Kinds)}.",
                nameof(configuration)
            );
        _ = kind.ShapesOf(configuration); // before anything is allocated
        return kind.Create(configuration, random);
    }

    /// <summary>A model of plain recurrent layers (tanh), yet to be trained.</summary>
    /// <param name="vocabularySize">Vocabulary entries V.</param>
    /// <param name="hiddenSize">Hidden units H of a layer, 1 to 16,384.</param>
    /// <param name="layers">Layers one upon another, 1 to 64.</param>
    /// <param name="bidirectional">Whether each layer reads from both ends; see <see cref="ModelConfiguration.Bidirectional"/>.</param>
    /// <param name="embeddingSize">Length of a learned embedding, to 32,768; 0 for one-hot input.</param>
    /// <param name="dropout">Probability to drop a value between layers and before the output; 0 or more, below 1.</param>
    /// <param name="seed">Seed of the initial parameters.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static RecurrentLanguageModel Rnn(
        int vocabularySize,
        int hiddenSize = 256,
        int layers = 1,
        bool bidirectional = false,
        int embeddingSize = 0,
        double dropout = 0,
        ulong seed = 1
    ) =>
        Recurrent(
            RecurrentKind.Rnn,
            vocabularySize,
            hiddenSize,
            layers,
            bidirectional,
            embeddingSize,
            dropout,
            seed
        );

    /// <summary>A model of gated recurrent units, yet to be trained.</summary>
    /// <param name="vocabularySize">Vocabulary entries V.</param>
    /// <param name="hiddenSize">Hidden units H of a layer, 1 to 16,384.</param>
    /// <param name="layers">Layers one upon another, 1 to 64.</param>
    /// <param name="bidirectional">Whether each layer reads from both ends; see <see cref="ModelConfiguration.Bidirectional"/>.</param>
    /// <param name="embeddingSize">Length of a learned embedding, to 32,768; 0 for one-hot input.</param>
    /// <param name="dropout">Probability to drop a value between layers and before the output; 0 or more, below 1.</param>
    /// <param name="seed">Seed of the initial parameters.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static RecurrentLanguageModel Gru(
        int vocabularySize,
        int hiddenSize = 256,
        int layers = 1,
        bool bidirectional = false,
        int embeddingSize = 0,
        double dropout = 0,
        ulong seed = 1
    ) =>
        Recurrent(
            RecurrentKind.Gru,
            vocabularySize,
            hiddenSize,
            layers,
            bidirectional,
            embeddingSize,
            dropout,
            seed
        );

    /// <summary>A model of long short-term memory, yet to be trained.</summary>
    /// <param name="vocabularySize">Vocabulary entries V.</param>
    /// <param name="hiddenSize">Hidden units H of a layer, 1 to 16,384.</param>
    /// <param name="layers">Layers one upon another, 1 to 64.</param>
    /// <param name="bidirectional">Whether each layer reads from both ends; see <see cref="ModelConfiguration.Bidirectional"/>.</param>
    /// <param name="embeddingSize">Length of a learned embedding, to 32,768; 0 for one-hot input.</param>
    /// <param name="dropout">Probability to drop a value between layers and before the output; 0 or more, below 1.</param>
    /// <param name="seed">Seed of the initial parameters.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static RecurrentLanguageModel Lstm(
        int vocabularySize,
        int hiddenSize = 256,
        int layers = 1,
        bool bidirectional = false,
        int embeddingSize = 0,
        double dropout = 0,
        ulong seed = 1
    ) =>
        Recurrent(
            RecurrentKind.Lstm,
            vocabularySize,
            hiddenSize,
            layers,
            bidirectional,
            embeddingSize,
            dropout,
            seed
        );

    /// <summary>The kind of that name, or null.</summary>
    internal static ModelKind? Find(string name) => Array.Find(s_kinds, kind => kind.Name == name);

    private static RecurrentLanguageModel Recurrent(
        string kind,
        int vocabularySize,
        int hiddenSize,
        int layers,
        bool bidirectional,
        int embeddingSize,
        double dropout,
        ulong seed
    ) =>
        (RecurrentLanguageModel)Create(
            new ModelConfiguration
            {
                Kind = kind,
                VocabularySize = vocabularySize,
                HiddenSize = hiddenSize,
                Layers = layers,
                Bidirectional = bidirectional,
                EmbeddingSize = embeddingSize,
                Dropout = dropout,
            },
            RandomStreams.Parameters(seed)
        );
}
