using System.Text.Json;
using Recurrent.Ranges;

namespace Recurrent.Formats.Safetensors;

/// <summary>The members of a JSON object in a model file, read strictly: each error says where and what.</summary>
internal sealed class JsonMembers
{
    /// <summary>The string for an infinite number, which JSON lacks.</summary>
    public const string Infinity = "Infinity";

    private readonly string _place;
    private readonly OrderedDictionary<string, JsonElement> _members = new(StringComparer.Ordinal);

    /// <summary>Reads an element as an object.</summary>
    /// <param name="element">Any JSON value.</param>
    /// <param name="place">Its name in error messages, such as: the header.</param>
    /// <exception cref="FormatError">It is not an object, or has a name twice.</exception>
    public JsonMembers(JsonElement element, string place)
    {
        _place = place;
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new FormatError($"{place} is {Raw(element)}, not a JSON object");
        }
        foreach (var member in element.EnumerateObject())
        {
            var name = Decode(() => member.Name);
            if (!_members.TryAdd(name, member.Value))
            {
                throw new FormatError($"{place} has {FormatError.Quote(name)} twice");
            }
        }
    }

    private JsonMembers(string place) => _place = place;

    /// <summary>The names, in the order of the file.</summary>
    public IEnumerable<string> Names => _members.Keys;

    /// <summary>Parses a JSON object.</summary>
    /// <param name="json">UTF-8 text.</param>
    /// <param name="place">Its name in error messages.</param>
    /// <exception cref="FormatError">It is not JSON, not an object, or has a name twice.</exception>
    public static JsonMembers Parse(ReadOnlySpan<byte> json, string place) => new(Element(json, place), place);

    /// <summary>Parses any JSON value.</summary>
    /// <param name="json">UTF-8 text.</param>
    /// <param name="place">Its name in error messages.</param>
    /// <exception cref="FormatError">It is not JSON.</exception>
    public static JsonElement Element(ReadOnlySpan<byte> json, string place)
    {
        try
        {
            return JsonElement.Parse(json);
        }
        catch (JsonException error)
        {
            throw new FormatError(
                $"{place} is not JSON from its byte {error.BytePositionInLine} in line {error.LineNumber + 1} on",
                error
            );
        }
    }

    /// <summary>The strings of an array.</summary>
    /// <param name="array">A JSON array.</param>
    /// <param name="name">Its name in error messages.</param>
    /// <param name="place">The name of what it stands in.</param>
    /// <exception cref="FormatError">An item is not a string.</exception>
    public static string[] Strings(JsonElement array, string name, string place)
    {
        var whole = new JsonMembers(place);
        return [.. array.EnumerateArray().Select(item => whole.AsString(name, item))];
    }

    /// <summary>Returns whether there is a member of that name other than null.</summary>
    public bool Has(string name) =>
        _members.TryGetValue(name, out var member) && member.ValueKind != JsonValueKind.Null;

    /// <summary>The object of that name.</summary>
    /// <param name="name">The member's name.</param>
    /// <param name="place">The name of the object in error messages.</param>
    public JsonMembers Object(string name, string place) => new(Require(name), place);

    /// <summary>The string of that name.</summary>
    public string String(string name) => AsString(name, Require(name));

    /// <summary>The string of that name, or null if there is none.</summary>
    public string? OptionalString(string name) => Has(name) ? String(name) : null;

    /// <summary>All members, each of which must be a string, in the order of the file.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Strings() =>
        [.. Names.Select(name => KeyValuePair.Create(name, String(name)))];

    /// <summary>The whole number of that name, within bounds.</summary>
    public long Integer(string name, long least, long most) => AsInteger(name, Require(name), least, most);

    /// <summary>Returns whether the member of that name is true; false if there is none.</summary>
    public bool OptionalBoolean(string name) =>
        Has(name)
        && _members[name].ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Wrong(name, _members[name], "neither true nor false"),
        };

    /// <summary>The number of that name, or <see cref="Infinity"/>; null if there is none.</summary>
    public double? OptionalNumber(string name)
    {
        if (!Has(name))
        {
            return null;
        }
        var member = _members[name];
        if (member.ValueKind == JsonValueKind.Number && member.TryGetDouble(out var number))
        {
            return number;
        }
        return member.ValueKind == JsonValueKind.String && AsString(name, member) == Infinity
            ? double.PositiveInfinity
            : throw Wrong(name, member, $"not a number or \"{Infinity}\"");
    }

    /// <summary>The number of entries in the array of that name.</summary>
    public int Count(string name) => Array(name, 0, int.MaxValue).Count();

    /// <summary>The strings of the array of that name.</summary>
    /// <param name="name">The member's name.</param>
    /// <param name="count">The number there must be, which is checked before any is read.</param>
    public string[] Strings(string name, int count) =>
        [.. Array(name, count, count).Select(item => AsString(name, item))];

    /// <summary>The objects of the array of that name.</summary>
    /// <param name="name">The member's name.</param>
    /// <param name="most">The greatest number of them, which is checked before any is read.</param>
    public JsonMembers[] Objects(string name, int most) =>
        [.. Array(name, 0, most).Select(item => new JsonMembers(item, $"\"{name}\" in {_place}"))];

    /// <summary>The whole numbers of the array of that name, within bounds.</summary>
    /// <param name="name">The member's name.</param>
    /// <param name="fewest">The smallest number of them, which is checked before any is read.</param>
    /// <param name="most">The greatest number of them.</param>
    /// <param name="bound">The greatest accepted value; the smallest is 0.</param>
    public long[] Integers(string name, int fewest, int most, long bound) =>
        [.. Array(name, fewest, most).Select(item => AsInteger(name, item, 0, bound))];

    /// <summary>The numbers of the array of that name.</summary>
    /// <param name="name">The member's name.</param>
    /// <param name="count">The number there must be, which is checked before any is read.</param>
    public double[] Numbers(string name, int count) =>
        [
            .. Array(name, count, count)
                .Select(item =>
                    item.ValueKind == JsonValueKind.Number && item.TryGetDouble(out var number)
                        ? number
                        : throw Wrong(name, item, "not a number")
                ),
        ];

    private JsonElement.ArrayEnumerator Array(string name, int fewest, int most)
    {
        var member = Require(name);
        if (member.ValueKind != JsonValueKind.Array)
        {
            throw Wrong(name, member, "not an array");
        }
        var count = member.GetArrayLength();
        if (count < fewest || count > most)
        {
            var allowed = fewest == most ? $"{most}" : $"{fewest} to {most}";
            throw new FormatError(
                $"\"{name}\" in {_place} has {Sentences.Amount(count, "entries")} and must have {allowed}"
            );
        }
        return member.EnumerateArray();
    }

    private JsonElement Require(string name) =>
        _members.TryGetValue(name, out var member) ? member : throw new FormatError($"{_place} lacks \"{name}\"");

    private string AsString(string name, JsonElement element) =>
        element.ValueKind == JsonValueKind.String
            ? Decode(() => element.GetString()!)
            : throw Wrong(name, element, "not a string");

    private long AsInteger(string name, JsonElement element, long least, long most) =>
        element.ValueKind == JsonValueKind.Number
        && element.TryGetInt64(out var value)
        && value >= least
        && value <= most
            ? value
            : throw Wrong(name, element, $"not a whole number from {least:#,0} to {most:#,0}");

    private FormatError Wrong(string name, JsonElement element, string complaint) =>
        new($"{FormatError.Quote(name)} in {_place} is {Raw(element)}, {complaint}");

    private static string Raw(JsonElement element) => FormatError.OneLine(element.GetRawText());

    /// <summary>Reads a string; an escape such as \uD800 alone is correct JSON and yet not text.</summary>
    private string Decode(Func<string> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException error)
        {
            throw new FormatError($"{_place} has a string with half a surrogate pair", error);
        }
    }
}
