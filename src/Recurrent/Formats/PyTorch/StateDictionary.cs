using Recurrent.Formats.Safetensors;
using Recurrent.Kernels.Cells;
using Recurrent.Models;

namespace Recurrent.Formats.PyTorch;

/// <summary>
/// A PyTorch state dictionary of a recurrent language model, whatever its modules are called: the recurrent one is
/// told by its weight_hh_l0, or by its weight_ih_l0 where it has no recurrent weights, the output by its bias or its
/// columns, and what is left is the embedding.
/// </summary>
internal sealed class StateDictionary
{
    private const string Recurrent = "weight_hh";
    private const string Input = "weight_ih";
    private const string FirstLayer = "_l0"; // which nn.RNNCell, nn.GRUCell and nn.LSTMCell leave out
    private const string Reverse = "_reverse";
    private const string Weight = "weight";
    private const string Bias = "bias";

    // The cells whose weights can be told from those of the others. The ReLU network's cannot: they have tanh's shapes.
    private static readonly Cell[] s_cells =
    [
        .. new[] { "rnn", "gru", "lstm", "mingru", "minlstm" }.Select(Cell.Named),
    ];

    private readonly IReadOnlyList<TensorEntry> _entries;
    private readonly string _wayOut;
    private readonly bool _isCell;
    private readonly string _recurrent; // prefixes: empty, or ending in a dot
    private readonly string _output;
    private readonly string _embedding = "";

    private StateDictionary(IReadOnlyList<TensorEntry> entries, string? nonlinearity, string wayOut)
    {
        (_entries, _wayOut) = (entries, wayOut);
        var isRecurrent =
            entries.Any(entry => Own(entry).Contains("_hh", StringComparison.Ordinal))
            || !entries.Any(entry => Own(entry) is Input or Input + FirstLayer);
        var mark = MarkOf(isRecurrent ? Recurrent : Input);
        _recurrent = ModuleOf(mark);
        _isCell = !mark.Name.EndsWith(FirstLayer, StringComparison.Ordinal);
        var bidirectional = Find(mark.Name + Reverse) is not null;
        var directions = bidirectional ? 2 : 1;
        var others = entries.Where(entry => ModuleOf(entry) != _recurrent).ToArray();
        var (known, hidden) = isRecurrent ? RecurrentKindOf(mark) : (null, 0);
        var input = Find(_recurrent + Input + Layer)?.Shape is [_, var columns] ? columns : 0;
        var (output, embedding) = Matrices(others, input, isRecurrent ? directions * hidden : null);
        _output = output;
        var bias = Find(output + Bias);
        var weight = Find(output + Weight);
        // Without an output's own weights the embedding's vectors serve.
        (var kind, hidden) = known is null ? KindOf(mark, (weight ?? embedding)?.Shape, directions) : (known, hidden);
        if (nonlinearity is not null && kind != "rnn")
        {
            throw new FormatError(
                $"its recurrent module is of kind {kind}, which has no choice of nonlinearity",
                "leave the nonlinearity out"
            );
        }
        TellsNonlinearity = kind != "rnn" || nonlinearity is not null;
        _embedding = embedding is null ? "" : ModuleOf(embedding);
        try
        {
            var configuration = new ModelConfiguration
            {
                Kind = nonlinearity == "relu" ? "rnn-relu" : kind,
                VocabularySize = (int)(bias ?? weight ?? embedding)!.Shape[0],
                HiddenSize = hidden,
                Layers = Layers(mark),
                Bidirectional = bidirectional,
                EmbeddingSize = (int)(embedding?.Shape[1] ?? 0),
            };
            var isTied =
                (weight is null || weight.Shares(embedding))
                && configuration.EmbeddingSize == configuration.Recurrent.OutputSize;
            Configuration = configuration with { TiedWeights = isTied };
        }
        catch (ArgumentException error)
        {
            throw FormatError.Of(error, "its model");
        }
    }

    /// <summary>The kind and sizes of the model.</summary>
    public ModelConfiguration Configuration { get; }

    /// <summary>Whether the recurrent network's nonlinearity is known: no file tells that of an nn.RNN.</summary>
    public bool TellsNonlinearity { get; }

    private string Layer => _isCell ? "" : FirstLayer;

    /// <summary>Tells the model by the names and shapes of its tensors.</summary>
    /// <param name="entries">The tensors; those that share their values are tied.</param>
    /// <param name="wayOut">The way out if it cannot be told.</param>
    /// <param name="nonlinearity">That of an nn.RNN, tanh or relu; null if it is not known.</param>
    /// <exception cref="FormatError">It cannot be told.</exception>
    public static StateDictionary Of(IReadOnlyList<TensorEntry> entries, string wayOut, string? nonlinearity = null)
    {
        foreach (var entry in entries)
        {
            ForeignPart.Refuse(entry);
        }
        return new(entries, nonlinearity, wayOut);
    }

    /// <summary>The name in the dictionary of a parameter of the model.</summary>
    public string NameOf(ParameterShape shape)
    {
        var (module, own) = (shape.Name[..shape.Name.IndexOf('.')], shape.Name[(shape.Name.IndexOf('.') + 1)..]);
        return module switch
        {
            "rnn" => _recurrent + (_isCell ? own[..^FirstLayer.Length] : own),
            "linear" => _output + own,
            _ => _embedding + own,
        };
    }

    /// <summary>Whether a parameter is a bias that its module was made without: then it is zeros.</summary>
    public bool IsZeros(ParameterShape shape)
    {
        var name = NameOf(shape);
        return name == _output + Bias
            ? Find(name) is null
            : Own(shape.Name).StartsWith(Bias, StringComparison.Ordinal)
                && !_entries.Any(entry =>
                    ModuleOf(entry) == _recurrent && Own(entry).StartsWith(Bias, StringComparison.Ordinal)
                );
    }

    /// <summary>Whether a tensor is the output's weights in a model that has them as its embedding's.</summary>
    public bool IsTied(TensorEntry entry) => Configuration.TiedWeights && entry.Name == _output + Weight;

    /// <summary>The module's name with its dot; empty for a module that is all of it.</summary>
    private static string ModuleOf(TensorEntry entry) => entry.Name[..(entry.Name.LastIndexOf('.') + 1)];

    private static string Own(TensorEntry entry) => Own(entry.Name);

    private static string Own(string name) => name[(name.LastIndexOf('.') + 1)..];

    private static string Named(string module) => FormatError.Quote(module.TrimEnd('.'));

    private TensorEntry? Find(string name) => _entries.FirstOrDefault(entry => entry.Name == name);

    private int Layers(TensorEntry mark)
    {
        if (_isCell)
        {
            return 1;
        }
        var names = _entries.Select(entry => entry.Name).ToHashSet(StringComparer.Ordinal);
        var layers = 0;
        while (names.Contains($"{mark.Name[..^1]}{layers}"))
        {
            layers++;
        }
        return layers;
    }

    private TensorEntry MarkOf(string name)
    {
        TensorEntry[] found = [.. _entries.Where(entry => Own(entry) == name || Own(entry) == name + FirstLayer)];
        return found switch
        {
            [var only] => only,
            [] => throw new FormatError(
                $"it has no tensor called {name}{FirstLayer} and so is not a recurrent language model",
                _wayOut
            ),
            [var first, var second, ..] => throw new FormatError(
                $"it holds {found.Length} recurrent modules, {Named(ModuleOf(first))} and {Named(ModuleOf(second))} "
                    + "among them, and a model has one",
                "where the second reads the first's output, give its tensors the first's names with the number of the "
                    + $"next layer, such as {FormatError.OneLine(ModuleOf(first))}{Recurrent}_l1"
            ),
        };
    }

    /// <summary>Tells the output, by its bias or else by its columns, and the embedding.</summary>
    /// <param name="others">The tensors outside the recurrent module.</param>
    /// <param name="input">I, the values that the recurrent module reads.</param>
    /// <param name="features">D·H, the values that the output reads; null if they are not known yet.</param>
    /// <returns>The output's module and the embedding, if there is one.</returns>
    private (string Output, TensorEntry? Embedding) Matrices(TensorEntry[] others, long input, long? features)
    {
        TensorEntry[] biases = [.. others.Where(entry => Own(entry) == Bias)];
        TensorEntry[] matrices = [.. others.Where(entry => Own(entry) == Weight && entry.Shape.Length == 2)];
        switch (biases)
        {
            case [var bias]:
                var output = ModuleOf(bias);
                TensorEntry[] left = [.. matrices.Where(entry => ModuleOf(entry) != output)];
                return (output, Array.Find(left, entry => entry.Shape[1] == input) ?? left.FirstOrDefault());
            case [var first, var second, ..]:
                throw new FormatError(
                    $"it holds {biases.Length} linear modules, {Named(ModuleOf(first))} and "
                        + $"{Named(ModuleOf(second))} among them, and a model has one, from the recurrent module's "
                        + "output to the logits",
                    _wayOut
                );
        }
        // No bias: an embedding has the columns that the recurrent module reads, an output those that it gives.
        bool MayEmbed(TensorEntry entry) => entry.Shape[1] == input;
        bool MayPutOut(TensorEntry entry) => features is null || entry.Shape[1] == features;
        switch (matrices)
        {
            case [var only] when MayPutOut(only) && MayEmbed(only):
                // One-hot vectors are as long as the vocabulary.
                return only.Shape[0] != input || IsCalledEmbedding(only) ? ("", only) : (ModuleOf(only), null);
            case [var only] when MayPutOut(only):
                return (ModuleOf(only), null);
            case [var one, var other]:
                var (fits, reverse) = (MayEmbed(one) && MayPutOut(other), MayEmbed(other) && MayPutOut(one));
                if (fits && reverse && !one.Shares(other))
                {
                    (fits, reverse) = (IsCalledEmbedding(one), IsCalledEmbedding(other));
                    if (fits == reverse)
                    {
                        throw new FormatError(
                            $"its tensors {FormatError.Quote(one.Name)} and {FormatError.Quote(other.Name)} have one "
                                + "shape, so that the embedding cannot be told from the output",
                            "call the embedding's module embedding"
                        );
                    }
                }
                return fits ? (ModuleOf(other), one)
                    : reverse ? (ModuleOf(one), other)
                    : throw NoOutput();
            default:
                throw NoOutput();
        }

        FormatError NoOutput() =>
            new(
                $"none of its modules is an output, with a weight of {(features is null ? "D·H" : $"{features}")} "
                    + "columns",
                _wayOut
            );
    }

    private static bool IsCalledEmbedding(TensorEntry entry) =>
        entry.Name.Contains("emb", StringComparison.OrdinalIgnoreCase)
        || entry.Name.Contains("wte", StringComparison.OrdinalIgnoreCase);

    /// <summary>The gates tell the kind: one, three or four times the hidden units.</summary>
    private (string Kind, int Hidden) RecurrentKindOf(TensorEntry mark)
    {
        var (gates, hidden) =
            mark.Shape is [var rows, var columns and > 0] && rows % columns == 0 ? (rows / columns, columns) : (0, 0);
        return KindOf(gates, isRecurrent: true) is { } kind
            ? (kind, (int)hidden)
            : throw new FormatError(
                $"its tensor {FormatError.Quote(mark.Name)} has the shape ({string.Join(", ", mark.Shape)}), "
                    + "and with H hidden units (H, H), (3H, H) or (4H, H) is that of an nn.RNN, nn.GRU or nn.LSTM",
                _wayOut
            );
    }

    /// <summary>Without recurrent weights the output tells the hidden units, and these the gates.</summary>
    private (string Kind, int Hidden) KindOf(TensorEntry mark, long[]? output, int directions)
    {
        var hidden = output is [_, var features] ? features / directions : 0;
        var gates = mark.Shape is [var rows, _] && hidden > 0 && rows % hidden == 0 ? rows / hidden : 0;
        return KindOf(gates, isRecurrent: false) is { } kind
            ? (kind, (int)hidden)
            : throw new FormatError(
                $"its tensor {FormatError.Quote(mark.Name)} has the shape ({string.Join(", ", mark.Shape)}), "
                    + $"and with the output's {hidden} hidden units ({2 * hidden}, I) or ({3 * hidden}, I) "
                    + "is that of a minGRU or minLSTM",
                _wayOut
            );
    }

    private static string? KindOf(long gates, bool isRecurrent) =>
        Array.Find(s_cells, cell => cell.Gates.Count == gates && cell.IsRecurrent == isRecurrent)?.Name;
}
