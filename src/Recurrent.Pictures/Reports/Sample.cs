namespace Recurrent.Pictures.Reports;

/// <summary>A text that a model wrote.</summary>
/// <param name="When">At which time, such as an epoch.</param>
/// <param name="Prefix">What it was given to continue.</param>
/// <param name="Text">What it added.</param>
public sealed record Sample(string When, string Prefix, string Text);
