using System.Xml.Linq;
using Recurrent.Pictures.Drawing;

namespace Recurrent.Pictures;

/// <summary>The places of everything in a diagram, in pixels.</summary>
internal sealed class DiagramLayout
{
    private const double Gap = 46; // between columns and between rows: an arrow's length
    private const double FrameRoom = 14; // around the nodes of a frame
    private const double BetweenFrames = 8;
    private const double LineHeight = 20;
    private const double BelowTitle = 10;
    private const double Least = 44; // the smallest box
    private const double Corner = 7;
    private const double BeforeNode = 4; // where an arrow ends
    private const double BesideLine = 9;
    private const double Head = 10;
    private const double LoopReach = 34;
    private const double LoopSpread = 26;
    private const double LoopRoom = LoopReach + LineHeight; // with its label

    private readonly Diagram _diagram;
    private readonly double[] _columns; // centres
    private readonly double[] _rows;
    private readonly Dictionary<string, Placed> _placed;
    private readonly List<XElement> _frames = [];
    private readonly List<(DiagramFrame Frame, (double Left, double Top, double Right, double Bottom) Edge)> _edges =
    [];
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

    public DiagramLayout(Diagram diagram)
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
        double[] loops = // the rows below which they are
        [
            .. diagram
                .Arrows.Where(arrow => arrow.From == arrow.To)
                .Select(arrow => byName[arrow.From].Row - (arrow.Bend < 0 ? 0 : 1)),
        ];
        _rows = Centres(
            Diagram.LastOf(diagram.Nodes.Max(node => node.Row)),
            diagram.Nodes.Select((node, i) => (node.Row, sizes[i].Height)),
            diagram
                .Frames.Where(frame => frame.Label.Length > 0 && frame.Row > 0)
                .GroupBy(frame => frame.Row - 1.0)
                .Select(above =>
                    (above.Key, Gap + (above.Count() * LineHeight) + (loops.Contains(above.Key) ? LoopRoom : 0))
                )
                .Concat(loops.Where(row => row >= 0 && double.IsInteger(row)).Select(row => (row, Gap + LoopRoom)))
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
        foreach (var frame in _diagram.Frames.Reverse()) // from the inside outwards
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
                // Even, or the two halves of its outline, which are rounded to a tenth, would not be of one circle.
                var diameter = 2 * Math.Ceiling(Math.Max(Least - 4, Math.Max(width, height) + 12) / 2);
                return (diameter, diameter);
            case NodeShape.None:
                return (width + 4, height + 2);
            default:
                return (Math.Max(Least, width + 26), Math.Max(Least - 6, height + 14));
        }
    }

    /// <summary>The centres of columns or rows, by the sizes of what is in them and the room between.</summary>
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
        double Loops(Placed placed, int side) => // the room that they take above (−1) or below (1) a node
            _diagram.Arrows.Any(arrow =>
                arrow.From == placed.Node.Name && arrow.To == arrow.From && (arrow.Bend < 0 ? 1 : -1) == side
            )
                ? LoopRoom
                : 0;
        bool Holds(DiagramFrame other) =>
            other.Column >= frame.Column
            && other.LastColumn <= frame.LastColumn
            && other.Row >= frame.Row
            && other.LastRow <= frame.LastRow;
        var left = inside.Select(p => p.X - (p.Width / 2)).Append(_columns[frame.Column]).Min() - FrameRoom;
        var right = inside.Select(p => p.X + (p.Width / 2)).Append(_columns[frame.LastColumn]).Max() + FrameRoom;
        var top = inside.Select(p => p.Y - (p.Height / 2) - Loops(p, -1)).Append(_rows[frame.Row]).Min() - FrameRoom;
        var bottom =
            inside.Select(p => p.Y + (p.Height / 2) + Loops(p, 1)).Append(_rows[frame.LastRow]).Max() + FrameRoom;
        foreach (var (_, edge) in _edges.Where(one => Holds(one.Frame)))
        {
            (left, top) = (Math.Min(left, edge.Left - BetweenFrames), Math.Min(top, edge.Top - BetweenFrames));
            (right, bottom) = (
                Math.Max(right, edge.Right + BetweenFrames),
                Math.Max(bottom, edge.Bottom + BetweenFrames)
            );
        }
        if (frame.Label.Length > 0)
        {
            top -= LineHeight;
            right = Math.Max(right, left + Formula.Width(frame.Label) + 20);
            _labels.Add(Formula.Text(left + 10, top + LineHeight, frame.Label, "quiet"));
        }
        _edges.Add((frame, (left, top, right, bottom)));
        _frames.Insert(0, Svg.Path("line dashed s5", Rounded(left, top, right - left, bottom - top)));
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
        var apart = Math.Abs(dx) - ((from.Width + to.Width) / 2) - (2 * BeforeNode);
        if (arrow.IsPlain && arrow.Bend == 0 && apart > 0)
        {
            AddBranch(from, to, Math.Sign(dx), arrow, style);
            return;
        }
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
        // A wide node may reach over the control point, so a straight arrow points where its middle is.
        var (alongX, alongY) = arrow.Bend == 0 ? (dx, dy) : (end.X - control.X, end.Y - control.Y);
        var way = Math.Max(1e-9, double.Hypot(alongX, alongY));
        var (ux, uy) = (alongX / way, alongY / way);
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

    /// <summary>A line of a mind map, from side to side, so that it crosses no other branch of its column.</summary>
    private void AddBranch(Placed from, Placed to, int side, DiagramArrow arrow, string style)
    {
        var start = (X: from.X + (side * ((from.Width / 2) + BeforeNode)), from.Y);
        var end = (X: to.X - (side * ((to.Width / 2) + BeforeNode)), to.Y);
        var turn = start.X + (side * Gap / 2); // between the columns, where it meets no box
        _arrows.Add(Svg.Path(style, $"M{Px(start)}C{Px((turn, start.Y))} {Px((turn, end.Y))} {Px(end)}"));
        if (arrow.Label.Length > 0)
        {
            AddLabel(arrow.Label, (start.X + end.X) / 2, (start.Y + end.Y) / 2);
        }
    }

    /// <summary>Around the upper side of a node, or the lower one for a bend below zero.</summary>
    private void AddLoop(Placed node, DiagramArrow arrow, string style)
    {
        var outward = arrow.Bend < 0 ? 1 : -1;
        var half = Math.Min(node.Width, Least) / 4;
        var edge = node.Y + (outward * node.Reach(half / node.Height, 1) * (IsCircle(node.Node) ? 0.9 : 1));
        var reach = edge + (outward * LoopReach / 0.75); // the curve goes three quarters of the way
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
