using Microsoft.AspNetCore.Components;

namespace Recurrent.Pictures.Drawing;

/// <summary>Labels as SVG text; in a .razor file the element's name has a meaning of its own.</summary>
internal static class LabelText
{
    /// <summary>The labels, in their order.</summary>
    public static RenderFragment Of(IReadOnlyList<Label> labels) =>
        builder =>
        {
            foreach (var label in labels)
            {
                builder.OpenElement(0, "text");
                builder.AddAttribute(1, "x", Px.Of(label.X));
                builder.AddAttribute(2, "y", Px.Of(label.Y));
                builder.AddAttribute(3, "class", label.Style.Length > 0 ? label.Style : null);
                if (label.Angle != 0)
                {
                    var turn = $"rotate({label.Angle} {Px.Of(label.X)} {Px.Of(label.Y)})";
                    builder.AddAttribute(4, "transform", turn);
                }
                builder.AddContent(5, label.Text);
                builder.CloseElement();
            }
        };
}
