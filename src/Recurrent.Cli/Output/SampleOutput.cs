using System.Text;
using Recurrent.Cli.Hosting;

namespace Recurrent.Cli.Output;

/// <summary>
/// Texts that grow side by side, printed in order: each as it comes once those before it are complete, with a separator
/// line between two.
/// </summary>
/// <param name="output">The writer to print to.</param>
/// <param name="isTerminal">Whether that is a terminal, which would obey some characters.</param>
/// <param name="prompts">The prompt of each text.</param>
internal sealed class SampleOutput(TextWriter output, bool isTerminal, IReadOnlyList<string> prompts)
{
    private const string Separator = "---";
    private readonly StringBuilder[] _waiting = [.. prompts.Select(_ => new StringBuilder())];
    private readonly bool[] _isComplete = new bool[prompts.Count];
    private int _shown; // the text that is being printed

    /// <summary>Begins every text with its prompt.</summary>
    public void Begin()
    {
        for (var sample = 0; sample < prompts.Count; sample++)
        {
            Add((sample, prompts[sample], IsLast: false));
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
        while (_shown < prompts.Count && _isComplete[_shown])
        {
            output.WriteLine();
            _shown++;
            if (_shown < prompts.Count)
            {
                output.WriteLine(Separator);
                Write(_waiting[_shown].ToString());
            }
        }
    }

    // A file takes the text as it is.
    private void Write(string text) => output.Write(isTerminal ? PrintableText.Lines(text) : text);
}
