namespace Recurrent.Tests.Architecture;

/// <summary>The house, held by its sources: which room may use which, and how large a file may grow.</summary>
public sealed class ArchitectureTests
{
    private const int MaxLines = 400;
    private const int MaxColumns = 120;

    /// <summary>Each room with the rooms that it may use; all of them are listed before it.</summary>
    private static readonly (string Room, string[] MayUse)[] s_rooms =
    [
        ("Kernels", []),
        ("Files", []),
        ("Ranges", []),
        ("Randomness", ["Kernels", "Ranges"]),
        ("Text", ["Files", "Ranges"]),
        ("Datasets", ["Files", "Text"]),
        ("Batching", ["Randomness", "Ranges", "Text"]),
        ("Tensors", ["Kernels", "Randomness"]),
        ("Layers", ["Kernels", "Randomness", "Ranges", "Tensors"]),
        ("Models", ["Kernels", "Randomness", "Ranges", "Text", "Tensors", "Layers"]),
        ("Formats", ["Kernels", "Files", "Randomness", "Ranges", "Text", "Tensors", "Layers", "Models"]),
        ("Decoding", ["Kernels", "Randomness", "Ranges", "Text", "Tensors", "Models"]),
        ("Optimizing", ["Kernels", "Ranges", "Tensors"]),
        ("Evaluation", ["Kernels", "Ranges", "Text", "Tensors", "Models", "Formats", "Decoding"]),
        (
            "Training",
            [
                "Kernels",
                "Files",
                "Randomness",
                "Ranges",
                "Text",
                "Batching",
                "Tensors",
                "Models",
                "Formats",
                "Decoding",
                "Optimizing",
                "Evaluation",
            ]
        ),
        ("Pictures", []),
        ("Reports", ["Text", "Models", "Evaluation", "Training", "Pictures"]),
        (
            "Cli",
            [
                "Files",
                "Randomness",
                "Ranges",
                "Text",
                "Datasets",
                "Batching",
                "Tensors",
                "Models",
                "Formats",
                "Decoding",
                "Optimizing",
                "Evaluation",
                "Training",
                "Pictures",
                "Reports",
            ]
        ),
    ];

    /// <summary>Arrows that point back and are still to be turned; nothing else may be added here.</summary>
    private static readonly HashSet<(string Room, string Used)> s_stillToCome =
    [
        ("Kernels", "Kernels/Elements"),
        ("Kernels", "Kernels/Recurrence"),
        ("Kernels", "Kernels/Reductions"),
    ];

    /// <summary>Beginnings of paths whose lines are still to be wrapped; nothing else may be added here.</summary>
    private static readonly HashSet<string> s_stillWide =
    [
        "src/Recurrent.Kernels/",
        "src/Recurrent/Layers/",
        "src/Recurrent/Models/",
        "src/Recurrent/Tensors/",
    ];

    private static readonly House s_house = new(
        Repository.Sources("src").Select(path => (RelativePath(path), File.ReadAllText(path)))
    );

    [Fact]
    public void Every_room_has_its_place_after_the_rooms_it_uses()
    {
        for (var i = 0; i < s_rooms.Length; i++)
        {
            var before = s_rooms[..i].Select(room => room.Room);
            Assert.Empty(s_rooms[i].MayUse.Except(before));
        }
        Assert.Equal(
            s_rooms.Select(room => room.Room).Order(),
            s_house.Rooms.Select(Outer).Distinct().Order()
        );
    }

    [Fact]
    public void Arrows_between_rooms_run_one_way() =>
        AssertNone(
            s_house
                .Uses()
                .Where(use => Outer(use.Room) != Outer(use.Used) && !MayUse(Outer(use.Room), use.Used))
                .Where(use => !s_stillToCome.Contains((use.Room, use.Used)))
                .Select(use => $"{use.Source} ({use.Room}) uses {use.Used}")
        );

    [Fact]
    public void Arrows_between_the_rooms_of_a_room_run_one_way()
    {
        var inside = s_house
            .Uses()
            .Where(use => Outer(use.Room) == Outer(use.Used))
            .Where(use => !s_stillToCome.Contains((use.Room, use.Used)))
            .ToLookup(use => use.Room);
        var circles =
            from uses in inside
            from use in uses
            where Reaches(use.Used, use.Room)
            select $"{use.Source} ({use.Room}) uses {use.Used}, which uses {use.Room}";
        AssertNone(circles);

        bool Reaches(string from, string to)
        {
            var (seen, open) = (new HashSet<string> { from }, new Queue<string>([from]));
            while (open.TryDequeue(out var room))
            {
                foreach (var used in inside[room].Select(use => use.Used).Where(seen.Add))
                {
                    open.Enqueue(used);
                }
            }
            return seen.Contains(to);
        }
    }

    [Fact]
    public void Only_the_kernels_are_unsafe()
    {
        var projects = Directory
            .EnumerateFiles(Repository.PathOf("src"), "*.csproj", SearchOption.AllDirectories)
            .Where(path => File.ReadAllText(path).Contains("AllowUnsafeBlocks"));
        Assert.Equal(["Recurrent.Kernels"], projects.Select(Path.GetFileNameWithoutExtension));
    }

    [Fact]
    public void No_file_is_longer_than_400_lines_and_half_are_shorter_than_120()
    {
        var lengths = Repository
            .Sources("src")
            .Concat(Repository.Sources("tests"))
            .Select(path => (Path: RelativePath(path), Lines: File.ReadLines(path).Count()))
            .OrderBy(file => file.Lines)
            .ToList();
        Assert.DoesNotContain(lengths, file => file.Lines > MaxLines);
        Assert.InRange(lengths[lengths.Count / 2].Lines, 1, 120);
    }

    [Fact]
    public void No_line_is_wider_than_120_columns()
    {
        var wide =
            from path in Repository.Sources("src")
            let name = RelativePath(path)
            where !s_stillWide.Any(room => name.StartsWith(room, StringComparison.Ordinal))
            from line in File.ReadLines(path).Index()
            where line.Item.Length > MaxColumns
            select $"{name}:{line.Index + 1} has {line.Item.Length} columns";
        AssertNone(wide);
    }

    /// <summary>Fails with all the lines, not with the first few.</summary>
    private static void AssertNone(IEnumerable<string> lines)
    {
        var all = string.Join('\n', lines);
        Assert.True(all.Length == 0, all);
    }

    private static bool MayUse(string room, string used)
    {
        var allowed = s_rooms.Single(one => one.Room == room).MayUse;
        return allowed.Contains(used) || allowed.Contains(Outer(used));
    }

    private static string Outer(string room) => room.Split('/')[0];

    private static string RelativePath(string path) =>
        Path.GetRelativePath(Repository.Root, path).Replace(Path.DirectorySeparatorChar, '/');
}
