namespace Recurrent.Tests.Architecture;

/// <summary>The house, held by its sources: which room may use which, and how large a file may grow.</summary>
public sealed class ArchitectureTests
{
    private const int MaxLines = 400;
    private const int MaxColumns = 120;

    /// <summary>
    /// Each room with the rooms that it may use; all of them are listed before it. A room below a room is allowed by
    /// itself: <c>Kernels/Portable</c> is arithmetic with the same bits everywhere, <c>Kernels/Cells</c> lists the
    /// cells.
    /// </summary>
    private static readonly (string Room, string[] MayUse)[] s_rooms =
    [
        ("Kernels", []),
        ("Files", []),
        ("Ranges", []),
        ("Telemetry", []),
        ("Randomness", ["Kernels/Portable", "Ranges"]),
        ("Text", ["Ranges"]),
        ("Datasets", ["Files", "Text"]),
        ("Batching", ["Randomness", "Ranges", "Text"]),
        ("Tensors", ["Ranges", "Kernels", "Randomness"]),
        ("Layers", ["Ranges", "Kernels/Cells", "Randomness", "Tensors"]),
        ("Models", ["Kernels/Cells", "Kernels/Portable", "Randomness", "Ranges", "Tensors", "Layers"]),
        ("Formats", ["Ranges", "Kernels/Cells", "Files", "Text", "Tensors", "Models"]),
        ("Decoding", ["Ranges", "Telemetry", "Kernels/Portable", "Randomness", "Text", "Tensors", "Models", "Formats"]),
        ("Optimizing", ["Kernels/Portable", "Ranges", "Tensors"]),
        ("Adaptation", ["Kernels/Portable", "Ranges", "Tensors", "Models", "Optimizing"]),
        (
            "Evaluation",
            [
                "Ranges",
                "Telemetry",
                "Kernels/Portable",
                "Text",
                "Tensors",
                "Models",
                "Formats",
                "Decoding",
                "Adaptation",
            ]
        ),
        ("Compression", ["Kernels/Portable", "Text", "Models", "Formats", "Adaptation", "Evaluation"]),
        (
            "Training",
            [
                "Kernels/Portable",
                "Randomness",
                "Ranges",
                "Telemetry",
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
        // The root: TextModel.
        ("", ["Text", "Tensors", "Models", "Formats", "Decoding", "Evaluation", "Compression", "Training"]),
        ("Extensions", ["", "Formats", "Decoding"]),
        ("Mpi", ["Training"]),
        ("Pictures", []),
        ("Reports", ["Ranges", "Models", "Evaluation", "Training", "Pictures"]),
        ("Server", ["Randomness", "Ranges", "Text", "Models", "Formats", "Decoding", "Evaluation", "Reports"]),
        (
            "Cli",
            [
                "Files",
                "Randomness",
                "Ranges",
                "Text",
                "Datasets",
                "Tensors",
                "Models",
                "Formats",
                "Decoding",
                "Adaptation",
                "Evaluation",
                "Compression",
                "Training",
                "Mpi",
                "Reports",
                "Server",
            ]
        ),
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
            Assert.Empty(s_rooms[i].MayUse.Select(Outer).Except(before));
        }
        Assert.Equal(s_rooms.Select(room => room.Room).Order(), s_house.Rooms.Select(Outer).Distinct().Order());
    }

    [Fact]
    public void Arrows_between_rooms_run_one_way() =>
        AssertNone(
            s_house
                .Uses()
                .Where(use => Outer(use.Room) != Outer(use.Used) && !MayUse(Outer(use.Room), use.Used))
                .Select(use => $"{use.Source} ({use.Room}) uses {use.Used}")
        );

    [Fact]
    public void Arrows_between_the_rooms_of_a_room_run_one_way()
    {
        var inside = s_house.Uses().Where(use => Outer(use.Room) == Outer(use.Used)).ToLookup(use => use.Room);
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
    public void Only_the_kernels_and_the_calls_of_MPI_are_unsafe()
    {
        var projects = Directory
            .EnumerateFiles(Repository.PathOf("src"), "*.csproj", SearchOption.AllDirectories)
            .Where(path => File.ReadAllText(path).Contains("AllowUnsafeBlocks"));
        Assert.Equal(["Recurrent.Kernels", "Recurrent.Mpi"], projects.Select(Path.GetFileNameWithoutExtension).Order());
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
        // Outside src a line may end in a string: what is expected of a program is easier to compare in one piece.
        var wide =
            from folder in new[] { "src", "book", "bench", "samples", "tests" }
            from path in Repository.Sources(folder)
            from line in File.ReadLines(path).Index()
            where line.Item.Length > MaxColumns && (folder == "src" || !EndsInString(line.Item))
            select $"{RelativePath(path)}:{line.Index + 1} has {line.Item.Length} columns";
        AssertNone(wide);

        static bool EndsInString(string line) =>
            !line.TrimStart().StartsWith("//", StringComparison.Ordinal)
            && line.LastIndexOf('"') > line.LastIndexOf("//", StringComparison.Ordinal);
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

    [Fact]
    public void Every_use_that_is_allowed_is_made()
    {
        var made = s_house.Uses().ToLookup(use => Outer(use.Room), use => use.Used);
        var unused =
            from room in s_rooms
            from used in room.MayUse
            where !made[room.Room].Any(use => use == used || Outer(use) == used)
            select $"{room.Room} does not use {used}";
        AssertNone(unused);
    }

    private static string Outer(string room) => room.Split('/')[0];

    private static string RelativePath(string path) =>
        Path.GetRelativePath(Repository.Root, path).Replace(Path.DirectorySeparatorChar, '/');
}
