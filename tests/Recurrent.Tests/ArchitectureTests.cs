using System.Text.RegularExpressions;

namespace Recurrent.Tests;

/// <summary>Reads the sources and holds the house: which room may use which, and how large a file may grow.</summary>
public sealed partial class ArchitectureTests
{
    /// <summary>Each room, and the rooms that it may use; all of them stand before it, so there is no circle.</summary>
    private static readonly (string Room, string[] MayUse)[] s_rooms =
    [
        ("Kernels", []),
        ("Files", []),
        ("Ranges", []),
        ("Randomness", ["Kernels"]),
        ("Text", ["Files"]),
        ("Datasets", ["Files", "Text"]),
        ("Batching", ["Randomness", "Ranges", "Text"]),
        ("Tensors", ["Kernels", "Randomness"]),
        ("Layers", ["Kernels", "Randomness", "Tensors"]),
        ("Models", ["Kernels", "Randomness", "Tensors", "Layers"]),
        ("Formats", ["Kernels", "Files", "Randomness", "Text", "Tensors", "Layers", "Models"]),
        ("Decoding", ["Kernels", "Randomness", "Text", "Tensors", "Models"]),
        ("Optimizing", ["Kernels", "Ranges", "Tensors"]),
        ("Evaluation", ["Kernels", "Text", "Tensors", "Models", "Formats", "Decoding"]),
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
        ("Pictures", ["Files"]),
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
            ]
        ),
    ];

    [Fact]
    public void Every_room_stands_after_the_rooms_it_uses()
    {
        for (var i = 0; i < s_rooms.Length; i++)
        {
            var before = s_rooms[..i].Select(room => room.Room);
            Assert.Empty(s_rooms[i].MayUse.Except(before));
        }
    }

    [Fact]
    public void Arrows_run_one_way()
    {
        var forbidden =
            from path in Repository.Sources("src")
            let room = RoomOf(path)
            from used in RoomsUsedIn(File.ReadAllText(path))
            where used != room && !MayUse(room, used)
            select $"{Path.GetRelativePath(Repository.Root, path)} ({room}) uses {used}";
        Assert.Empty(forbidden);
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
            .Select(path =>
                (Path: Path.GetRelativePath(Repository.Root, path), Lines: File.ReadLines(path).Count())
            )
            .OrderBy(file => file.Lines)
            .ToList();
        Assert.DoesNotContain(lengths, file => file.Lines > 400);
        Assert.InRange(lengths[lengths.Count / 2].Lines, 1, 120);
    }

    private static bool MayUse(string room, string used) =>
        s_rooms.Single(r => r.Room == room).MayUse.Contains(used);

    private static string RoomOf(string path)
    {
        var parts = Path.GetRelativePath(Repository.PathOf("src"), path).Split(Path.DirectorySeparatorChar);
        return parts[0] switch
        {
            "Recurrent.Kernels" => "Kernels",
            "Recurrent.Pictures" => "Pictures",
            "Recurrent.Cli" => "Cli",
            _ => parts[1],
        };
    }

    private static IEnumerable<string> RoomsUsedIn(string source) =>
        RoomReference()
            .Matches(source)
            .Select(match => match.Groups["room"].Value)
            .Where(name => s_rooms.Any(room => room.Room == name))
            .Distinct();

    // "using Recurrent.Datasets;", "Recurrent.Text.X" and, from inside Recurrent, "Kernels.X".
    [GeneratedRegex(
        @"(?:\bRecurrent\.|(?<![.\w""/])(?=\w+\.[A-Z]))(?<room>\w+)",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex RoomReference();
}
