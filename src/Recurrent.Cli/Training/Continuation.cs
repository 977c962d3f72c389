namespace Recurrent.Cli.Training;

/// <summary>What a model made of a beginning.</summary>
/// <param name="Prefix">The beginning.</param>
/// <param name="Text">The continuation alone.</param>
internal sealed record Continuation(string Prefix, string Text);
