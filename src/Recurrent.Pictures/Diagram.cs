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
                $"The node \"{node.Name}\" is at column {node.Column}, row {node.Row}; choose both from 0 to {MaxNodes}."
            );
            Require(
                node.Colour is null || (node.Colour >= 0 && node.Colour < Colours),
                $"The node \"{node.Name}\" has colour {node.Colour}; choose from 0 to {Colours - 1}."
            );
            Require(
                places.TryAdd((node.Column, node.Row), node.Name),
                $"The nodes \"{places[(node.Column, node.Row)]}\" and \"{node.Name}\" are both at column {node.Column}, "
                    + $"row {node.Row}; move one."
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
                    $"The frame \"{frame.Label}\" goes from column {frame.Column}, row {frame.Row} to {frame.LastColumn}, "
                        + $"{frame.LastRow}, on a grid of columns 0 to {columns} and rows 0 to {rows}; keep it inside."
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

    internal override XElement Draw() => new Layout(this).Draw();
}

/// <summary>The places of everything in a diagram, in pixels.</summary>
file sealed class Layout
{
    private const double Gap = 46; // between columns and between rows: an arrow's length
    private const double FrameRoom = 14; // around the nodes of a frame
    private const double LineHeight = 20;
    private const double BelowTitle = 10;
    private const double Least = 44; // the smallest box
    private const double Corner = 7;
    private const double BeforeNode = 4; // where an arrow ends
    private const double BesideLine = 9;
    private const double Head = 10;
    private const double LoopReach = 34;
    private const double LoopSpread = 26;

    private readonly Diagram _diagram;
    private readonly double[] _columns; // centres
    private readonly double[] _rows;
    private readonly Dictionary<string, Placed> _placed;
    private readonly List<XElement> _frames = [];
    private readonly List<XElement> _arrows = [];
    private readonly List<XElement> _nodes = [];
    private readonly List<XElement> _labels = [];
    private double _left;
    private double _top;
    private double _right;
    private double _bottom;

    /// <summary>A node with its place.</summary>
    private readonly record struct Placed(DiagramNode Node, double X, double Y, double Width, double Height)
    {
        /// <summary>How far its outline is from its middle in a direction of length 1.</summary>
        public double Reach(double dx, double dy) =>
            Node.Shape == NodeShape.Circle
                ? Width / 2
                : Math.Min(
                    dx == 0 ? double.MaxValue : Width / 2 / Math.Abs(dx),
                    dy == 0 ? double.MaxValue : Height / 2 / Math.Abs(dy)
                );
    }

    public Layout(Diagram diagram)
    {
        _diagram = diagram;
        var across = diagram.Nodes.Where(IsCircle).Select(SizeOf).Select(size => size.Width).DefaultIfEmpty().Max();
        (
            double Width,
            double Height
        )[] sizes = // circles are alike
        [.. diagram.Nodes.Select(node => IsCircle(node) ? (across, across) : SizeOf(node))];
        var byName = diagram.Nodes.ToDictionary(node => node.Name, StringComparer.Ordinal);
        _columns = Centres(
            Diagram.LastOf(diagram.Nodes.Max(node => node.Column)),
            diagram.Nodes.Select((node, i) => (node.Column, sizes[i].Width)),
            // A label between neighbours needs room.
            diagram
                .Arrows.Select(arrow => (From: byName[arrow.From], To: byName[arrow.To], Width: LabelWidth(arrow)))
                .Where(arrow => arrow.Width > 0 && Math.Abs(arrow.From.Column - arrow.To.Column) is > 0 and <= 1)
                .Select(arrow => (Math.Min(arrow.From.Column, arrow.To.Column), arrow.Width + (2 * Head) + 8))
        );
        _rows = Centres(
            Diagram.LastOf(diagram.Nodes.Max(node => node.Row)),
            diagram.Nodes.Select((node, i) => (node.Row, sizes[i].Height)),
            diagram
                .Frames.Where(frame => frame.Label.Length > 0 && frame.Row > 0)
                .Select(frame => (frame.Row - 1.0, Gap + LineHeight))
                .Concat(
                    diagram
                        .Arrows.Where(arrow => arrow.From == arrow.To)
                        .Select(arrow => byName[arrow.From].Row - (arrow.Bend < 0 ? 0 : 1))
                        .Where(row => row >= 0 && double.IsInteger(row))
                        .Select(row => (row, Gap + LoopReach + LineHeight))
                )
        );
        _placed = diagram
            .Nodes.Select(
                (node, i) =>
                    new Placed(node, At(_columns, node.Column), At(_rows, node.Row), sizes[i].Width, sizes[i].Height)
            )
            .ToDictionary(placed => placed.Node.Name, StringComparer.Ordinal);
        (_left, _top) = (double.MaxValue, double.MaxValue);
        (_right, _bottom) = (double.MinValue, double.MinValue);
    }

    public XElement Draw()
    {
        foreach (var frame in _diagram.Frames)
        {
            Add(frame);
        }
        foreach (var node in _placed.Values)
        {
            Add(node);
        }
        foreach (var arrow in _diagram.Arrows)
        {
            Add(arrow);
        }
        var room = _diagram.Width - (2 * Svg.Pad);
        var title = Math.Min(room, TextLayout.Width(_diagram.Title, StyleSheet.TitleSize) * 1.08);
        var width = Math.Ceiling(Math.Max(_right - _left, title) + (2 * Svg.Pad));
        var (heading, top) = Svg.Heading(_diagram.Title, width);
        top += heading.Count > 0 ? BelowTitle : 0;
        var height = top + _bottom - _top + Svg.Pad;
        var drawing = Svg.Moved(Svg.Pad - _left, top - _top, [.. _frames, .. _arrows, .. _nodes, .. _labels]);
        return Svg.Root(_diagram.Description(), width, Math.Ceiling(height), heading, drawing);
    }

    private static bool IsCircle(DiagramNode node) => node.Shape == NodeShape.Circle;

    private static double LabelWidth(DiagramArrow arrow) => Formula.Width(arrow.Label);

    private static (double Width, double Height) SizeOf(DiagramNode node)
    {
        var lines = node.Label.Split('\n');
        var (width, height) = (lines.Max(Formula.Width), lines.Length * LineHeight);
        switch (node.Shape)
        {
            case NodeShape.Circle:
                var diameter = Math.Max(Least - 4, Math.Max(width, height) + 12);
                return (diameter, diameter);
            case NodeShape.None:
                return (width + 4, height + 2);
            default:
                return (Math.Max(Least, width + 26), Math.Max(Least - 6, height + 14));
        }
    }

    /// <summary>The centres of columns or rows, from the sizes of what stands in them and the room between them.</summary>
    private static double[] Centres(
        int last,
        IEnumerable<(double Place, double Size)> sizes,
        IEnumerable<(double After, double Room)> wanted
    )
    {
        var (size, gap) = (new double[last + 1], new double[last + 1]);
        Array.Fill(gap, Gap);
        foreach (var (place, each) in sizes.Where(one => double.IsInteger(one.Place)))
        {
            size[(int)place] = Math.Max(size[(int)place], each);
        }
        foreach (var (after, room) in wanted)
        {
            gap[(int)after] = Math.Max(gap[(int)after], room);
        }
        var (centres, at) = (new double[last + 1], 0.0);
        for (var i = 0; i <= last; i++)
        {
            centres[i] = at + (size[i] / 2);
            at += size[i] + gap[i];
        }
        return centres;
    }

    private static double At(double[] centres, double place)
    {
        var (below, part) = ((int)place, place - Math.Floor(place));
        return part == 0 ? centres[below] : (centres[below] * (1 - part)) + (centres[below + 1] * part);
    }

    private void Include(double left, double top, double right, double bottom)
    {
        (_left, _top) = (Math.Min(_left, left), Math.Min(_top, top));
        (_right, _bottom) = (Math.Max(_right, right), Math.Max(_bottom, bottom));
    }

    private void Add(DiagramFrame frame)
    {
        var inside = _placed
            .Values.Where(placed =>
                placed.Node.Column >= frame.Column
                && placed.Node.Column <= frame.LastColumn
                && placed.Node.Row >= frame.Row
                && placed.Node.Row <= frame.LastRow
            )
            .ToArray();
        var left = inside.Select(p => p.X - (p.Width / 2)).Append(_columns[frame.Column]).Min() - FrameRoom;
        var right = inside.Select(p => p.X + (p.Width / 2)).Append(_columns[frame.LastColumn]).Max() + FrameRoom;
        var top = inside.Select(p => p.Y - (p.Height / 2)).Append(_rows[frame.Row]).Min() - FrameRoom;
        var bottom = inside.Select(p => p.Y + (p.Height / 2)).Append(_rows[frame.LastRow]).Max() + FrameRoom;
        if (frame.Label.Length > 0)
        {
            top -= LineHeight;
            right = Math.Max(right, left + Formula.Width(frame.Label) + 20);
            _labels.Add(Formula.Text(left + 10, top + LineHeight, frame.Label, "quiet"));
        }
        _frames.Add(Svg.Path("line dashed s5", Rounded(left, top, right - left, bottom - top)));
        Include(left, top, right, bottom);
    }

    private void Add(Placed placed)
    {
        var (node, x, y, width, height) = placed;
        var (left, top) = (x - (width / 2), y - (height / 2));
        if (node.Shape != NodeShape.None)
        {
            var outline = node.Shape == NodeShape.Circle ? Circle(x, y, width / 2) : Rounded(left, top, width, height);
            _nodes.Add(Svg.Path("cell", outline));
            if (node.Colour is { } colour)
            {
                _nodes.Add(Svg.Path($"line s{colour}", outline));
            }
        }
        var lines = node.Label.Split('\n');
        var baseline = y + 5 - ((lines.Length - 1) * LineHeight / 2);
        foreach (var line in lines.Where(line => line.Length > 0))
        {
            _labels.Add(Formula.Text(x, baseline, line, "middle"));
            baseline += LineHeight;
        }
        Include(left, top, left + width, top + height);
    }

    private void Add(DiagramArrow arrow)
    {
        var (from, to) = (_placed[arrow.From], _placed[arrow.To]);
        var style = arrow.IsDashed ? "line dashed s5" : "line s5";
        if (arrow.From == arrow.To)
        {
            AddLoop(from, arrow, style);
            return;
        }
        var (dx, dy) = (to.X - from.X, to.Y - from.Y);
        // The control point of a quadratic curve, whose middle lies halfway between it and the straight line.
        var control = (
            X: ((from.X + to.X) / 2) - (2 * arrow.Bend * dy),
            Y: ((from.Y + to.Y) / 2) + (2 * arrow.Bend * dx)
        );
        var start = Edge(from, control.X, control.Y, BeforeNode - 2);
        var end = Edge(to, control.X, control.Y, BeforeNode);
        var middle = (
            X: (start.X / 4) + (control.X / 2) + (end.X / 4),
            Y: (start.Y / 4) + (control.Y / 2) + (end.Y / 4)
        );
        if (arrow.Bend == 0)
        {
            middle = ((start.X + end.X) / 2, (start.Y + end.Y) / 2);
        }
        var way = Math.Max(1e-9, double.Hypot(end.X - control.X, end.Y - control.Y));
        var (ux, uy) = ((end.X - control.X) / way, (end.Y - control.Y) / way);
        var tail = arrow.IsPlain ? end : (X: end.X - (ux * (Head - 1)), Y: end.Y - (uy * (Head - 1)));
        var curve = arrow.Bend == 0 ? "L" : $"Q{Svg.Px(control.X)} {Svg.Px(control.Y)} ";
        _arrows.Add(Svg.Path(style, $"M{Px(start)}{curve}{Px(tail)}"));
        if (!arrow.IsPlain)
        {
            AddHead(end, ux, uy);
        }
        Include(middle.X, middle.Y, middle.X, middle.Y);
        if (arrow.Label.Length == 0)
        {
            return;
        }
        if (Math.Abs(dy) > Math.Abs(dx))
        {
            // Beside a steep line: outside its bend, or to the right.
            var side = arrow.Bend * dy > 0 ? -1 : 1;
            middle.X += side * ((LabelWidth(arrow) / 2) + BesideLine);
        }
        else if (arrow.Bend != 0)
        {
            middle.Y += Math.Sign(arrow.Bend * dx) * (LineHeight / 2);
        }
        AddLabel(arrow.Label, middle.X, middle.Y);
    }

    /// <summary>Around the upper side of a node, or the lower one for a bend below zero.</summary>
    private void AddLoop(Placed node, DiagramArrow arrow, string style)
    {
        var outward = arrow.Bend < 0 ? 1 : -1;
        var half = Math.Min(node.Width, Least) / 4;
        var edge = node.Y + (outward * node.Reach(half / node.Height, 1) * (IsCircle(node.Node) ? 0.9 : 1));
        var reach = edge + (outward * LoopReach / 0.75); // of the control points; the curve goes three quarters of the way
        var end = (X: node.X + half, Y: edge + (outward * BeforeNode));
        var (first, second) = ((node.X - half - LoopSpread, reach), (node.X + half + LoopSpread, reach));
        var tail = (end.X, end.Y + (outward * (Head - 1)));
        _arrows.Add(
            Svg.Path(style, $"M{Px((node.X - half, edge + (outward * 2)))}C{Px(first)} {Px(second)} {Px(tail)}")
        );
        AddHead(end, 0, -outward);
        var far = edge + (outward * LoopReach);
        Include(node.X - half - Head, Math.Min(edge, far) - 2, node.X + half + Head, Math.Max(edge, far) + 2);
        if (arrow.Label.Length > 0)
        {
            AddLabel(arrow.Label, node.X, far + (outward * (LineHeight / 2 + 3)));
        }
    }

    private void AddHead((double X, double Y) tip, double ux, double uy)
    {
        const double Half = 5;
        var (x, y) = (tip.X - (ux * Head), tip.Y - (uy * Head));
        var (a, b) = ((x - (uy * Half), y + (ux * Half)), (x + (uy * Half), y - (ux * Half)));
        _arrows.Add(Svg.Path("quiet", $"M{Px(tip)}L{Px(a)}L{Px(b)}z"));
    }

    /// <summary>A label over a line, on a piece of the page.</summary>
    private void AddLabel(string label, double x, double y)
    {
        var width = Formula.Width(label) + 6;
        _arrows.Add(Svg.Rectangle("page", x - (width / 2), y - 10, width, LineHeight));
        _labels.Add(Formula.Text(x, y + 5, label, "quiet middle"));
        Include(x - (width / 2), y - 10, x + (width / 2), y + 10);
    }

    /// <summary>Where the way from a node's middle to a place leaves the node, and some pixels on.</summary>
    private static (double X, double Y) Edge(Placed node, double x, double y, double beyond)
    {
        var way = Math.Max(1e-9, double.Hypot(x - node.X, y - node.Y));
        var (ux, uy) = ((x - node.X) / way, (y - node.Y) / way);
        var reach = node.Reach(ux, uy) + beyond;
        return (node.X + (ux * reach), node.Y + (uy * reach));
    }

    private static string Px((double X, double Y) place) => $"{Svg.Px(place.X)} {Svg.Px(place.Y)}";

    private static string Circle(double x, double y, double radius)
    {
        var (r, across) = (Svg.Px(radius), Svg.Px(2 * radius));
        return $"M{Svg.Px(x - radius)} {Svg.Px(y)}a{r} {r} 0 1 0 {across} 0a{r} {r} 0 1 0 -{across} 0z";
    }

    private static string Rounded(double x, double y, double width, double height)
    {
        var (across, down) = (Svg.Px(width - (2 * Corner)), Svg.Px(height - (2 * Corner)));
        string Turn(string to) => $"a{Corner} {Corner} 0 0 1 {to}";
        return $"M{Svg.Px(x + Corner)} {Svg.Px(y)}h{across}{Turn("7 7")}v{down}{Turn("-7 7")}h-{across}{Turn("-7 -7")}"
            + $"v-{down}{Turn("7 -7")}z";
    }
}
