namespace Recurrent.Decoding;

/// <summary>The next piece of one of several texts that are written side by side.</summary>
/// <param name="Sample">The text's number, from 0.</param>
/// <param name="Text">What is added to it; may be empty.</param>
/// <param name="IsLast">Whether the text is whole now.</param>
public readonly record struct SamplePiece(int Sample, string Text, bool IsLast);
