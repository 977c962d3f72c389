using System.Text;

namespace Recurrent.Cli.Output;

/// <summary>
/// Prints texts that grow side by side: the first as it comes, each other once those before it are whole, with a line
/// between two.
/// </summary>
/// <param name="output">Where to.</param>
/// <param name="isTerminal">Whether that is a terminal, which would obey some characters.</param>
/// <param name="samples">How many texts.</param>
internal sealed class SampleOutput(TextWriter output, bool isTerminal, int samples)
{
    private const string Separator = "---";
    private readonly StringBuilder[] _waiting =
    [
        .. Enumerable.Range(0, samples).Select(_ => new StringBuilder()),
    ];

    /// <summary>Adds to a text.</summary>
    public void Add(int sample, string piece)
    {
        if (sample == 0)
        {
            Write(piece);
        }
        else
        {
            _waiting[sample].Append(piece);
        }
    }

    /// <summary>Ends all texts.</summary>
    public void Finish()
    {
        output.WriteLine();
        foreach (var text in _waiting[1..])
        {
            output.WriteLine(Separator);
            Write(text.ToString());
            output.WriteLine();
        }
    }

    // A file takes the text as it is.
    private void Write(string text) => output.Write(isTerminal ? SafeText.Lines(text) : text);
}
