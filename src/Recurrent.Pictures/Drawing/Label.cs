namespace Recurrent.Pictures.Drawing;

/// <summary>A text at a place.</summary>
/// <param name="X">Left end, middle or right end, as the style says, in pixels.</param>
/// <param name="Y">Base line, in pixels.</param>
/// <param name="Text">What it says.</param>
/// <param name="Style">Classes of <see cref="StyleSheet"/>.</param>
internal readonly record struct Label(double X, double Y, string Text, string Style)
{
    /// <summary>How far it is turned around its place, in degrees clockwise.</summary>
    public int Angle { get; init; }
}
