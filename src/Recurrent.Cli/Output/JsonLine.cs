using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Recurrent.Cli.Hosting;
using Recurrent.Evaluation;

namespace Recurrent.Cli.Output;

/// <summary>
/// JSON objects, one per line. Each kind is a record that is listed here, so that it is written without reflection and
/// the tool can be compiled ahead of time.
/// </summary>
[JsonSerializable(typeof(StartJson))]
[JsonSerializable(typeof(NetworkJson))]
[JsonSerializable(typeof(ProgressJson))]
[JsonSerializable(typeof(ValidationJson))]
[JsonSerializable(typeof(EpochJson))]
[JsonSerializable(typeof(SampleJson))]
[JsonSerializable(typeof(RecoveryJson))]
[JsonSerializable(typeof(EndJson))]
[JsonSerializable(typeof(GeneratedJson))]
[JsonSerializable(typeof(Installation))]
[JsonSerializable(typeof(EvaluationJson))]
[JsonSerializable(typeof(ComparisonJson))]
[JsonSerializable(typeof(InspectionJson))]
[JsonSerializable(typeof(LineScore))]
[JsonSerializable(typeof(PackedJson))]
[JsonSerializable(typeof(VocabularyJson))]
internal sealed partial class JsonLine : JsonSerializerContext
{
    private static readonly JsonLine s_context = new(
        new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            // For a pipe, not for a web page: letters of every script stay readable.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        }
    );

    /// <summary>Prints an object of one of the listed kinds.</summary>
    public static void Write<T>(TextWriter output, T value) =>
        output.WriteLine(JsonSerializer.Serialize(value, typeof(T), s_context));

    /// <summary>
    /// Returns the value, or null if it is infinite, as the perplexity of a loss above 709 is: JSON has no infinity.
    /// </summary>
    public static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}
