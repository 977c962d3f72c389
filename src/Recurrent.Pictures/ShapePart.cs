namespace Recurrent.Pictures;

/// <summary>A part of a picture of shapes: a <see cref="Matrix"/>, or an <see cref="Operator"/> between two.</summary>
public abstract record ShapePart;

/// <summary>A matrix, or one sheet of a tensor, drawn as a grid of cells above its shape.</summary>
/// <param name="Name">What it is called, such as <c>W_xh</c>.</param>
/// <param name="Shape">Its sizes, as numbers or names, such as <c>["B", "H"]</c>; three of them draw the
/// grid as the first sheet of a stack.</param>
/// <param name="Cells">What stands in the cells; an empty text is an empty cell (rows, columns).</param>
/// <param name="Caption">A line below it; null for none.</param>
public sealed record Matrix(
    string Name,
    IReadOnlyList<string> Shape,
    IReadOnlyList<IReadOnlyList<string>> Cells,
    string? Caption = null
) : ShapePart;

/// <summary>A sign between two matrices, such as <c>×</c>, <c>+</c>, <c>=</c> or <c>→</c>.</summary>
/// <param name="Sign">The sign, or a short word.</param>
public sealed record Operator(string Sign) : ShapePart;
