using System.Globalization;

namespace Recurrent.Mpi;

/// <summary>The processors that a rank may use.</summary>
/// <param name="List">The processors that it is bound to, such as 0-3,8; empty where the system does not tell.</param>
/// <param name="Count">How many these are.</param>
/// <param name="Unbound">How many its launcher may use, which has bound it.</param>
/// <param name="Usable">How many it may use at once, where a container allows less.</param>
internal sealed record Binding(string List, int Count, int Unbound, int Usable)
{
    private const int Generations = 3; // a launcher may start it through a script

    /// <summary>That of this process.</summary>
    public static Binding OfThisProcess()
    {
        var usable = Environment.ProcessorCount;
        if (StatusOf("self") is not var (list, parent))
        {
            return new("", usable, usable, usable);
        }
        var (own, unbound) = (CountOf(list), CountOf(list));
        for (var i = 0; i < Generations && StatusOf(parent) is var (above, next); i++)
        {
            (unbound, parent) = (Math.Max(unbound, CountOf(above)), next);
        }
        return new(list, own, unbound, usable);
    }

    /// <summary>The processors in a list such as 0-3,8.</summary>
    internal static int CountOf(string list) =>
        list.Split(',')
            .Select(range => range.Split('-').Select(end => int.Parse(end, CultureInfo.InvariantCulture)).ToArray())
            .Sum(ends => ends[^1] - ends[0] + 1);

    /// <summary>The processors of a process and its parent; null where that is not told.</summary>
    private static (string List, string Parent)? StatusOf(string process)
    {
        try
        {
            var lines = File.ReadLines($"/proc/{process}/status")
                .Select(line => line.Split(':', 2))
                .ToDictionary(parts => parts[0], parts => parts[1].Trim(), StringComparer.Ordinal);
            return (lines["Cpus_allowed_list"], lines["PPid"]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or KeyNotFoundException)
        {
            return null; // another system, or the parent is another user's
        }
    }
}
