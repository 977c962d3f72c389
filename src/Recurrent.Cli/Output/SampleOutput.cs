using System.Text;
using Recurrent.Decoding;

namespace Recurrent.Cli.Output;

/// <summary>
/// Prints texts that grow side by side, in order: each as it comes once those before it are whole, with a line between two.
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
    private readonly bool[] _isWhole = new bool[samples];
    private int _shown; // the text that is printed as it comes

    /// <summary>Begins every text.</summary>
    public void Begin(string prefix)
    {
        for (var sample = 0; sample < samples; sample++)
        {
            Add(new(sample, prefix, IsLast: false));
        }
    }

    /// <summary>Adds to a text.</summary>
    public void Add(SamplePiece piece)
    {
        _isWhole[piece.Sample] = piece.IsLast;
        if (piece.Sample != _shown)
        {
            _waiting[piece.Sample].Append(piece.Text);
            return;
        }
        Write(piece.Text);
        while (_shown < samples && _isWhole[_shown])
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
    private void Write(string text) => output.Write(isTerminal ? SafeText.Lines(text) : text);
}
