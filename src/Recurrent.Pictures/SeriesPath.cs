using System.Text;
using Recurrent.Pictures.Drawing;

namespace Recurrent.Pictures;

/// <summary>The path of one series, with no more points than pixels can show.</summary>
internal static class SeriesPath
{
    /// <summary>The path's data.</summary>
    /// <param name="points">Places in pixels, in the series' order.</param>
    /// <param name="style">How it is drawn.</param>
    public static string Of(IEnumerable<(double X, double Y)> points, SeriesStyle style)
    {
        var path = new StringBuilder();
        if (style == SeriesStyle.Points)
        {
            var seen = new HashSet<(string, string)>();
            foreach (var place in points.Select(Rounded).Where(seen.Add))
            {
                path.Append('M').Append(place.X).Append(' ').Append(place.Y).Append("h0"); // a dot: its caps are round
            }
            return path.ToString();
        }
        (string X, string Y)? last = null;
        var segments = 0;
        foreach (var place in Visible(points).Select(Rounded).Where(place => place != last))
        {
            path.Append(last is null ? 'M' : 'L').Append(place.X).Append(' ').Append(place.Y);
            segments += last is null ? 0 : 1;
            last = place;
        }
        return path.Append(segments == 0 ? "h0" : "").ToString(); // a single point is a dot
    }

    /// <summary>The first, lowest, highest and last of consecutive points within one column of pixels.</summary>
    private static IEnumerable<(double X, double Y)> Visible(IEnumerable<(double X, double Y)> points)
    {
        List<(double X, double Y)> column = [];
        foreach (var point in points)
        {
            if (column.Count > 0 && Math.Floor(column[0].X) != Math.Floor(point.X))
            {
                foreach (var kept in Extremes(column))
                {
                    yield return kept;
                }
                column.Clear();
            }
            column.Add(point);
        }
        foreach (var kept in Extremes(column))
        {
            yield return kept;
        }
    }

    private static IEnumerable<(double X, double Y)> Extremes(List<(double X, double Y)> column)
    {
        if (column.Count <= 4)
        {
            return column;
        }
        var (low, high) = (0, 0);
        for (var i = 1; i < column.Count; i++)
        {
            low = column[i].Y < column[low].Y ? i : low;
            high = column[i].Y > column[high].Y ? i : high;
        }
        int[] kept = [0, Math.Min(low, high), Math.Max(low, high), column.Count - 1];
        return kept.Distinct().Select(i => column[i]);
    }

    private static (string X, string Y) Rounded((double X, double Y) point) => (Svg.Px(point.X), Svg.Px(point.Y));
}
