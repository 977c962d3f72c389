using System.Text.Json;
using Recurrent.Formats.Safetensors;
using Recurrent.Models;
using Recurrent.Models.Counts;

namespace Recurrent.Formats;

/// <summary>The counts of a hybrid as its file keeps them: a section, and tensors of integers.</summary>
internal static class CountsSection
{
    /// <summary>The name of the section.</summary>
    public const string Name = "counts";

    private const string Order = "order";
    private const string Weight = "weight";
    private const string Tokens = "counts.tokens";
    private const string Longer = "counts.longer";
    private const string Occurrences = "counts.occurrences"; // 0 for one that is too large
    private const string More = "counts.more"; // those, one after the other
    private static readonly string[] s_tensors = [Tokens, Longer, Occurrences, More];

    /// <summary>Writes the members.</summary>
    public static void Write(Utf8JsonWriter json, MixedModel hybrid)
    {
        json.WriteNumber(Order, ((NGramModel)hybrid.Second).Order);
        json.WriteNumber(Weight, hybrid.Weight);
    }

    /// <summary>The tensors of the counts.</summary>
    public static IReadOnlyList<IntegerTensor> TensorsOf(MixedModel hybrid)
    {
        var tables = ((NGramModel)hybrid.Second).Trie.ToTables();
        IntegerTensor[] tensors =
        [
            new(Tokens, tables.Tokens),
            new(Longer, tables.Longer),
            new(Occurrences, Array.ConvertAll(tables.Occurrences, count => count > byte.MaxValue ? 0 : count)),
            new(More, Array.FindAll(tables.Occurrences, count => count > byte.MaxValue)),
        ];
        return [.. tensors.OrderByDescending(tensor => tensor.Type.Size)]; // so that each is aligned
    }

    /// <summary>Whether a tensor of a file with counts is one of theirs.</summary>
    public static bool IsTensor(string name) => s_tensors.Contains(name);

    /// <summary>Reads the counts and mixes them with a network, or the mean of several.</summary>
    /// <exception cref="FormatError">A member or a tensor is missing, or not what it must be.</exception>
    public static MixedModel Read(JsonMembers members, SafetensorsReader file, ILanguageModel network)
    {
        var order = (int)members.Integer(Order, 1, NGramModel.MaxOrder);
        var weight =
            members.OptionalNumber(Weight) ?? throw new FormatError($"its metadata \"{Name}\" lacks \"{Weight}\"");
        var vocabularySize = network.Configuration.VocabularySize;
        var tables = new NGramTables(Values(Tokens), Values(Longer), OccurrencesOf(Values(Occurrences), Values(More)));
        try
        {
            var ngrams = new NGramTrie(tables, order, vocabularySize);
            return new MixedModel(network, new NGramModel(ngrams, vocabularySize), weight);
        }
        catch (ArgumentException error)
        {
            throw FormatError.Of(error, "what its counts hold");
        }

        int[] Values(string name) =>
            file.ReadIntegers(
                file.Entries.FirstOrDefault(entry => entry.Name == name)
                    ?? throw new FormatError($"it lacks the tensor {FormatError.Quote(name)} of its counts")
            );
    }

    private static int[] OccurrencesOf(int[] occurrences, int[] more)
    {
        var next = 0;
        for (var i = 0; i < occurrences.Length; i++)
        {
            if (occurrences[i] == 0 && next < more.Length)
            {
                occurrences[i] = more[next++];
            }
        }
        return next == more.Length
            ? occurrences
            : throw new FormatError($"the tensor {FormatError.Quote(More)} has {more.Length - next} counts too many");
    }
}
