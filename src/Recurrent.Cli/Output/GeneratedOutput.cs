using System.Text;
using Recurrent.Decoding;
using Recurrent.Text;

namespace Recurrent.Cli.Output;

/// <summary>Texts that grow side by side, in order, as one JSON object a line: docs/json.md.</summary>
/// <param name="output">The writer to print to.</param>
/// <param name="prompts">The prompt of each text.</param>
/// <param name="codec">How tokens become text.</param>
/// <param name="seed">The seed of the draws; null where none are made.</param>
/// <param name="showsTokens">Whether each object has its tokens.</param>
internal sealed class GeneratedOutput(
    TextWriter output,
    IReadOnlyList<string> prompts,
    TextCodec codec,
    long? seed,
    bool showsTokens
)
{
    private readonly (StringBuilder Text, List<TokenJson> Tokens)[] _growing =
    [
        .. prompts.Select(_ => (new StringBuilder(), new List<TokenJson>())),
    ];
    private readonly EndReason?[] _ends = new EndReason?[prompts.Count];
    private int _written;

    /// <summary>Adds to a text.</summary>
    public void Add(GeneratedPiece piece)
    {
        _growing[piece.Place].Text.Append(piece.Text);
        if (piece is { Token: { } token, LogProbability: { } logProbability })
        {
            _growing[piece.Place].Tokens.Add(new(codec.Vocabulary[token], logProbability));
        }
        _ends[piece.Place] = piece.End;
        for (; _written < prompts.Count && _ends[_written] is { } end; _written++)
        {
            var (text, tokens) = _growing[_written];
            JsonLine.Write(
                output,
                new GeneratedJson(
                    _written,
                    prompts[_written],
                    $"{text}",
                    end is EndReason.StopString ? "stop" : "length",
                    seed,
                    showsTokens ? tokens : null
                )
            );
        }
    }
}

/// <summary>A text that a model wrote.</summary>
internal sealed record GeneratedJson(
    int Sample,
    string Prompt,
    string Text,
    string End,
    long? Seed,
    IReadOnlyList<TokenJson>? Tokens
);

/// <summary>A token that was chosen.</summary>
internal sealed record TokenJson(string Token, double LogProbability);
