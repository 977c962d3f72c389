using System.Globalization;
using Recurrent.Layers;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Tests.Formats;

/// <summary>
/// A model that Recurrent does not have, as a user would write one: an embedding, a hidden layer with the memory of
/// the last step, and a linear output. Its number of hidden layers is an option of its own.
/// </summary>
internal sealed class OwnModel : ILanguageModel
{
    public const string Kind = "skip-memory";

    private readonly Embedding _embedding;
    private readonly Linear[] _hidden;
    private readonly Linear _output;

    public OwnModel(ModelConfiguration configuration, RandomStream random)
    {
        Configuration = configuration;
        var hidden = configuration.HiddenSize;
        var depth = int.Parse(
            configuration.Options.Single(option => option.Key == "depth").Value,
            CultureInfo.InvariantCulture
        );
        _embedding = new Embedding(configuration.VocabularySize, hidden, random.Fork(0));
        _hidden = [.. Enumerable.Range(0, depth).Select(i => new Linear(hidden, hidden, random.Fork(1 + (ulong)i)))];
        _output = new Linear(hidden, configuration.VocabularySize, random.Fork(100));
        Parameters =
        [
            .. Of("embedding", _embedding),
            .. _hidden.SelectMany((layer, i) => Of($"hidden.{i}", layer)),
            .. Of("output", _output),
        ];
    }

    public ModelConfiguration Configuration { get; }

    public IReadOnlyList<Parameter> Parameters { get; }

    public static ModelConfiguration Sizes(int vocabularySize, int depth = 2) =>
        new()
        {
            Kind = Kind,
            VocabularySize = vocabularySize,
            HiddenSize = 6,
            Options = [new("depth", depth.ToString(CultureInfo.InvariantCulture)), new("note", "né \"x\"")],
        };

    public static ILanguageModel Create(ModelConfiguration configuration) =>
        configuration.Kind == Kind
            ? new OwnModel(configuration, RandomStream.Parameters(1))
            : throw new NotSupportedException($"There is no {configuration.Kind} here.");

    public ModelState InitialState(int batch) => new(Tensor.Zeros(batch, Configuration.HiddenSize));

    public (Tensor Logits, ModelState State) Forward(Indices tokens, ModelState state, RandomStream? dropout = null)
    {
        var x = _embedding.Forward(tokens).Reshape(tokens.Rows, tokens.Columns, -1); // (T, B, H)
        var h = state.Parts[0];
        var outputs = new Tensor[tokens.Rows];
        for (var t = 0; t < outputs.Length; t++)
        {
            h = Tensor.Tanh(_hidden.Aggregate(x[t] + h, (below, layer) => layer.Forward(below)));
            outputs[t] = _output.Forward(h);
        }
        return (Tensor.Concatenate(outputs), new ModelState(h));
    }

    private static IEnumerable<Parameter> Of(string module, ILayer layer) =>
        layer.Parameters.Select(parameter => new Parameter($"{module}.{parameter.Name}", parameter.Value));
}
