using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Throughput;
using Recurrent.Training;

namespace Recurrent.Gpu;

/// <summary>A model of some size and its training on random text.</summary>
internal sealed record Load(string Name, ModelConfiguration Model, TrainerOptions Options)
{
    private const int Hidden = 37; // of the small ones: odd, as the other sizes
    private const int Letters = 29;

    /// <summary>The rows of the table.</summary>
    public static IReadOnlyList<Load> Rows { get; } =
    [
        Row("rnn-256", "rnn", hidden: 256, batch: 32, steps: 35, vocabulary: 28),
        Row("gru-256", "gru", hidden: 256, batch: 32, steps: 35, vocabulary: 28),
        Row("lstm-256", "lstm", hidden: 256, batch: 32, steps: 35, vocabulary: 28),
        Row("gru-1024", "gru", hidden: 1024, batch: 128, steps: 128, vocabulary: 96),
        Row("lstm-1024", "lstm", hidden: 1024, batch: 256, steps: 128, vocabulary: 96),
    ];

    /// <summary>Small trainings, with every cell, every optimizer and every other part of a step.</summary>
    public static IReadOnlyList<Load> Small { get; } =
    [
        Tiny("scratch", new() { Kind = "rnn-scratch", VocabularySize = Letters }),
        Tiny("rnn", new() { Kind = "rnn", VocabularySize = Letters }),
        Tiny("rnn-relu", new() { Kind = "rnn-relu", VocabularySize = Letters }),
        Tiny(
            "gru",
            new()
            {
                Kind = "gru",
                VocabularySize = Letters,
                Layers = 2,
                Dropout = 0.3,
            }
        ),
        Tiny("gru-reset-before", new() { Kind = "gru-reset-before", VocabularySize = Letters }),
        Tiny(
            "lstm",
            new()
            {
                Kind = "lstm",
                VocabularySize = Letters,
                Layers = 2,
            }
        ),
        Tiny(
            "bidirectional",
            new()
            {
                Kind = "lstm",
                VocabularySize = Letters,
                Layers = 2,
                Bidirectional = true,
            }
        ),
        Tiny(
            "tied",
            new()
            {
                Kind = "lstm",
                VocabularySize = Letters,
                EmbeddingSize = Hidden,
                TiedWeights = true,
            }
        ),
        Tiny(
            "mingru",
            new()
            {
                Kind = "mingru",
                VocabularySize = Letters,
                EmbeddingSize = 24,
            }
        ),
        Tiny(
            "minlstm",
            new()
            {
                Kind = "minlstm",
                VocabularySize = Letters,
                Layers = 2,
            }
        ),
        Tiny("momentum", Rnn, new() { Momentum = 0.9, WeightDecay = 0.01 }),
        Tiny("rmsprop", Rnn, new() { Optimizer = OptimizerKind.RmsProp, LearningRate = 0.01 }),
        Tiny("adam", Rnn, new() { Optimizer = OptimizerKind.Adam, LearningRate = 0.01 }),
        Tiny(
            "adamw",
            Rnn,
            new()
            {
                Optimizer = OptimizerKind.AdamW,
                LearningRate = 0.01,
                WeightDecay = 0.1,
            }
        ),
        Tiny("clip-value", Rnn, new() { ClipValue = 0.001, ClipNorm = 0.01 }),
        Tiny("validation", Rnn, new() { Validation = 0.3 }),
        Tiny("vocabulary-1501", new() { Kind = "gru", VocabularySize = 1501 }),
        Tiny(
            "hidden-131",
            new()
            {
                Kind = "gru",
                VocabularySize = Letters,
                Layers = 2,
            },
            hidden: 131
        ),
        Tiny("hidden-256", new() { Kind = "lstm", VocabularySize = Letters }, hidden: 256),
    ];

    /// <summary>Those of some names; all where none is given.</summary>
    public static IEnumerable<Load> Of(IReadOnlyList<Load> loads, string[] names) =>
        names.Length == 0 ? loads
        : names.Except(loads.Select(load => load.Name)).FirstOrDefault() is { } unknown
            ? throw new ArgumentException(
                $"There is no {unknown}; there are {string.Join(", ", loads.Select(load => load.Name))}."
            )
        : loads.Where(load => names.Contains(load.Name));

    /// <summary>Makes the model and what trains it, for epochs of some minibatches.</summary>
    public (ILanguageModel Model, Trainer Trainer) On(Device device, int minibatches, int epochs)
    {
        var (batch, steps) = (Options.BatchSize, Options.Steps);
        var length = ((batch * steps * minibatches) + steps + batch) / (1 - Options.Validation);
        var corpus = RandomText.Corpus(Model.VocabularySize, (int)Math.Ceiling(length));
        var model = LanguageModel.Create(Model, RandomStream.Parameters(seed: 1), device);
        return (model, new Trainer(model, corpus.Tokens, Options with { Epochs = epochs }));
    }

    private static ModelConfiguration Rnn => new() { Kind = "rnn", VocabularySize = Letters };

    private static Load Row(string name, string kind, int hidden, int batch, int steps, int vocabulary) =>
        new(
            name,
            new()
            {
                Kind = kind,
                VocabularySize = vocabulary,
                HiddenSize = hidden,
            },
            new() { BatchSize = batch, Steps = steps }
        );

    private static Load Tiny(
        string name,
        ModelConfiguration model,
        TrainerOptions? options = null,
        int hidden = Hidden
    ) => new(name, model with { HiddenSize = hidden }, (options ?? new()) with { BatchSize = 5, Steps = 7 });
}
