namespace Recurrent.Ranges;

/// <summary>Parts of sentences for people.</summary>
internal static class Sentences
{
    /// <summary>A number of things, such as "1 token", "2 entries" or "17,943 characters".</summary>
    /// <param name="count">The number.</param>
    /// <param name="things">The things, in the plural.</param>
    public static string Amount(long count, string things) =>
        count != 1 ? $"{count:#,0} {things}"
        : things.EndsWith("ies", StringComparison.Ordinal) ? $"1 {things[..^3]}y"
        : $"1 {things[..^1]}";

    /// <summary>
    /// What an error says without the parameter's name, which .NET puts behind it and which means nothing to who called
    /// nothing.
    /// </summary>
    public static string WithoutParameter(this ArgumentException error) =>
        error.Message.Replace($" (Parameter '{error.ParamName}')", "", StringComparison.Ordinal);
}
