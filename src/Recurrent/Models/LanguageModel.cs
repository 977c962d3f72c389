using Recurrent.Kernels.Cells;
using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Models;

/// <summary>
/// Builds language models of every kind: the network from scratch, and recurrent layers of each cell.
/// </summary>
public static class LanguageModel
{
    private static readonly ModelKind[] s_kinds =
    [
        new(
            RnnFromScratch.Kind,
            Create: (configuration, random, device) => new RnnFromScratch(configuration, random, device: device),
            Restore: RnnFromScratch.Restore,
            Shapes: RnnFromScratch.ParameterShapes,
            CanRestore: model => model is RnnFromScratch { IsStandard: true }
        ),
        .. Cell.All.Select(cell => new ModelKind(
            cell.Name,
            RecurrentLanguageModel.Create,
            RecurrentLanguageModel.Restore,
            RecurrentLanguageModel.ParameterShapes,
            model => model is RecurrentLanguageModel
        )),
    ];

    /// <summary>
    /// The names of the kinds: rnn-scratch, rnn, rnn-relu, gru, gru-reset-before, lstm, mingru and minlstm.
    /// </summary>
    public static IReadOnlyList<string> Kinds { get; } = [.. s_kinds.Select(kind => kind.Name)];

    /// <summary>Builds a model that has yet to be trained.</summary>
    /// <param name="configuration">Its kind and sizes.</param>
    /// <param name="random">Where its initial parameters are drawn from.</param>
    /// <param name="device">Where its parameters are and it is computed; null for the default device.</param>
    /// <exception cref="ArgumentException">
    /// There is no such kind, it does not take these options, or a parameter would have more values than a tensor can.
    /// </exception>
    /// <example>
    /// <code>
    /// var model = LanguageModel.Create(
    ///     new() { Kind = "lstm", VocabularySize = 28, HiddenSize = 512, Layers = 2, Dropout = 0.2 },
    ///     RandomStream.Parameters(seed: 1)
    /// );
    /// </code>
    /// </example>
    public static ILanguageModel Create(ModelConfiguration configuration, RandomStream random, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var kind =
            Find(configuration.Kind)
            ?? throw new ArgumentException(
                $"There is no kind of model \"{configuration.Kind}\"; choose {string.Join(", ", Kinds)}.",
                nameof(configuration)
            );
        _ = kind.ShapesOf(configuration); // before anything is allocated
        return kind.Create(configuration, random, device ?? Device.Default);
    }

    /// <summary>Builds a model that has yet to be trained.</summary>
    /// <param name="kind">
    /// The kind by name: rnn-scratch, rnn, rnn-relu, gru, gru-reset-before, lstm, mingru or minlstm.
    /// </param>
    /// <param name="vocabularySize">Vocabulary entries V.</param>
    /// <param name="hiddenSize">Hidden units H of a layer, 1 to 16,384.</param>
    /// <param name="seed">Seed of the initial parameters.</param>
    /// <param name="device">Where its parameters are and it is computed; null for the default device.</param>
    /// <exception cref="ArgumentException">There is no such kind, or a value is out of its range.</exception>
    /// <remarks>A <see cref="ModelConfiguration"/> has the other options: layers, an embedding, dropout.</remarks>
    /// <example>
    /// <code>
    /// var model = LanguageModel.Create("gru", vocabularySize: 28);
    /// </code>
    /// </example>
    public static ILanguageModel Create(
        string kind,
        int vocabularySize,
        int hiddenSize = 256,
        long seed = 1,
        Device? device = null
    ) =>
        Create(
            new ModelConfiguration
            {
                Kind = kind,
                VocabularySize = vocabularySize,
                HiddenSize = hiddenSize,
            },
            RandomStream.Parameters(seed),
            device
        );

    /// <summary>Computes the loss of a minibatch, and leaves its gradient with the parameters.</summary>
    /// <param name="model">The model.</param>
    /// <param name="x">Tokens (steps, batch).</param>
    /// <param name="y">The tokens that follow them (steps, batch).</param>
    /// <param name="state">The state before the minibatch.</param>
    /// <param name="dropout">Where dropout draws its masks; null for none.</param>
    /// <param name="of">Tokens that the loss is the mean over, if these are a part of them; null for these.</param>
    /// <returns>The mean cross-entropy (1), and the state after the minibatch.</returns>
    internal static (Tensor Loss, ModelState State) Differentiate(
        ILanguageModel model,
        Indices x,
        Indices y,
        ModelState state,
        RandomStream? dropout = null,
        int? of = null
    )
    {
        var (logits, next) = model.Forward(x, state, dropout);
        var loss = Tensor.SoftmaxCrossEntropy(logits, y, of);
        ClearGradients(model);
        loss.Backward();
        return (loss, next);
    }

    /// <summary>Forgets the gradients of all parameters.</summary>
    internal static void ClearGradients(ILanguageModel model)
    {
        for (var i = 0; i < model.Parameters.Count; i++) // an enumerator would be allocated
        {
            model.Parameters[i].Value.ClearGradient();
        }
    }

    /// <summary>A model that computes the same, which no training changes; one of the user's own as it is.</summary>
    internal static ILanguageModel CopyOf(ILanguageModel model) =>
        model is MixedModel mixed ? new MixedModel(CopyOf(mixed.First), CopyOf(mixed.Second), mixed.Weight)
        : Find(model.Configuration.Kind) is { } kind && kind.CanRestore(model)
            ? kind.Restore(model.Configuration, Parameter.CopiesOf(model.Parameters))
        : model;

    /// <summary>The kind of that name, or null.</summary>
    internal static ModelKind? Find(string name) => Array.Find(s_kinds, kind => kind.Name == name);
}
