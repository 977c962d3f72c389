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
            () => Sep.Reader(options => options with { Unescape = true, DisableColCountCheck = true }).From(reader),
            origin
        );
        if (!table.Header.TryIndexOf(column, out var index))
        {
            throw NotThere($"{origin} has no column \"{column}\"", table.Header.ColNames);
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
            if (!json.RootElement.TryGetProperty(field, out var value))
            {
                names.UnionWith(json.RootElement.EnumerateObject().Select(member => member.Name).Take(MostNames));
                continue;
            }
            isThere = true;
            var text = value.ValueKind switch
            {
                JsonValueKind.String => value.GetString()!,
                JsonValueKind.Null => "",
                _ => value.GetRawText(),
            };
            if (text.Length > 0)
            {
                yield return text;
            }
        }
        if (!isThere)
        {
            throw NotThere($"{origin} has no field \"{field}\"", [.. names]);
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

    private static FailureException NotThere(string what, IReadOnlyList<string> names)
    {
        var more = names.Count > MostNames ? ", …" : "";
        return new($"{what}; choose one of those it has: {string.Join(", ", names.Take(MostNames))}{more}.");
    }
}
