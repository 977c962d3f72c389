using System.Xml.Linq;
using Recurrent.Pictures.Drawing;

namespace Recurrent.Pictures;

/// <summary>The outline of a node.</summary>
public enum NodeShape
{
    /// <summary>A rectangle with round corners.</summary>
    Box,

    /// <summary>A circle.</summary>
    Circle,

    /// <summary>None: the label alone.</summary>
    None,
}

/// <summary>A labelled place of a diagram.</summary>
/// <param name="Name">What arrows call it; never shown.</param>
/// <param name="Column">
/// Its column, from the left. Columns are as wide as their nodes; 0.5 is halfway between columns 0 and 1.
/// </param>
/// <param name="Row">Its row, from the top, likewise.</param>
/// <param name="Label">What it says, in one or more lines; <c>_{…}</c> is a subscript, as in <c>h_{t−1}</c>.</param>
/// <example>
/// <code>
/// var state = new DiagramNode("h1", Column: 0, Row: 1, "h_{1}") { Shape = NodeShape.Circle, Colour = 0 };
/// </code>
/// </example>
public sealed record DiagramNode(string Name, double Column, double Row, string Label)
{
    /// <summary>Its outline; a box by default.</summary>
    public NodeShape Shape { get; init; }

    /// <summary>The colour of its outline, 0 to 5 as those of a chart's series; null, the default, for grey.</summary>
    public int? Colour { get; init; }
}

/// <summary>An arrow from one node to another, or from a node around to itself.</summary>
/// <param name="From">The name of the node that it leaves.</param>
/// <param name="To">The name of the node that it points to.</param>
/// <param name="Label">What stands at its middle; empty for nothing.</param>
/// <example>
/// <code>
/// var back = new DiagramArrow("loss", "weights", "gradients") { Bend = 0.3, IsDashed = true };
/// </code>
/// </example>
public sealed record DiagramArrow(string From, string To, string Label = "")
{
    /// <summary>
    /// How far its middle swings out to the right of its direction, −1 to 1, as a part of its length; 0, the default,
    /// for a straight arrow.
    /// </summary>
    public double Bend { get; init; }

    /// <summary>Whether its line is dashed.</summary>
    public bool IsDashed { get; init; }

    /// <summary>Whether it is a line without a head, as in a mind map.</summary>
    public bool IsPlain { get; init; }
}

/// <summary>A frame behind the nodes of some columns and rows, such as the inside of a cell.</summary>
/// <param name="Label">What stands at its upper left; empty for nothing.</param>
/// <param name="Column">Its first column.</param>
/// <param name="Row">Its first row.</param>
/// <param name="LastColumn">Its last column.</param>
/// <param name="LastRow">Its last row.</param>
/// <example>
/// <code>
/// var inside = new DiagramFrame("cell", Column: 1, Row: 0, LastColumn: 2, LastRow: 1);
/// </code>
/// </example>
public sealed record DiagramFrame(string Label, int Column, int Row, int LastColumn, int LastRow);

/// <summary>Boxes and circles on a grid, with arrows between them.</summary>
/// <example>
/// <code>
/// var loop = new Diagram(
///     "A recurrent network",
///     [new("x", 0, 0, "X_{t}"), new("cell", 1, 0, "cell"), new("o", 2, 0, "O_{t}")],
///     new DiagramArrow("x", "cell"),
///     new DiagramArrow("cell", "o"),
///     new DiagramArrow("cell", "cell", "H_{t}")
/// );
/// loop.Save("loop.svg");
/// </code>
/// </example>
public sealed class Diagram : Picture
{
    /// <summary>A picture as large as its grid needs.</summary>
    /// <param name="title">The title, which says what the picture shows; empty for none.</param>
    /// <param name="nodes">The nodes, no two of one name or at one place.</param>
    /// <param name="arrows">The arrows between them.</param>
    /// <exception cref="ArgumentException">There are no nodes, or more than 200; two share a name or a place; a place,
    /// colour or bend is out of range; or an arrow names a node that is not there.</exception>
    public Diagram(string title, IReadOnlyList<DiagramNode> nodes, params IReadOnlyList<DiagramArrow> arrows)
        : base(title)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        ArgumentNullException.ThrowIfNull(arrows);
        (Nodes, Arrows) = (nodes, arrows);
        Require(nodes.Count > 0, "A diagram has no nodes; give at least one.");
        Require(
            nodes.Count <= MaxNodes,
            $"A diagram has {nodes.Count} nodes and {MaxNodes} can be told apart; draw two diagrams."
        );
        var names = new HashSet<string>(StringComparer.Ordinal);
        var places = new Dictionary<(double, double), string>();
        foreach (var node in nodes)
        {
            Require(names.Add(node.Name), $"Two nodes are named \"{node.Name}\"; give each a name of its own.");
            Require(
                node.Column is >= 0 and <= MaxNodes && node.Row is >= 0 and <= MaxNodes,
                $"The node \"{node.Name}\" is at column {node.Column}, row {node.Row}; "
                    + $"choose both from 0 to {MaxNodes}."
            );
            Require(
                node.Colour is null || (node.Colour >= 0 && node.Colour < Colours),
                $"The node \"{node.Name}\" has colour {node.Colour}; choose from 0 to {Colours - 1}."
            );
            Require(
                places.TryAdd((node.Column, node.Row), node.Name),
                $"The nodes \"{places[(node.Column, node.Row)]}\" and \"{node.Name}\" are both at "
                    + $"column {node.Column}, row {node.Row}; move one."
            );
        }
        foreach (var arrow in arrows)
        {
            foreach (var end in (string[])[arrow.From, arrow.To])
            {
                Require(
                    names.Contains(end),
                    $"An arrow from \"{arrow.From}\" to \"{arrow.To}\" is drawn and no node is named \"{end}\"; add it."
                );
            }
            Require(
                arrow.Bend is >= -1 and <= 1,
                $"The arrow from \"{arrow.From}\" to \"{arrow.To}\" has bend {arrow.Bend}; choose from -1 to 1."
            );
        }
    }

    /// <summary>Frames behind the nodes, outer ones first; none by default.</summary>
    /// <exception cref="ArgumentException">A frame ends before it begins, or beyond the grid.</exception>
    public IReadOnlyList<DiagramFrame> Frames
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            var (columns, rows) = (LastOf(Nodes.Max(node => node.Column)), LastOf(Nodes.Max(node => node.Row)));
            foreach (var frame in value)
            {
                Require(
                    frame.Column >= 0
                        && frame.Row >= 0
                        && frame.Column <= frame.LastColumn
                        && frame.Row <= frame.LastRow
                        && frame.LastColumn <= columns
                        && frame.LastRow <= rows,
                    $"The frame \"{frame.Label}\" goes from column {frame.Column}, row {frame.Row} to "
                        + $"{frame.LastColumn}, {frame.LastRow}, on a grid of columns 0 to {columns} and rows 0 to "
                        + $"{rows}; keep it inside."
                );
            }
            field = value;
        }
    } = [];

    internal IReadOnlyList<DiagramNode> Nodes { get; }

    internal IReadOnlyList<DiagramArrow> Arrows { get; }

    private const int MaxNodes = 200;
    private static int Colours => Palette.SeriesColours.Count;

    /// <inheritdoc/>
    public override Diagram Translated(Func<string, string> translate)
    {
        ArgumentNullException.ThrowIfNull(translate);
        return new(
            translate(Title),
            [.. Nodes.Select(node => node with { Label = translate(node.Label) })],
            [.. Arrows.Select(arrow => arrow with { Label = translate(arrow.Label) })]
        )
        {
            Width = Width,
            Frames = [.. Frames.Select(frame => frame with { Label = translate(frame.Label) })],
        };
    }

    /// <summary>The title, and who points to whom, for those who cannot see it.</summary>
    internal string Description()
    {
        var labels = Nodes.ToDictionary(node => node.Name, node => Read(node.Label), StringComparer.Ordinal);
        var joined = Arrows.SelectMany(arrow => (string[])[arrow.From, arrow.To]).ToHashSet(StringComparer.Ordinal);
        IEnumerable<string> parts =
        [
            .. Nodes.Where(node => !joined.Contains(node.Name)).Select(node => labels[node.Name]),
            .. Arrows.Select(arrow =>
                $"{labels[arrow.From]} {(arrow.IsPlain ? "–" : "→")} {labels[arrow.To]}"
                + (arrow.Label.Length > 0 ? $" ({Read(arrow.Label)})" : "")
            ),
        ];
        return $"{(Title.Length > 0 ? $"{Title}: " : "")}{string.Join("; ", parts)}";

        static string Read(string label) => string.Join(' ', label.Split('\n').Select(Formula.Plain));
    }

    internal static int LastOf(double place) => (int)Math.Ceiling(place);

    internal override XElement Draw() => new DiagramLayout(this).Draw();
}
