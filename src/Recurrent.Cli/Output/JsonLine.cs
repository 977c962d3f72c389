using System.Text.Encodings.Web;
using System.Text.Json;

namespace Recurrent.Cli.Output;

/// <summary>JSON objects, one per line.</summary>
internal static class JsonLine
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        // For a pipe, not for a web page: letters of every script stay readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Prints an object.</summary>
    public static void Write<T>(TextWriter output, T value) =>
        output.WriteLine(JsonSerializer.Serialize(value, s_options));

    /// <summary>
    /// Returns the value, or null if it is infinite, as the perplexity of a loss above 709 is: JSON has no infinity.
    /// </summary>
    public static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
