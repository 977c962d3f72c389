using System.Globalization;
using System.Xml.Linq;
using FsCheck.Fluent;
using Recurrent.Pictures.Drawing;
using Recurrent.Tests;
using Recurrent.Tests.Text;

namespace Recurrent.Pictures.Tests;

public sealed class DiagramTests
{
    private static readonly DiagramNode[] s_pair = [new("a", 0, 0, "A"), new("b", 1, 0, "B")];

    [Fact]
    public void Looks_as_it_did() =>
        Golden.Check(
            "diagram.svg",
            new Diagram(
                "Two steps of a recurrent network",
                [
                    new("before", 0, 1, "H_{t−1}") { Shape = NodeShape.None },
                    new("one", 1, 1, "cell\nat t") { Colour = 0 },
                    new("two", 2, 1, "cell\nat t + 1") { Colour = 0 },
                    new("in one", 1, 2, "X_{t}") { Shape = NodeShape.Circle },
                    new("in two", 2, 2, "X_{t+1}") { Shape = NodeShape.Circle },
                    new("loss", 1.5, 0, "loss") { Colour = 1 },
                ],
                new DiagramArrow("before", "one"),
                new("one", "two", "H_{t}"),
                new("in one", "one", "W_{xh}"),
                new("in two", "two"),
                new("one", "loss"),
                new("two", "loss") { IsPlain = true },
                new("loss", "one", "gradients") { Bend = -0.3, IsDashed = true },
                new("two", "two", "again")
            )
            {
                Frames = [new("unrolled", 1, 1, 2, 1)],
            }.ToSvg()
        );

    [Fact]
    public void Reads_out_its_title_its_arrows_and_what_stands_alone()
    {
        var diagram = new Diagram(
            "A title",
            [.. s_pair, new("c", 0, 1, "alone\nhere"), new("h", 1, 1, "h_{t−1}")],
            new DiagramArrow("a", "b", "by W_{xh}"),
            new("b", "h") { IsPlain = true }
        );
        Assert.Equal(
            "A title: alone here; A → B (by W_xh); B – h_t−1",
            XElement.Parse(diagram.ToSvg()).Attribute("aria-label")!.Value
        );
    }

    [Fact]
    public void An_arrow_begins_and_ends_at_the_outlines_of_its_nodes()
    {
        var drawn = new Diagram("", s_pair, new DiagramArrow("a", "b")).Draw();
        var boxes = Paths(drawn, "cell");
        var (left, right) = (Numbers(boxes[0]), Numbers(boxes[1]));
        var line = Numbers(Paths(drawn, "line s5").Single());
        var head = Numbers(Paths(drawn, "quiet").Single());
        var end = left[0] + left[2] + 7; // a box begins after its corner: M x y h across
        Assert.InRange(line[0], end, end + 5);
        Assert.InRange(head[0], right[0] - 7 - 6, right[0] - 7);
        Assert.Equal(line[1], line[3]); // level
    }

    [Fact]
    public void An_arrow_points_at_its_node_however_wide_that_is()
    {
        var wide = s_pair[1] with { Label = "a label that is much longer than the first" };
        var drawn = new Diagram("", [s_pair[0], wide], new DiagramArrow("a", "b")).Draw();
        var head = Numbers(Paths(drawn, "quiet").Single()); // M tip L corner L corner
        Assert.True(head[0] > head[2] && head[0] > head[4]);
    }

    [Fact]
    public void A_circle_is_round_and_all_are_alike()
    {
        var circles = Paths(
            new Diagram(
                "",
                [
                    .. s_pair.Select(
                        (node, i) => node with { Shape = NodeShape.Circle, Label = i == 0 ? "h" : "h_{t+1}" }
                    ),
                ]
            ).Draw(),
            "cell"
        );
        foreach (var circle in circles.Select(Numbers)) // M left middle a radius radius 0 1 0 across 0 …
        {
            Assert.Equal(2 * circle[2], circle[7]);
            Assert.Equal(Numbers(circles[0])[2], circle[2]);
        }
    }

    [Fact]
    public void A_label_between_neighbours_makes_room_for_itself()
    {
        var word = string.Concat(Enumerable.Repeat("wide ", 10));
        Assert.InRange(Gap(word) - Gap(""), Formula.Width(word) - 30, double.MaxValue);

        static double Gap(string label)
        {
            var boxes = Paths(new Diagram("", s_pair, new DiagramArrow("a", "b", label)).Draw(), "cell");
            return Numbers(boxes[1])[0] - Numbers(boxes[0])[0];
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_frame_holds_the_loop_of_a_node_in_it(double bend)
    {
        var drawn = new Diagram(
            "",
            [new("above", 0, 0, "above"), new("cell", 0, 1, "cell"), new("below", 0, 2, "below")],
            new DiagramArrow("cell", "cell", "state") { Bend = bend }
        )
        {
            Frames = [new("each step", 0, 1, 0, 1)],
        }.Draw();
        var frame = Numbers(Paths(drawn, "line dashed s5").Single()); // M left top h across a 7 7 0 0 1 7 7 v down
        var (top, bottom) = (frame[1], frame[1] + frame[10] + 14);
        var loop = Numbers(Paths(drawn, "line s5").Single()); // M x y C x y x y x y: three quarters of the way
        var label = drawn.Descendants().Single(element => element.Value == "state");
        Assert.InRange(loop[1] + (0.75 * (loop[3] - loop[1])), top, bottom);
        Assert.InRange(Number(label, "y"), top + 15, bottom);
        var (above, below) = (Numbers(Paths(drawn, "cell")[0]), Numbers(Paths(drawn, "cell")[2]));
        Assert.True(above[1] + 14 + above[10] < top && bottom < below[1], "the frame reaches into another row");
    }

    [Fact]
    public void A_frame_within_another_has_its_own_edges()
    {
        var drawn = new Diagram("", s_pair) { Frames = [new("outer", 0, 0, 1, 0), new("inner", 1, 0, 1, 0)] }.Draw();
        var frames = Paths(drawn, "line dashed s5").Select(Numbers).ToArray(); // M left top h across a 7 7 0 0 1 7 7 v
        var (outer, inner) = (frames[0], frames[1]);
        Assert.True(outer[0] < inner[0] && outer[1] < inner[1]);
        Assert.True(outer[0] + outer[2] > inner[0] + inner[2] + 7);
        Assert.True(outer[1] + outer[10] > inner[1] + inner[10] + 7);
    }

    [Fact]
    public void A_branch_of_a_mind_map_goes_from_side_to_side()
    {
        DiagramNode[] nodes = [new("hub", 1, 1, "hub"), .. Enumerable.Range(0, 3).Select(row => Leaf(row))];
        var drawn = new Diagram(
            "",
            nodes,
            [.. nodes[1..].Select(leaf => new DiagramArrow("hub", leaf.Name) { IsPlain = true })]
        ).Draw();
        var boxes = Paths(drawn, "cell").Select(Numbers).ToArray(); // M left top h across a 7 7 0 0 1 7 7 v down
        foreach (var (branch, box) in Paths(drawn, "line s5").Select(Numbers).Zip(boxes[1..]))
        {
            Assert.InRange(branch[0], boxes[0][0] - 7 - 6, boxes[0][0] - 7); // M x y C x y x y x y
            Assert.InRange(branch[6], box[0] + box[2] + 7, box[0] + box[2] + 7 + 6);
            Assert.InRange(branch[7], box[1] + 7, box[1] + 7 + box[10]);
        }

        static DiagramNode Leaf(int row) => new($"{row}", 0, row, $"a rather long label {row}");
    }

    [Fact]
    public void Everything_lies_within_the_picture() =>
        Laws.Hold(
            from labels in UnicodeText.Strings.ArrayOf(6)
            from bend in Gen.Choose(-100, 100)
            from shape in Gen.Elements(NodeShape.Box, NodeShape.Circle, NodeShape.None)
            select (labels, bend: bend / 100.0, shape),
            drawn =>
            {
                var picture = new Diagram(
                    "",
                    [
                        .. drawn.labels.Select(
                            (label, i) => new DiagramNode($"{i}", i % 3, i / 3, label) { Shape = drawn.shape }
                        ),
                    ],
                    new DiagramArrow("0", "5", "x") { Bend = drawn.bend },
                    new("3", "3", "y") { Bend = drawn.bend }
                ).Draw();
                var (width, height) = (Number(picture, "width"), Number(picture, "height"));
                var group = picture.Elements().Single(element => element.Name.LocalName == "g");
                var moved = Numbers(group.Attribute("transform")!.Value[10..^1]);
                foreach (var box in Paths(picture, "cell").Select(Numbers))
                {
                    Assert.InRange(box[0] + moved[0], 0, width);
                    Assert.InRange(box[1] + moved[1], 0, height);
                }
                foreach (var label in group.Elements().Where(element => element.Name.LocalName == "text"))
                {
                    Assert.InRange(Number(label, "x") + moved[0], 0, width);
                    Assert.InRange(Number(label, "y") + moved[1], 0, height);
                }
                XElement.Parse(Markup.ToText(picture, isIndented: true));
            }
        );

    [Fact]
    public void Subscripts_are_small_and_low_and_the_line_goes_on_as_it_was()
    {
        var text = Formula.Text(0, 0, "h_{t}W_{hh} + b_", "");
        Assert.Equal("htWhh + b_", text.Value);
        Assert.Equal(["4", "-4", "4", "-4"], text.Elements().Select(part => part.Attribute("dy")!.Value));
        Assert.True(Formula.Width("h_{tt}") < Formula.Width("htt"));
    }

    [Fact]
    public void Another_language_changes_words_and_no_structure()
    {
        var diagram = new Diagram("title", s_pair, new DiagramArrow("a", "b", "to") { Bend = 0.5 })
        {
            Frames = [new("frame", 0, 0, 1, 0)],
        };
        Assert.Equal(
            "[title]: [A] → [B] ([to])",
            XElement.Parse(diagram.Translated(text => $"[{text}]").ToSvg()).Attribute("aria-label")!.Value
        );
        Assert.Equal(diagram.ToSvg(), diagram.Translated(text => text).ToSvg());
        Assert.Contains("[frame]", diagram.Translated(text => $"[{text}]").ToSvg());
    }

    [Fact]
    public void What_cannot_be_drawn_is_told_by_name_value_and_way_out()
    {
        Fails("A diagram has no nodes; give at least one.", () => new Diagram("", []));
        Fails(
            "A diagram has 201 nodes and 200 can be told apart; draw two diagrams.",
            () => new Diagram("", [.. Enumerable.Range(0, 201).Select(i => new DiagramNode($"{i}", i, 0, ""))])
        );
        Fails("Two nodes are named \"a\"; give each a name of its own.", () => new Diagram("", [s_pair[0], s_pair[0]]));
        Fails(
            "The nodes \"a\" and \"c\" are both at column 0, row 0; move one.",
            () => new Diagram("", [.. s_pair, new("c", 0, 0, "C")])
        );
        Fails(
            "The node \"c\" is at column -1, row 0; choose both from 0 to 200.",
            () => new Diagram("", [new("c", -1, 0, "C")])
        );
        Fails(
            "The node \"a\" has colour 6; choose from 0 to 5.",
            () => new Diagram("", [s_pair[0] with { Colour = 6 }])
        );
        Fails(
            "An arrow from \"a\" to \"z\" is drawn and no node is named \"z\"; add it.",
            () => new Diagram("", s_pair, new DiagramArrow("a", "z"))
        );
        Fails(
            "The arrow from \"a\" to \"b\" has bend 2; choose from -1 to 1.",
            () => new Diagram("", s_pair, new DiagramArrow("a", "b") { Bend = 2 })
        );
        Fails(
            "The frame \"f\" goes from column 0, row 0 to 2, 0, on a grid of columns 0 to 1 and rows 0 to 0; "
                + "keep it inside.",
            () => new Diagram("", s_pair) { Frames = [new("f", 0, 0, 2, 0)] }
        );
    }

    private static void Fails(string message, Func<Picture> draw) =>
        Assert.Equal(message, Assert.Throws<ArgumentException>(draw).Message);

    private static string[] Paths(XElement picture, string style) =>
        [
            .. picture
                .Descendants()
                .Where(element => element.Attribute("class")?.Value == style && element.Attribute("d") is not null)
                .Select(element => element.Attribute("d")!.Value),
        ];

    private static double[] Numbers(string path) =>
        [
            .. path.Split([.. "MLQCahvz "], StringSplitOptions.RemoveEmptyEntries)
                .Select(number => double.Parse(number, CultureInfo.InvariantCulture)),
        ];

    private static double Number(XElement element, string attribute) =>
        double.Parse(element.Attribute(attribute)!.Value, CultureInfo.InvariantCulture);
}
