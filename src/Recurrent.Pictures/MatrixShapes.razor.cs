using Microsoft.AspNetCore.Components;
using Recurrent.Pictures.Drawing;

namespace Recurrent.Pictures;

/// <summary>
/// Matrices with what stands in their cells, their names above and their shapes below, and signs between them, in as many
/// rows as they need.
/// </summary>
public sealed partial class MatrixShapes : ComponentBase
{
    private MatrixShapesLayout _layout = null!; // set with the parameters, before anything is drawn

    /// <summary>What the picture shows; empty for no title.</summary>
    [Parameter]
    public string Title { get; set; } = "";

    /// <summary>Matrices and the signs between them, from the left (parts).</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<ShapePart> Parts { get; set; } = null!;

    /// <summary>Width in pixels, from 200 to 4,000; the picture is wider where one matrix is, and narrower where less will
    /// do.</summary>
    [Parameter]
    public int Width { get; set; } = 720;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are no parts, a matrix has no cells or rows of different length, or there
    /// are more than 10,000 cells.</exception>
    protected override void OnParametersSet()
    {
        Check.Shapes(Parts);
        _layout = new MatrixShapesLayout(Title, Parts, Check.Size(Width));
    }
}
