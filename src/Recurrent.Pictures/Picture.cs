using System.Xml.Linq;
using Recurrent.Pictures.Drawing;

namespace Recurrent.Pictures;

/// <summary>
/// A self-contained picture: an SVG with its style inside, legible on light and dark pages. The same numbers give the
/// same bytes.
/// </summary>
public abstract class Picture
{
    private const string Extension = ".svg";
    private const int MaxCells = 10_000;

    private protected Picture(string title)
    {
        ArgumentNullException.ThrowIfNull(title);
        Title = title;
    }

    /// <summary>The title, which says what the picture shows; empty for none.</summary>
    public string Title { get; }

    /// <summary>Width in pixels, from 200 to 4,000; 720 unless set.</summary>
    public int Width
    {
        get;
        init => field = Pixels(value, nameof(Width), "wide");
    } = 720;

    /// <summary>The picture as a whole SVG document.</summary>
    public string ToSvg() => Markup.ToText(Draw(), isIndented: true) + "\n";

    /// <summary>The same picture with other words, such as those of another language.</summary>
    /// <param name="translate">Gives what is to be written in place of each text; numbers along axes stay.</param>
    /// <example>
    /// <code>
    /// var loop = new Diagram("loop", [new("cell", 0, 0, "cell")], new DiagramArrow("cell", "cell", "state"));
    /// loop.Translated(text =&gt; text == "state" ? "状态" : text).Save("loop.zh-CN.svg");
    /// </code>
    /// </example>
    public abstract Picture Translated(Func<string, string> translate);

    /// <summary>Writes the picture as a file, in UTF-8, all of it or nothing.</summary>
    /// <param name="path">The file to create or replace; its name ends in <c>.svg</c> and its folder exists.</param>
    /// <exception cref="ArgumentException">The name does not end in <c>.svg</c>.</exception>
    /// <exception cref="IOException">The file cannot be written; the message names the path and the cause.</exception>
    /// <exception cref="UnauthorizedAccessException">Writing the file is not permitted.</exception>
    public void Save(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        Require(
            path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase),
            $"A picture cannot be saved as {path}: it is an SVG; name a file that ends in {Extension}."
        );
        var file = new FileInfo(path);
        var target = file.LinkTarget is null ? path : file.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
        var temporary = $"{target}.{Environment.ProcessId}.tmp";
        try
        {
            File.WriteAllText(temporary, ToSvg());
            File.Move(temporary, target, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>The root element.</summary>
    internal abstract XElement Draw();

    private protected static int Pixels(int value, string name, string direction) =>
        value is >= 200 and <= 4000
            ? value
            : throw new ArgumentOutOfRangeException(
                name,
                value,
                $"A picture cannot be {value} pixels {direction}; choose from 200 to 4,000."
            );

    /// <summary>Throws the message unless the condition holds.</summary>
    /// <exception cref="ArgumentException">It does not.</exception>
    private protected static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new ArgumentException(message);
        }
    }

    /// <summary>Throws unless a grid has cells, the same number in each row.</summary>
    private protected static void RequireGrid<T>(IReadOnlyList<IReadOnlyList<T>> rows, string what)
    {
        Require(rows.Count > 0 && rows[0].Count > 0, $"{what} has no cells; give it at least one.");
        for (var i = 1; i < rows.Count; i++)
        {
            Require(
                rows[i].Count == rows[0].Count,
                $"{what} has {rows[i].Count} cells in row {i} and {rows[0].Count} in row 0; give each row as many."
            );
        }
    }

    /// <summary>Throws if there are more cells than can be told apart.</summary>
    private protected static void RequireCells(long cells, string have, string them) =>
        Require(
            cells <= MaxCells,
            $"{have} {cells:#,0} cells and {MaxCells:#,0} can be told apart; draw a part of {them}."
        );
}
