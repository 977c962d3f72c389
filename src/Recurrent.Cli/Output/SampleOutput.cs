using System.Text;
using Recurrent.Cli.Hosting;

namespace Recurrent.Cli.Output;

/// <summary>
/// Texts that grow side by side, printed in order: each as it comes once those before it are complete, with a separator
/// line between two. What comes within some milliseconds is printed together, because each print costs the time of
/// several tokens; what is left is printed at the end.
/// </summary>
/// <param name="output">The writer to print to.</param>
/// <param name="isTerminal">Whether that is a terminal, which would obey some characters.</param>
/// <param name="prompts">The prompt of each text.</param>
/// <param name="time">The clock.</param>
internal sealed class SampleOutput(TextWriter output, bool isTerminal, IReadOnlyList<string> prompts, TimeProvider time)
    : IDisposable
{
    private const string Separator = "---";
    private static readonly TimeSpan s_gathering = TimeSpan.FromMilliseconds(10);
    private readonly StringBuilder _gathered = new();
    private long? _printed; // when something was printed last
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
            _gathered.Append(output.NewLine);
            _shown++;
            if (_shown < prompts.Count)
            {
                _gathered.Append(Separator).Append(output.NewLine);
                Write(_waiting[_shown].ToString());
            }
        }
    }

    /// <summary>Prints what is left.</summary>
    public void Dispose() => Print();

    private void Write(string text)
    {
        _gathered.Append(isTerminal ? PrintableText.Lines(text) : text); // a file takes the text as it is
        if (_printed is not { } printed || time.GetElapsedTime(printed) >= s_gathering)
        {
            Print();
            _printed = time.GetTimestamp();
        }
    }

    private void Print()
    {
        output.Write(_gathered);
        _gathered.Clear();
    }
}
