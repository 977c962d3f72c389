using Recurrent.Tests;

namespace Recurrent.Pictures.Tests;

public sealed class SaveTests
{
    private static LineChart Dot => new("Ein Punkt · 点", new Axis("x"), new Axis("y"), new Series("", [1], [1]));

    [Fact]
    public void The_file_is_the_picture()
    {
        using var folder = new TemporaryFolder();
        Dot.Save(folder["dot.svg"]);
        Assert.Equal(Dot.ToSvg(), File.ReadAllText(folder["dot.svg"]));
        Assert.Equal(["dot.svg"], folder.Names);
    }

    [Fact]
    public void Another_language_changes_words_and_nothing_else()
    {
        Picture[] pictures =
        [
            new LineChart("title", new Axis("x"), new Axis("y") { Minimum = 1 }, new Series("name", [1], [2]))
            {
                Height = 300,
            },
            new HeatMap(
                "title",
                ["row"],
                ["column"],
                [
                    [1],
                ],
                "unit"
            )
            {
                Width = 400,
            },
            new MatrixShapes(
                "title",
                ShapePart.Matrix(
                    "W",
                    ["B"],
                    [
                        ["1"],
                    ],
                    "caption"
                ),
                ShapePart.Operator("→")
            ),
        ];
        foreach (var picture in pictures)
        {
            Assert.Equal(picture.ToSvg(), picture.Translated(text => text).ToSvg());
            var marked = picture.Translated(text => $"«{text}»").ToSvg();
            foreach (var word in (string[])["title", "name", "x", "y", "row", "column", "unit", "W", "B", "caption"])
            {
                Assert.Equal(picture.ToSvg().Contains($">{word}<"), marked.Contains($">«{word}»<"));
            }
        }
    }

    [Fact]
    public void An_old_file_is_replaced_behind_a_link_too()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows asks for rights to make a link.");
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["old.svg"], "old");
        File.CreateSymbolicLink(folder["link.svg"], folder["old.svg"]);
        Dot.Save(folder["link.svg"]);
        Assert.Equal(Dot.ToSvg(), File.ReadAllText(folder["old.svg"]));
        Assert.Equal(["link.svg", "old.svg"], folder.Names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_file_that_cannot_be_replaced_stays_and_nothing_is_left_beside_it()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["dot.svg"]);
        Assert.ThrowsAny<IOException>(() => Dot.Save(folder["dot.svg"]));
        Assert.Equal(["dot.svg"], folder.Names);
    }

    [Fact]
    public void A_name_that_is_no_svg_is_refused() =>
        Assert.StartsWith(
            "A picture cannot be saved as dot.png: it is an SVG; name a file that ends in .svg.",
            Assert.Throws<ArgumentException>(() => Dot.Save("dot.png")).Message
        );

    [Fact]
    public void A_missing_folder_is_told() =>
        Assert.Contains(
            "there is no such folder",
            Assert.ThrowsAny<IOException>(() => Dot.Save(Path.Combine("there is no such folder", "dot.svg"))).Message
        );
}
