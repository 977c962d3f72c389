using Recurrent.Datasets;

namespace Recurrent.Cli.Arguments;

/// <summary>The names of the datasets, for help and errors.</summary>
internal static class DatasetNames
{
    /// <summary>Lists all names, such as "story, time-machine or war-of-the-worlds".</summary>
    /// <param name="conjunction">The word before the last name.</param>
    public static string List(string conjunction)
    {
        var names = Dataset.All.Select(dataset => dataset.Name).ToArray();
        return names.Length == 1 ? names[0] : $"{string.Join(", ", names[..^1])} {conjunction} {names[^1]}";
    }
}
