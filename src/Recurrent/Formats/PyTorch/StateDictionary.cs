using Recurrent.Formats.Safetensors;
using Recurrent.Kernels.Cells;
using Recurrent.Models;

namespace Recurrent.Formats.PyTorch;

/// <summary>
/// A PyTorch state dictionary of a recurrent language model, whatever its modules are called: the recurrent one is
/// told by its weight_hh_l0, or by its weight_ih_l0 where it has no recurrent weights, the output by its bias, and
/// what is left is the embedding.
/// </summary>
internal sealed class StateDictionary
{
    private const string Recurrent = "weight_hh_l0";
    private const string Input = "weight_ih_l0";
    private const string Reverse = "_reverse";

    // The cells whose weights can be told from those of the others. The ReLU network's cannot: they have tanh's shapes.
    private static readonly Cell[] s_cells =
    [
        .. new[] { "rnn", "gru", "lstm", "mingru", "minlstm" }.Select(Cell.Named),
    ];

    private readonly string _recurrent; // prefixes: empty, or ending in a dot
    private readonly string _output;
    private readonly string _embedding;

    private StateDictionary(string recurrent, string output, string embedding, ModelConfiguration configuration) =>
        (_recurrent, _output, _embedding, Configuration) = (recurrent, output, embedding, configuration);

    /// <summary>The kind and sizes of the model.</summary>
    public ModelConfiguration Configuration { get; }

    /// <summary>Tells the model by the names and shapes of its tensors.</summary>
    /// <param name="entries">The tensors.</param>
    /// <param name="wayOut">The way out if it cannot be told.</param>
    /// <exception cref="FormatError">It cannot be told.</exception>
    public static StateDictionary Of(IReadOnlyList<TensorEntry> entries, string wayOut)
    {
        var isRecurrent =
            entries.Any(entry => Own(entry).Contains("_hh_l", StringComparison.Ordinal))
            || !entries.Any(entry => Own(entry) == Input);
        var name = isRecurrent ? Recurrent : Input;
        var mark = Only(entries, entry => Own(entry) == name, $"called {name}", wayOut);
        var recurrent = ModuleOf(mark);
        TensorEntry[] others = [.. entries.Where(entry => ModuleOf(entry) != recurrent)];
        var bias = Only(others, entry => Own(entry) == "bias", "called bias", wayOut);
        var output = ModuleOf(bias);
        var embedding = Array.Find(others, entry => ModuleOf(entry) != output && entry.Shape.Length == 2);
        var names = entries.Select(entry => entry.Name).ToHashSet(StringComparer.Ordinal);
        var bidirectional = names.Contains(mark.Name + Reverse);
        var layers = 0;
        while (names.Contains($"{recurrent}{name[..^1]}{layers}"))
        {
            layers++;
        }
        var (kind, hidden) = isRecurrent
            ? RecurrentKindOf(mark, wayOut)
            : KindOf(
                mark,
                // Without an output's own weights the embedding's vectors serve.
                (Array.Find(others, entry => entry.Name == output + "weight") ?? embedding)?.Shape,
                bidirectional ? 2 : 1,
                wayOut
            );
        try
        {
            var configuration = new ModelConfiguration
            {
                Kind = kind,
                VocabularySize = (int)bias.Shape[0],
                HiddenSize = hidden,
                Layers = layers,
                Bidirectional = bidirectional,
                EmbeddingSize = (int)(embedding?.Shape[1] ?? 0),
            };
            var tied =
                !names.Contains(output + "weight") && configuration.EmbeddingSize == configuration.Recurrent.OutputSize;
            return new(
                recurrent,
                output,
                embedding is null ? "" : ModuleOf(embedding),
                configuration with
                {
                    TiedWeights = tied,
                }
            );
        }
        catch (ArgumentException error)
        {
            throw FormatError.Of(error, "its model");
        }
    }

    /// <summary>The name in the dictionary of a parameter of the model.</summary>
    public string NameOf(ParameterShape shape)
    {
        var (module, own) = (shape.Name[..shape.Name.IndexOf('.')], shape.Name[(shape.Name.IndexOf('.') + 1)..]);
        return module switch
        {
            "rnn" => _recurrent + own,
            "linear" => _output + own,
            _ => _embedding + own,
        };
    }

    /// <summary>The module's name with its dot; empty for a module that is all of it.</summary>
    private static string ModuleOf(TensorEntry entry) => entry.Name[..(entry.Name.LastIndexOf('.') + 1)];

    private static string Own(TensorEntry entry) => entry.Name[(entry.Name.LastIndexOf('.') + 1)..];

    private static TensorEntry Only(
        IReadOnlyList<TensorEntry> entries,
        Func<TensorEntry, bool> fits,
        string what,
        string wayOut
    )
    {
        TensorEntry[] found = [.. entries.Where(fits)];
        return found switch
        {
            [var only] => only,
            [] => throw new FormatError($"it has no tensor {what} and so is not a recurrent language model", wayOut),
            _ => throw new FormatError(
                $"it has {found.Length} tensors {what}, {FormatError.Quote(found[0].Name)} and "
                    + $"{FormatError.Quote(found[1].Name)} among them",
                wayOut
            ),
        };
    }

    /// <summary>The gates tell the kind: one, three or four times the hidden units.</summary>
    private static (string Kind, int Hidden) RecurrentKindOf(TensorEntry mark, string wayOut)
    {
        var (gates, hidden) =
            mark.Shape is [var rows, var columns and > 0] && rows % columns == 0 ? (rows / columns, columns) : (0, 0);
        return Find(gates, isRecurrent: true) is { } kind
            ? (kind, (int)hidden)
            : throw new FormatError(
                $"its tensor {FormatError.Quote(mark.Name)} has the shape ({string.Join(", ", mark.Shape)}), "
                    + "and with H hidden units (H, H), (3H, H) or (4H, H) is that of an nn.RNN, nn.GRU or nn.LSTM",
                wayOut
            );
    }

    /// <summary>Without recurrent weights the output tells the hidden units, and these the gates.</summary>
    private static (string Kind, int Hidden) KindOf(TensorEntry mark, long[]? output, int directions, string wayOut)
    {
        var hidden = output is [_, var features] ? features / directions : 0;
        var gates = mark.Shape is [var rows, _] && hidden > 0 && rows % hidden == 0 ? rows / hidden : 0;
        return Find(gates, isRecurrent: false) is { } kind
            ? (kind, (int)hidden)
            : throw new FormatError(
                $"its tensor {FormatError.Quote(mark.Name)} has the shape ({string.Join(", ", mark.Shape)}), "
                    + $"and with the output's {hidden} hidden units ({2 * hidden}, I) or ({3 * hidden}, I) "
                    + "is that of a minGRU or minLSTM",
                wayOut
            );
    }

    private static string? Find(long gates, bool isRecurrent) =>
        Array.Find(s_cells, cell => cell.Gates.Count == gates && cell.IsRecurrent == isRecurrent)?.Name;
}
