using System.Text.Json;
using nietras.SeparatedValues;
using Recurrent.Cli.Hosting;

namespace Recurrent.Cli.Input;

/// <summary>The texts in a column of a table or in a field of records; empty and missing ones are left out.</summary>
internal static class Records
{
    private const int MostNames = 20; // in an error

    /// <summary>
    /// Reads a column of a CSV file (RFC 4180) whose first row has the names; the separator is a comma, semicolon, tab
    /// or bar, whichever the first row has.
    /// </summary>
    /// <param name="reader">The file.</param>
    /// <param name="origin">Its name in error messages.</param>
    /// <param name="column">The name of the column.</param>
    /// <exception cref="FailureException">There is no such column, or the file is no such table.</exception>
    public static IEnumerable<string> OfColumn(TextReader reader, string origin, string column)
    {
        using var table = Explained(
            // Its own header refuses two columns of one name, whichever column is asked for.
            () =>
                Sep.Reader(options => options with { HasHeader = false, Unescape = true, DisableColCountCheck = true })
                    .From(reader),
            origin
        );
        string[] names = Explained(table.MoveNext, origin) ? table.Current[..].ToStringsArray() : [];
        if (names is [] or [""])
        {
            throw new FailureException($"The first row of {origin} is empty; name the columns there.");
        }
        var index = Array.IndexOf(names, column);
        if (index < 0)
        {
            throw NotThere($"{origin} has no column \"{column}\"", names);
        }
        if (names.Count(name => name == column) is > 1 and var count)
        {
            throw new FailureException($"{origin} has {count} columns \"{column}\"; rename all but one of them.");
        }
        while (Explained(table.MoveNext, origin))
        {
            if (table.Current.ColCount > index && table.Current[index].ToString() is { Length: > 0 } text)
            {
                yield return text;
            }
        }
    }

    /// <summary>Reads a field of JSON lines: a JSON object on each line, empty lines aside.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="origin">Its name in error messages.</param>
    /// <param name="field">The name of the field.</param>
    /// <exception cref="FailureException">No line has such a field, or a line is not a JSON object.</exception>
    public static IEnumerable<string> OfField(TextReader reader, string origin, string field)
    {
        var isThere = false;
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var number = 1L; reader.ReadLine() is { } line; number++)
        {
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }
            using var json = Parse(line, origin, number);
            var text = FieldOf(json.RootElement, field, names, $"line {number} of {origin}");
            isThere |= text is not null;
            if (text is { Length: > 0 })
            {
                yield return text;
            }
        }
        if (!isThere)
        {
            throw NotThere($"{origin} has no field \"{field}\"", [.. names]);
        }
    }

    /// <summary>The text of a field; null where there is none, and then the names of those that there are.</summary>
    private static string? FieldOf(JsonElement record, string field, HashSet<string> names, string place)
    {
        try
        {
            if (record.TryGetProperty(field, out var value))
            {
                return value.ValueKind switch
                {
                    JsonValueKind.String => value.GetString(),
                    JsonValueKind.Null => "",
                    _ => value.GetRawText(),
                };
            }
            names.UnionWith(record.EnumerateObject().Select(member => member.Name).Take(MostNames));
            return null;
        }
        catch (InvalidOperationException error)
        {
            throw new FailureException(
                $"There is half a surrogate pair in {place}, which is not Unicode text; write the character whole, or "
                    + "leave the line out.",
                error
            );
        }
    }

    private static JsonDocument Parse(string line, string origin, long number)
    {
        try
        {
            var json = JsonDocument.Parse(line);
            if (json.RootElement.ValueKind == JsonValueKind.Object)
            {
                return json;
            }
            json.Dispose();
        }
        catch (JsonException)
        {
            // It is said below what is wrong.
        }
        throw new FailureException(
            $"{origin} is not JSON lines: line {number} is not a JSON object; give a file with one object on each line."
        );
    }

    private static T Explained<T>(Func<T> read, string origin)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is InvalidDataException or ArgumentException or NotSupportedException)
        {
            throw new FailureException(
                $"{origin} is not a CSV file as expected ({error.Message.ReplaceLineEndings(" ").TrimEnd('.')}); "
                    + "check its quotes and its first row.",
                error
            );
        }
    }

    private static FailureException NotThere(string what, string[] names)
    {
        var more = names.Length > MostNames ? ", …" : "";
        return new($"{what}; choose one of those it has: {string.Join(", ", names.Take(MostNames))}{more}.");
    }
}
