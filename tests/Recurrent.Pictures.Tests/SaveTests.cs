using Recurrent.Tests;

namespace Recurrent.Pictures.Tests;

public sealed class SaveTests
{
    private static Picture Dot =>
        Picture.Lines("Ein Punkt · 点", new Axis("x"), new Axis("y"), new Series("", [1], [1]));

    [Fact]
    public void The_file_is_the_picture()
    {
        using var folder = new TemporaryFolder();
        Dot.Save(folder["dot.svg"]);
        Assert.Equal(Dot.ToSvg(), File.ReadAllText(folder["dot.svg"]));
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
        Assert.Throws<IOException>(() => Dot.Save(Path.Combine("there is no such folder", "dot.svg")));
}
