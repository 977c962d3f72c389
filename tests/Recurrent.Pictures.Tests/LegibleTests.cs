using System.Globalization;
using System.Xml.Linq;
using FsCheck.Fluent;
using Recurrent.Pictures.Drawing;
using Recurrent.Tests;
using Recurrent.Tests.Text;

namespace Recurrent.Pictures.Tests;

/// <summary>Pictures can be read: by XML readers, whatever their texts are, and by people on either page.</summary>
public sealed class LegibleTests
{
    [Fact]
    public void Any_text_stays_text() =>
        Laws.Hold(
            UnicodeText.Strings,
            text =>
            {
                var xml = XElement.Parse(
                    new MatrixShapes(
                        text,
                        ShapePart.Matrix(
                            text,
                            [text],
                            [
                                [text],
                            ],
                            text
                        ),
                        ShapePart.Operator(text)
                    ).ToSvg()
                );
                Assert.DoesNotContain(xml.Descendants(), element => !IsOurs(element.Name.LocalName));
                XElement.Parse(new LineChart(text, new Axis(text), new Axis(text), new Series(text, [1], [1])).ToSvg());
                XElement.Parse(
                    new HeatMap(
                        text,
                        [text],
                        [text],
                        [
                            [1],
                        ],
                        text
                    ).ToSvg()
                );
            }
        );

    [Fact]
    public void Markup_is_shown_as_it_is()
    {
        const string Attack = "</text><script>alert(1)</script>\"'&";
        var xml = XElement.Parse(
            new LineChart(Attack, new Axis(Attack), new Axis(Attack), new Series(Attack, [1], [1])).ToSvg()
        );
        Assert.Equal(4, xml.Descendants().Count(element => element.Value == Attack));
    }

    [Fact]
    public void Half_a_character_is_replaced() => Assert.Equal("a\uFFFDb↵⇥␀", VisibleText.OneLine("a\uD800b\n\t\0"));

    [Fact]
    public void Series_stand_out_from_their_page_and_text_more_so()
    {
        foreach (var colour in Palette.SeriesColours)
        {
            Assert.InRange(Contrast(colour.Light, Palette.Page.Light), 3, 21);
            Assert.InRange(Contrast(colour.Dark, Palette.Page.Dark), 3, 21);
        }
        foreach (
            var (text, page) in (IEnumerable<(Palette.Colour, Palette.Colour)>)
                [(Palette.Text, Palette.Page), (Palette.Quiet, Palette.Page), (Palette.Text, Palette.Cell)]
        )
        {
            Assert.InRange(Contrast(text.Light, page.Light), 4.5, 21);
            Assert.InRange(Contrast(text.Dark, page.Dark), 4.5, 21);
        }
    }

    [Fact]
    public void Text_on_colours_of_a_heat_map_stands_out() =>
        Laws.Hold(
            from value in Gen.Choose(-1000, 1000)
            from isTwoSided in Gen.Elements(true, false)
            select (Value: value / 1000.0, Scale: new ColourScale(isTwoSided ? -1 : 0, 1)),
            picked =>
                Contrast(picked.Scale.Of(picked.Value), picked.Scale.IsDark(picked.Value) ? "#ffffff" : "#000000")
                >= 4.5
        );

    private static bool IsOurs(string name) => name is "svg" or "style" or "rect" or "path" or "text";

    /// <summary>The contrast ratio of the Web Content Accessibility Guidelines, 1 to 21.</summary>
    private static double Contrast(string one, string other)
    {
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    private static double Luminance(string colour)
    {
        double[] weights = [0.2126, 0.7152, 0.0722];
        return weights
            .Select(
                (weight, i) =>
                {
                    var channel =
                        int.Parse(colour.AsSpan(1 + (2 * i), 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
                        / 255.0;
                    return weight * (channel <= 0.04045 ? channel / 12.92 : Math.Pow((channel + 0.055) / 1.055, 2.4));
                }
            )
            .Sum();
    }
}
