namespace Recurrent.Cli.Tests.Support;

/// <summary>The settings of a training that takes a tenth of a second.</summary>
internal static class Tiny
{
    /// <summary>The chapter's network with 16 units, trained on the first 500 tokens.</summary>
    /// <param name="modelPath">The model file to write.</param>
    /// <param name="epochs">Passes over the text.</param>
    /// <param name="more">The text, and further options.</param>
    public static string[] Train(string modelPath, int epochs = 3, params string[] more) =>
        [
            "train",
            .. more,
            .. $"--preset book --out {modelPath} --epochs {epochs}".Split(' '),
            .. "--hidden 16 --batch 4 --steps 8 --max-tokens 500 --threads 1".Split(' '),
        ];
}
