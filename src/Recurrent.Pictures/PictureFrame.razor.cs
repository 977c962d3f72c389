using Microsoft.AspNetCore.Components;

namespace Recurrent.Pictures;

/// <summary>The outside of every picture: an SVG element that carries its size, its page and its style.</summary>
public sealed partial class PictureFrame : ComponentBase
{
    /// <summary>What the picture shows, for those who cannot see it.</summary>
    [Parameter, EditorRequired]
    public string Title { get; set; } = "";

    /// <summary>Width in pixels.</summary>
    [Parameter, EditorRequired]
    public double Width { get; set; }

    /// <summary>Height in pixels.</summary>
    [Parameter, EditorRequired]
    public double Height { get; set; }

    /// <summary>The drawing.</summary>
    [Parameter]
    public RenderFragment? ChildContent { get; set; }
}
