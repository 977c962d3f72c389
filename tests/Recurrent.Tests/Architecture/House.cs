using System.Text.RegularExpressions;

namespace Recurrent.Tests.Architecture;

/// <summary>
/// The rooms of some sources, and which uses which. A room is a namespace below <c>Recurrent</c>, two levels deep:
/// <c>Training</c>, <c>Training/Settings</c>, <c>Cli/Output</c>. A source uses a room if it has a <c>using</c> for it,
/// if it names one of its types by a qualified name, or if it names a type of a namespace that encloses its own.
/// </summary>
internal sealed partial class House
{
    private readonly List<(string Name, string Namespace, string Code)> _sources = [];
    private readonly Dictionary<string, HashSet<string>> _types = []; // by namespace

    /// <summary>Reads the sources.</summary>
    /// <param name="sources">The name and the content of each.</param>
    public House(IEnumerable<(string Name, string Content)> sources)
    {
        foreach (var (name, content) in sources)
        {
            var code = CodeText.Of(content);
            var space = NamespaceDeclaration().Match(code).Groups["name"].Value;
            if (space.Length == 0)
            {
                space = "Recurrent.Cli"; // the program's top-level statements
            }
            _sources.Add((name, space, code));
            if (!_types.TryGetValue(space, out var types))
            {
                _types[space] = types = [];
            }
            types.UnionWith(TypeDeclaration().Matches(code).Select(match => match.Groups["name"].Value));
        }
    }

    /// <summary>All rooms.</summary>
    public IEnumerable<string> Rooms => _types.Keys.Select(RoomOf).Distinct();

    /// <summary>Returns each use of a room by a source of a different one.</summary>
    public IEnumerable<(string Source, string Room, string Used)> Uses() =>
        from source in _sources
        let room = RoomOf(source.Namespace)
        from used in NamespacesUsed(source.Namespace, source.Code).Select(RoomOf).Distinct()
        where used != room
        select (source.Name, room, used);

    private static string RoomOf(string space) => string.Join('/', space.Split('.').Skip(1).Take(2));

    private IEnumerable<string> NamespacesUsed(string own, string code)
    {
        var enclosing = Enclosing(own).ToArray();
        foreach (Match match in UsingDirective().Matches(code))
        {
            if (LongestNamespace(match.Groups["name"].Value) is { } space)
            {
                yield return space;
            }
        }
        foreach (Match match in QualifiedName().Matches(code))
        {
            var name = match.Value;
            // The compiler looks outwards, from the own namespace to the root.
            var found = enclosing
                .Prepend(own)
                .Select(outer => Qualified($"{outer}.{name}"))
                .Append(Qualified(name))
                .FirstOrDefault(space => space is not null);
            if (found is not null)
            {
                yield return found;
            }
        }
        foreach (var outer in enclosing.Where(outer => _types.ContainsKey(outer)))
        {
            var names = SimpleName().Matches(code).Select(match => match.Value).ToHashSet();
            if (_types[outer].Except(_types[own]).Any(names.Contains))
            {
                yield return outer;
            }
        }
    }

    /// <summary>
    /// Returns the namespace of a qualified name that goes on with one of its types; null if it does not.
    /// </summary>
    private string? Qualified(string name)
    {
        var space = LongestNamespace(name);
        return
            space is not null
            && space.Length < name.Length
            && _types[space].Contains(name[(space.Length + 1)..].Split('.')[0])
            ? space
            : null;
    }

    private string? LongestNamespace(string name) =>
        Enclosing(name).Prepend(name).FirstOrDefault(space => _types.ContainsKey(space));

    /// <summary>Returns the namespaces around a name, from the inside out.</summary>
    private static IEnumerable<string> Enclosing(string name)
    {
        for (var dot = name.LastIndexOf('.'); dot > 0; dot = name.LastIndexOf('.', dot - 1))
        {
            yield return name[..dot];
        }
    }

    [GeneratedRegex(@"^\s*namespace\s+(?<name>[\w.]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NamespaceDeclaration();

    [GeneratedRegex(
        @"^(public |internal |file |static |sealed |abstract |partial |readonly |unsafe |ref )*"
            + @"(class|struct|interface|enum|record class|record struct|record|delegate [\w<>?.\[\], ]+?) +(?<name>\w+)",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex TypeDeclaration();

    [GeneratedRegex(
        @"^\s*(global\s+)?using\s+(static\s+)?(\w+\s*=\s*)?(global::)?(?<name>Recurrent(\.\w+)*)",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex UsingDirective();

    [GeneratedRegex(@"(?<![\w.])[A-Z]\w*(\.[A-Z]\w*)+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex QualifiedName();

    [GeneratedRegex(@"(?<![\w.])[A-Z]\w*", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SimpleName();
}
