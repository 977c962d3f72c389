namespace Recurrent.Formats.Onnx;

/// <summary>
/// The length of an axis, or another whole number of a graph: known, or a multiple of lengths that are known only when
/// the graph runs, such as that of the batch.
/// </summary>
/// <param name="Factor">The number where it is known.</param>
/// <param name="Unknown">The names of lengths that it is multiplied by, in order.</param>
internal readonly record struct Size(long Factor, string Unknown = "")
{
    private const char End = '·'; // of a name

    /// <summary>A number of which nothing is known.</summary>
    public static Size Any { get; } = new(1, "?");

    /// <summary>Whether the number is known.</summary>
    public bool IsKnown => Unknown.Length == 0;

    /// <summary>A length with a name.</summary>
    public static Size Named(string name) => new(1, name + End);

    public static Size operator *(Size a, Size b)
    {
        const int Most = 500; // characters; a graph has a few names
        if (a.Unknown == Any.Unknown || b.Unknown == Any.Unknown || a.Unknown.Length + b.Unknown.Length > Most)
        {
            return Any;
        }
        var names = (a.Unknown + b.Unknown).Split(End, StringSplitOptions.RemoveEmptyEntries);
        return new(
            unchecked(a.Factor * b.Factor),
            string.Concat(names.Order(StringComparer.Ordinal).Select(name => name + End))
        );
    }

    /// <summary>Whether both are certainly the same number.</summary>
    public bool Is(Size other) => Unknown != Any.Unknown && this == other;
}
