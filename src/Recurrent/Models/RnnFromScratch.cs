using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Models;

/// <summary>
/// A recurrent network written with tensor operators only, as in <em>Dive into Deep Learning</em>, "Implementation of
/// recurrent neural networks from scratch": five parameters, one-hot input and a loop over time.
/// H ← tanh(X·W_xh + H·W_hh + b_h), Y = H·W_hq + b_q.
/// </summary>
/// <example>
/// <code>
/// var model = new RnnFromScratch(
///     new() { VocabularySize = 28, HiddenSize = 512 },
///     RandomStream.Parameters(seed: 1),
///     initialState: (batch, hidden) =&gt; new ModelState(Tensor.Zeros(batch, hidden)) // of your own
/// );
/// </code>
/// </example>
public sealed class RnnFromScratch : ILanguageModel
{
    /// <summary>The model's name in options and files.</summary>
    public const string Kind = "rnn-scratch";

    private readonly Tensor[] _parameters;
    private readonly Func<int, int, ModelState>? _initialState; // null for zeros
    private readonly Func<Tensor, ModelState, IReadOnlyList<Tensor>, (Tensor Y, ModelState State)> _step;

    /// <summary>Builds the book's network, or one with the caller's own parameters, state or step.</summary>
    /// <param name="configuration">Sizes of the vocabulary and of the hidden state.</param>
    /// <param name="random">Where the initial parameters are drawn from.</param>
    /// <param name="parameters">
    /// Makes the parameters, given the sizes of the vocabulary and of the hidden state and where to draw from; null for
    /// <see cref="NormalParameters"/>.
    /// </param>
    /// <param name="initialState">
    /// Makes the state before any text, given the rows that are read side by side and the hidden size; null for
    /// <see cref="ZeroState"/>.
    /// </param>
    /// <param name="step">
    /// One step in time: given the one-hot tokens (batch, vocabulary), the state before it and the parameters in the
    /// order in which they were made, the logits (batch, vocabulary) and the state after it; null for
    /// <see cref="Step"/>.
    /// </param>
    /// <param name="device">
    /// Where the book's parameters are made; null for the default device. The caller's own may be on any.
    /// </param>
    /// <exception cref="ArgumentException">The configuration asks for more than this network has.</exception>
    public RnnFromScratch(
        ModelConfiguration configuration,
        RandomStream random,
        Func<int, int, RandomStream, IReadOnlyList<Parameter>>? parameters = null,
        Func<int, int, ModelState>? initialState = null,
        Func<Tensor, ModelState, IReadOnlyList<Tensor>, (Tensor Y, ModelState State)>? step = null,
        Device? device = null
    )
    {
        ArgumentNullException.ThrowIfNull(configuration);
        configuration.RequirePlain();
        Configuration = configuration;
        var (vocabularySize, hiddenSize) = (configuration.VocabularySize, configuration.HiddenSize);
        Parameters = parameters is null
            ? NormalOn(device ?? Device.Default, vocabularySize, hiddenSize, random)
            : parameters(vocabularySize, hiddenSize, random);
        _parameters = [.. Parameters.Select(parameter => parameter.Value.RequireGradient())];
        _initialState = initialState;
        _step = step ?? Step;
    }

    /// <inheritdoc/>
    public ModelConfiguration Configuration { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Whether nothing is of the caller's own but the values of the parameters.</summary>
    internal bool IsStandard => (_initialState is null || _initialState == ZeroState) && _step == Step;

    /// <summary>W_xh, W_hh and W_hq drawn from N(0, 0.01²); b_h and b_q zero.</summary>
    /// <param name="vocabularySize">Number of vocabulary entries.</param>
    /// <param name="hiddenSize">Number of hidden units.</param>
    /// <param name="random">Where to draw them from.</param>
    public static IReadOnlyList<Parameter> NormalParameters(int vocabularySize, int hiddenSize, RandomStream random) =>
        NormalOn(Device.Default, vocabularySize, hiddenSize, random);

    /// <summary>The shapes of <see cref="NormalParameters"/>.</summary>
    internal static IReadOnlyList<ParameterShape> ParameterShapes(ModelConfiguration configuration)
    {
        configuration.RequirePlain();
        var (vocabularySize, hiddenSize) = (configuration.VocabularySize, configuration.HiddenSize);
        return
        [
            new("W_xh", new Shape(vocabularySize, hiddenSize)),
            new("W_hh", new Shape(hiddenSize, hiddenSize)),
            new("b_h", new Shape(hiddenSize)),
            new("W_hq", new Shape(hiddenSize, vocabularySize)),
            new("b_q", new Shape(vocabularySize)),
        ];
    }

    /// <summary>The network of parameters that it once had.</summary>
    internal static ILanguageModel Restore(ModelConfiguration configuration, IReadOnlyList<Parameter> parameters) =>
        new RnnFromScratch(configuration, random: default, (_, _, _) => parameters);

    /// <summary>H (batch, hidden) of zeros.</summary>
    /// <param name="batch">Rows that are read side by side.</param>
    /// <param name="hiddenSize">Number of hidden units.</param>
    public static ModelState ZeroState(int batch, int hiddenSize) => new(Tensor.Zeros(batch, hiddenSize));

    /// <summary>H ← tanh(X·W_xh + H·W_hh + b_h), Y = H·W_hq + b_q.</summary>
    /// <param name="x">One-hot tokens (batch, vocabulary).</param>
    /// <param name="state">H (batch, hidden).</param>
    /// <param name="parameters">W_xh, W_hh, b_h, W_hq and b_q.</param>
    /// <returns>Y (batch, vocabulary) and the next H.</returns>
    public static (Tensor Y, ModelState State) Step(Tensor x, ModelState state, IReadOnlyList<Tensor> parameters)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(parameters);
        var (W_xh, W_hh, b_h, W_hq, b_q) = (parameters[0], parameters[1], parameters[2], parameters[3], parameters[4]);
        var H = Tensor.Tanh(Tensor.MatMul(x, W_xh) + Tensor.MatMul(state.Parts[0], W_hh) + b_h);
        var Y = Tensor.MatMul(H, W_hq) + b_q;
        return (Y, new ModelState(H));
    }

    /// <inheritdoc/>
    public ModelState InitialState(int batch) =>
        _initialState is null
            ? new(Tensor.Zeros(Parameters[0].Value.Device, batch, Configuration.HiddenSize))
            : _initialState(batch, Configuration.HiddenSize);

    /// <inheritdoc/>
    public (Tensor Logits, ModelState State) Forward(Indices tokens, ModelState state, RandomStream? dropout = null)
    {
        var inputs = Tensor.OneHot(tokens, Configuration.VocabularySize); // (T, B, V)
        var outputs = new Tensor[inputs.Shape[0]];
        for (var t = 0; t < outputs.Length; t++)
        {
            (outputs[t], state) = _step(inputs[t], state, _parameters);
        }
        return (Tensor.Concatenate(outputs), state);
    }

    /// <inheritdoc/>
    public Decoder CreateDecoder() =>
        new ForwardDecoder(
            new RnnFromScratch(
                Configuration,
                random: default,
                (_, _, _) => Parameter.CopiesOf(Parameters),
                _initialState,
                _step
            )
        );

    private static IReadOnlyList<Parameter> NormalOn(
        Device device,
        int vocabularySize,
        int hiddenSize,
        RandomStream random
    )
    {
        Tensor Normal(ulong place, int rows, int columns) =>
            Tensor.Normal(device, random.Fork(place), 0.01f, rows, columns);

        return
        [
            new("W_xh", Normal(0, vocabularySize, hiddenSize)),
            new("W_hh", Normal(1, hiddenSize, hiddenSize)),
            new("b_h", Tensor.Zeros(device, hiddenSize)),
            new("W_hq", Normal(2, hiddenSize, vocabularySize)),
            new("b_q", Tensor.Zeros(device, vocabularySize)),
        ];
    }
}
