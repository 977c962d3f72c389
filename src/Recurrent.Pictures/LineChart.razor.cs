using Microsoft.AspNetCore.Components;
using Recurrent.Pictures.Drawing;

namespace Recurrent.Pictures;

/// <summary>Lines, dashed lines and points over two axes, either of which may be logarithmic.</summary>
public sealed partial class LineChart : ComponentBase
{
    private LineChartLayout _layout = null!; // set with the parameters, before anything is drawn

    /// <summary>What the chart shows; empty for no title.</summary>
    [Parameter]
    public string Title { get; set; } = "";

    /// <summary>The axis along the bottom.</summary>
    [Parameter, EditorRequired]
    public Axis X { get; set; } = null!;

    /// <summary>The axis along the left side.</summary>
    [Parameter, EditorRequired]
    public Axis Y { get; set; } = null!;

    /// <summary>What is drawn, 1 to 6 of them.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<Series> Series { get; set; } = null!;

    /// <summary>Width in pixels, from 200 to 4,000.</summary>
    [Parameter]
    public int Width { get; set; } = 720;

    /// <summary>Height in pixels, from 200 to 4,000.</summary>
    [Parameter]
    public int Height { get; set; } = 420;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There is no series or there are too many, one is empty, has places
    /// and heights of different number, or a value that is not finite, or not above 0 on a logarithmic
    /// axis.</exception>
    protected override void OnParametersSet()
    {
        Check.Chart(X, Y, Series);
        _layout = new LineChartLayout(Title, X, Y, Series, Check.Size(Width), Check.Size(Height));
    }
}
