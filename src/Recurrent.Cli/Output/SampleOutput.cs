using System.Text;
using Recurrent.Cli.Hosting;

namespace Recurrent.Cli.Output;

/// <summary>
/// Texts that grow side by side, printed in order: each as it comes once those before it are complete, with a separator
/// line between two.
/// </summary>
/// <param name="output">The writer to print to.</param>
/// <param name="isTerminal">Whether that is a terminal, which would obey some characters.</param>
/// <param name="samples">The number of texts.</param>
internal sealed class SampleOutput(TextWriter output, bool isTerminal, int samples)
{
    private const string Separator = "---";
    private readonly StringBuilder[] _waiting = [.. Enumerable.Range(0, samples).Select(_ => new StringBuilder())];
    private readonly bool[] _isComplete = new bool[samples];
    private int _shown; // the text that is being printed

    /// <summary>Begins every text with the prompt.</summary>
    public void Begin(string prompt)
    {
        for (var sample = 0; sample < samples; sample++)
        {
            Add((sample, prompt, IsLast: false));
        }
    }

    /// <summary>Adds to a text.</summary>
    public void Add((int Sample, string Text, bool IsLast) piece)
    {
        _isComplete[piece.Sample] = piece.IsLast;
        if (piece.Sample != _shown)
        {
            _waiting[piece.Sample].Append(piece.Text);
            return;
        }
        Write(piece.Text);
        while (_shown < samples && _isComplete[_shown])
        {
            output.WriteLine();
            _shown++;
            if (_shown < samples)
            {
                output.WriteLine(Separator);
                Write(_waiting[_shown].ToString());
            }
        }
    }

    // A file takes the text as it is.
    private void Write(string text) => output.Write(isTerminal ? PrintableText.Lines(text) : text);
}
