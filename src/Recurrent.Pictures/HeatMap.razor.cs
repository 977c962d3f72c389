using Microsoft.AspNetCore.Components;
using Recurrent.Pictures.Drawing;

namespace Recurrent.Pictures;

/// <summary>
/// A table of numbers as colours: from pale to dark, or, where numbers lie on both sides of zero, from blue over pale to
/// orange.
/// </summary>
public sealed partial class HeatMap : ComponentBase
{
    private HeatMapLayout _layout = null!; // set with the parameters, before anything is drawn

    /// <summary>What the picture shows; empty for no title.</summary>
    [Parameter]
    public string Title { get; set; } = "";

    /// <summary>Names of the rows, from the top (rows).</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<string> Rows { get; set; } = null!;

    /// <summary>Names of the columns, from the left (columns).</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<string> Columns { get; set; } = null!;

    /// <summary>The numbers, finite (rows, columns).</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<IReadOnlyList<double>> Values { get; set; } = null!;

    /// <summary>What the numbers are, with their unit, such as <c>probability</c> or <c>time (s)</c>.</summary>
    [Parameter, EditorRequired]
    public string Unit { get; set; } = "";

    /// <summary>Width in pixels, from 200 to 4,000.</summary>
    [Parameter]
    public int Width { get; set; } = 720;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are no cells or more than 10,000, not as many names as rows or
    /// columns, or a number that is not finite.</exception>
    protected override void OnParametersSet()
    {
        Check.HeatMap(Rows, Columns, Values);
        _layout = new HeatMapLayout(Title, Rows, Columns, Values, Unit, Check.Size(Width));
    }
}
