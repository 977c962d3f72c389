using Recurrent.Formats;
using Recurrent.Kernels.Portable;
using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Ranges;
using Recurrent.Tensors;
using Recurrent.Text;

namespace Recurrent.Training;

/// <summary>A model and the settings of its training that go together.</summary>
/// <param name="Model">The model's kind and sizes.</param>
/// <param name="Trainer">The settings.</param>
/// <example>
/// <code>
/// var plan = TrainingPlan.For(corpus.Sequence.Length, corpus.Vocabulary.Count);
/// plan = plan with { Model = plan.Model with { HiddenSize = 512 }, Trainer = plan.Trainer with { Seed = 7 } };
/// </code>
/// </example>
public sealed record TrainingPlan(ModelConfiguration Model, TrainerOptions Trainer)
{
    private const double UsualTokens = 10e6; // to see over all epochs, where no time is set
    private const long LongText = 20_000_000; // tokens
    private const int MostEpochs = 30; // of a short text, which more would only memorise
    private const double TokensPerWeight = 4; // recurrent weights that see less of the text do better if they are fewer
    private const double LeastTokens = 3e6; // for a large model to be better than a small one
    private const double EnoughReadings = 10; // of the text; more time serves a larger model better than more readings
    private const double EnoughTokens = 1e6; // of a short text, whose minibatches are few
    private const double MostWeightsPerToken = 20; // of the text; more recurrent weights memorise it before they learn
    private const double LeastValidationTokens = 1000;
    private const double MostValidationTokens = 500_000;
    private const double MostValidationShare = 0.15; // of the tokens seen, which is 5% of the time
    private const long MostLogits = 1 << 25; // of a minibatch, which take 128 MiB
    private const double SoftmaxUnits = 64;
    private const int Gates = 3;
    private const int LeastBatch = 4;
    private const int MostBatch = 32;
    private const int FewThreads = 2; // which half of the rows keep busy
    private const int LargeHidden = 384; // of a run long enough for rows of more steps to do better than more updates
    private const int LeastRow = 512; // tokens
    private const int MostWarmup = 50; // minibatches
    private const double MostDropout = 0.5;

    /// <summary>The largest accepted <see cref="Networks"/>.</summary>
    public const int MaxNetworks = 8;

    internal static readonly Bounds<int> NetworkCounts = Ranges.Within.From(1, MaxNetworks);

    private static readonly int[] s_hiddenSizes = [64, 96, 128, 192, 256, 384, 512, 768, 1024];

    /// <summary>
    /// The settings of chapter 8 of <em>Dive into Deep Learning</em>: its network from scratch with 512 hidden units,
    /// stochastic gradient descent with a learning rate of 1, 500 epochs.
    /// </summary>
    /// <param name="vocabularySize">Vocabulary entries V.</param>
    public static TrainingPlan Book(int vocabularySize) =>
        new(new ModelConfiguration { VocabularySize = vocabularySize }, new TrainerOptions());

    /// <summary>
    /// A plan that suits a text: the shorter it is, the more epochs and the more dropout; a long one has a larger
    /// model. The last tenth, or less of a long text, is the validation text. The same for the same text on every
    /// machine.
    /// </summary>
    /// <param name="tokens">Tokens of the whole text.</param>
    /// <param name="vocabularySize">Vocabulary entries V.</param>
    public static TrainingPlan For(long tokens, int vocabularySize) =>
        Create(tokens, vocabularySize, tokens < LongText ? 256 : 512, UsualTokens);

    /// <summary>
    /// The best that a machine is expected to make of a text within a time: as <see cref="For"/>, with as many epochs
    /// as there is time for and a model of a size that has time to learn. Where there is time for the plan of
    /// <see cref="For"/>, the model is larger than that one's only if the text is long enough for it.
    /// </summary>
    /// <param name="budget">The time, above 0.</param>
    /// <param name="tokens">Tokens of the whole text.</param>
    /// <param name="vocabularySize">Vocabulary entries V.</param>
    /// <param name="device">The device that is to train it.</param>
    /// <param name="networks">
    /// The networks that share the time, 1 to 8; one by default, which does as well as two where counts help it.
    /// </param>
    /// <example>
    /// <code>
    /// var plan = TrainingPlan.Within(
    ///     TimeSpan.FromMinutes(3), corpus.Sequence.Length, corpus.Vocabulary.Count, Device.Default
    /// );
    /// </code>
    /// </example>
    public static TrainingPlan Within(TimeSpan budget, long tokens, int vocabularySize, Device device, int networks = 1)
    {
        ArgumentNullException.ThrowIfNull(device);
        var work = device.WorkPerSecond * budget.TotalSeconds;
        work /= NetworkCounts.Require(nameof(networks), networks);
        var usual = For(tokens, vocabularySize).Model.HiddenSize;
        var enough = Math.Min(Math.Max(EnoughReadings * tokens, EnoughTokens), (double)MostEpochs * tokens);
        var hidden = s_hiddenSizes.LastOrDefault(
            size =>
                (size <= usual || Weights(size) <= MostWeightsPerToken * tokens)
                && Seen(size) >= Math.Min(Math.Max(TokensPerWeight * Weights(size), LeastTokens), enough),
            s_hiddenSizes[0]
        );
        var seen = Seen(hidden);
        var plan = Create(tokens, vocabularySize, hidden, seen);
        var trainer = plan.Trainer;
        if (device is CpuDevice { Threads: <= FewThreads } && trainer.BatchSize == MostBatch)
        {
            // A short run does better with twice the minibatches, a longer one with rows of twice the steps.
            var steps = hidden < LargeHidden ? trainer.Steps : 2 * trainer.Steps;
            trainer = trainer with { BatchSize = MostBatch / 2, Steps = steps };
        }
        // A large output layer leaves room for fewer rows, and time for less validation.
        var rows = (int)Math.Clamp(MostLogits / ((long)vocabularySize * trainer.Steps), 1, trainer.BatchSize);
        var validation = Math.Min(trainer.Validation, Math.Round(MostValidationShare * seen / Math.Max(tokens, 1), 4));
        return plan with
        {
            Trainer = trainer with
            {
                BatchSize = rows,
                Validation = validation * tokens < 2 ? 0 : validation,
                Budget = budget,
                Epochs = MostEpochs,
            },
            Networks = networks,
        };

        // The softmax of an output takes about as long as so many more hidden units.
        double Seen(int size) => work / (6.0 * (Weights(size) + ((size + SoftmaxUnits) * vocabularySize)));
    }

    private static double Weights(int hidden) => Gates * hidden * hidden; // recurrent ones

    /// <summary>
    /// The model whose weights the training begins with; null, the default, for weights that are drawn. Where the
    /// plan's vocabulary is larger, its new entries have drawn weights, and the old ones keep theirs.
    /// </summary>
    public TrainedModel? From { get; init; }

    /// <summary>
    /// A checkpoint of the run that <see cref="From"/> comes from: the optimiser then goes on with what it remembered
    /// there; null, the default, to begin with no memory.
    /// </summary>
    public string? FromCheckpoint { get; init; }

    /// <summary>
    /// The networks of this size that are trained one after another, each from a seed of its own and in its share of
    /// the time, 1 to 8; 1 by default. The trained model is their geometric mean
    /// (<see cref="MixedModel.Mean"/>). The first is that of a run of one network with the same seed, and the k-th that
    /// of one with the seed plus 1,000·(k − 1).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of range.</exception>
    public int Networks
    {
        get;
        init => field = NetworkCounts.Require(nameof(Networks), value);
    } = 1;

    /// <summary>
    /// The kinds that networks after the first have, by turns with that of <see cref="Model"/>; none, the default,
    /// where all are of that one. The network from scratch is of no use beside others, because it lacks their options.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such kind of network.</exception>
    public IReadOnlyList<string> FurtherKinds
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value.FirstOrDefault(kind => !ModelSettings.Combined.Contains(kind)) is { } other
                ? throw new ArgumentException(
                    $"Networks of the kind \"{other}\" do not train beside others; choose from "
                        + $"{string.Join(", ", ModelSettings.Combined)}.",
                    nameof(value)
                )
                : value;
        }
    } = [];

    /// <summary>
    /// Whether the n-grams of the text that is trained on are counted and mixed with the network; never by default, and
    /// where they help in a plan that suits a text.
    /// </summary>
    public CountsUse Counts { get; init; }

    /// <summary>
    /// The weight of the counts beside the network, 0.01 to 0.99; 0.5 by default. The network's is the rest of 1
    /// (<see cref="MixedModel.Weight"/>).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The weight is out of range.</exception>
    public double CountsWeight
    {
        get;
        init => field = CountsSettings.Weights.Require(nameof(CountsWeight), value);
    } = 1 - MixedModel.DefaultWeight;

    /// <summary>This plan for a model to go on from: with its kind and sizes, and the vocabulary of the text.</summary>
    /// <param name="trained">The model; it stays as it is.</param>
    /// <param name="checkpoint">A checkpoint of its run, for the optimiser's memory; null for none.</param>
    /// <example>
    /// <code>
    /// var trained = TrainedModel.Load("story.safetensors");
    /// var corpus = Corpus.FromFile("my.txt").ForModel(trained.Codec);
    /// var plan = TrainingPlan.For(corpus.Sequence.Length, corpus.Vocabulary.Count).GoingOnFrom(trained);
    /// var session = new TrainingSession(corpus, plan);
    /// </code>
    /// </example>
    public TrainingPlan GoingOnFrom(TrainedModel trained, string? checkpoint = null)
    {
        ArgumentNullException.ThrowIfNull(trained);
        if (trained.Networks.Count > 1)
        {
            throw new ArgumentException(
                $"The model has {trained.Networks.Count} networks, and a training goes on from one; give one of its "
                    + "Networks, in a TrainedModel of its own.",
                nameof(trained)
            );
        }
        return this with
        {
            Networks = 1,
            FurtherKinds = [],
            Model = trained.Network.Configuration with { VocabularySize = Model.VocabularySize },
            From = trained,
            FromCheckpoint = checkpoint,
        };
    }

    /// <summary>The kind and sizes of one of the networks.</summary>
    /// <param name="network">Its number, from 1.</param>
    internal ModelConfiguration ModelOf(int network) =>
        (network - 1) % (FurtherKinds.Count + 1) is > 0 and var turn
            ? Model with
            {
                Kind = FurtherKinds[turn - 1],
            }
            : Model;

    /// <summary>
    /// This plan with the letters of a text, where the model has context features and takes them from it; and with
    /// those of new entries of the vocabulary, where it goes on from a model.
    /// </summary>
    internal TrainingPlan WithLettersOf(Vocabulary vocabulary)
    {
        if (Model.Features is not { } features)
        {
            return this;
        }
        var letters = features.Letters ?? vocabulary.Letters;
        if (From is { } from && features.HasWords)
        {
            letters =
            [
                .. letters,
                .. Enumerable
                    .Range(0, vocabulary.Count)
                    .Skip(from.Codec.Vocabulary.Count)
                    .Where(index => WordLetters.IsLetter(vocabulary[index])),
            ];
        }
        return this with { Model = Model with { Features = features with { Letters = letters } } };
    }

    /// <summary>Makes sure that the training is not certain to need more memory than there is.</summary>
    /// <exception cref="ArgumentException">It is.</exception>
    internal void RequireMemory()
    {
        var (there, gigabyte) = (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, 1e9);
        if (LeastBytes > there)
        {
            throw new ArgumentException(
                $"The training would need {LeastBytes / gigabyte:#,0.0} GB of memory or more and there are "
                    + $"{there / gigabyte:#,0.0} GB; choose a smaller hidden size, fewer layers, a smaller batch or "
                    + "fewer steps."
            );
        }
    }

    /// <summary>
    /// Bytes that a training takes about, whatever the batch: the weights with their moments and those to go back to,
    /// the gradients, the best weights, and what the device and the samples make of the weights.
    /// </summary>
    /// <param name="weights">The number of weights.</param>
    internal double BytesOfWeights(long weights)
    {
        var furtherCopies = 3 + Networks - 1; // of the others the weights alone
        var moments = Trainer.CreateOptimizer([]).MomentNames.Count;
        var best = Trainer.Validation > 0 ? 1 : 0;
        // With local steps each shard has its own, and the model an outer momentum; all may be on one rank.
        var copies = Trainer.LocalSteps is null ? 2 * (1 + moments) : 4 + (Trainer.Shards * (1.0 + (2 * moments)));
        return (double)weights * sizeof(float) * (copies + 1 + best + furtherCopies);
    }

    /// <summary>
    /// Bytes that a row of the batch takes about: what the layers and the softmax keep of it for the way back.
    /// </summary>
    internal double BytesOfRow
    {
        get
        {
            const int valuesOfUnit = 10; // of a cell with gates, with their gradients
            var units = (double)Model.HiddenSize * Model.Layers * (Model.Bidirectional ? 2 : 1);
            var values = (valuesOfUnit * units) + Model.EmbeddingSize + (2.0 * Model.VocabularySize);
            return values * sizeof(float) * Trainer.Steps;
        }
    }

    /// <summary>
    /// Bytes that a training takes at least: the weights, their gradients and moments, those that it would go back to
    /// and the best, and the states and logits of a minibatch with their gradients; 0 for a model of the caller's own.
    /// </summary>
    private double LeastBytes
    {
        get
        {
            var shapes = LanguageModel.Find(Model.Kind)?.ShapesOf(Model) ?? [];
            var weights = shapes.Sum(parameter => (double)parameter.Shape.Count);
            var moments = Trainer.Optimizer is OptimizerKind.Sgd or OptimizerKind.RmsProp ? 0 : 2;
            var copies = 3 + (2 * moments) + (Trainer.Validation > 0 ? 1 : 0) + (Trainer.AveragedEpochs ?? 0);
            copies += Trainer.LocalSteps is null ? 0 : 3; // for one worker
            var states = (double)Model.HiddenSize * Model.Layers * (Model.Bidirectional ? 2 : 1);
            var values = (double)Trainer.BatchSize * Trainer.Steps * 2 * (states + Model.VocabularySize);
            return shapes.Count == 0 ? 0 : sizeof(float) * ((copies * weights) + values);
        }
    }

    private static TrainingPlan Create(long tokens, int vocabularySize, int hidden, double seen)
    {
        var readings = seen / Math.Max(tokens, 1); // of the text
        var epochs = (int)Math.Clamp(Math.Ceiling(readings), 1, MostEpochs);
        // The more weights there are for its tokens, and the more often they see it, the sooner a text is memorised.
        // The dropout is fitted to what did best on validation texts: about 0.1 where this is 3, about 0.5 where it
        // is 40.
        var overfitting = Math.Min(readings, epochs) * Gates * hidden * hidden / Math.Max(tokens, 1);
        var dropout = Math.Clamp((0.155 * PortableMath.Log(overfitting)) - 0.08, 0, MostDropout);
        // A short text has fewer rows, so that an epoch is still some minibatches; the shortest has shorter ones, so
        // that it is one.
        var batch = (int)Math.Clamp(tokens / LeastRow, Math.Clamp(tokens - 1, 1, LeastBatch), MostBatch);
        var steps = (int)Math.Clamp(tokens / (batch + 1), 1, TrainingSettings.Steps.Default);
        var minibatches = Math.Min(readings, epochs) * tokens / ((double)batch * steps);
        var plan = Usual(vocabularySize);
        return plan with
        {
            Model = plan.Model with { HiddenSize = hidden, Dropout = Math.Round(dropout, 2) },
            Trainer = plan.Trainer with
            {
                BatchSize = batch,
                Steps = steps,
                Epochs = epochs,
                WarmupUpdates = (int)Math.Min(MostWarmup, minibatches / 10),
                Validation = ValidationOf(tokens),
            },
        };
    }

    /// <summary>The settings of every plan that do not depend on the text: the defaults of the rows.</summary>
    private static TrainingPlan Usual(int vocabularySize) =>
        TrainingSettings.All.Aggregate(Book(vocabularySize), (plan, row) => row.WithDefault(plan));

    private static double ValidationOf(long tokens) =>
        tokens * 0.1 < LeastValidationTokens ? 0 : Math.Min(0.1, MostValidationTokens / tokens);
}

/// <summary>Whether n-grams are counted beside a network, to predict together with it.</summary>
public enum CountsUse
{
    /// <summary>They are not.</summary>
    Never,

    /// <summary>They are where they lower the loss of the validation text, and not without one.</summary>
    WhereTheyHelp,

    /// <summary>They are, whatever the validation text says.</summary>
    Always,
}
