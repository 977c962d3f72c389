using Recurrent.Ranges;

namespace Recurrent.Formats.Safetensors;

/// <summary>
/// The problem with a file, or with what is to become one, and the way out. Only the caller knows the path, and makes a
/// whole sentence of it.
/// </summary>
internal sealed class FormatError(string problem, string wayOut, Exception? inner = null)
    : Exception($"{problem}; {wayOut}", inner)
{
    /// <summary>The way out if nothing but another file helps.</summary>
    public const string Replace = "copy the file again or train the model again";

    /// <summary>A problem that no correct writer of model files causes.</summary>
    public FormatError(string problem, Exception? inner = null)
        : this(problem, Replace, inner) { }

    /// <summary>The same problem with another way out, if its own is to copy the file again or name a model.</summary>
    public FormatError OrElse(string other) =>
        wayOut is Replace or SafetensorsReader.NameAModel ? new(problem, other, this) : this;

    /// <summary>The same problem, and where it is.</summary>
    public FormatError In(string place) => new($"{place}: {problem}", wayOut, this);

    /// <summary>The complaint of a constructor about the values of a file.</summary>
    /// <param name="error">The constructor's complaint.</param>
    /// <param name="place">The place of the values in the file.</param>
    public static FormatError Of(ArgumentException error, string place)
    {
        const int Most = 200;
        return new FormatError(
            $"{place} cannot be used ({OneLine(error.WithoutParameter().TrimEnd('.'), Most)})",
            error
        );
    }

    /// <summary>A text of the file, fit for a message: in quotes, on one line and short.</summary>
    public static string Quote(string text) => $"\"{OneLine(text)}\"";

    /// <summary>A text of the file on one line and short.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="most">The greatest length, in UTF-16 units.</param>
    public static string OneLine(string text, int most = 40)
    {
        var shown = text.Length <= most ? text : text[..most] + "…";
        return string.Concat(shown.Select(character => char.IsControl(character) ? '\uFFFD' : character));
    }
}
