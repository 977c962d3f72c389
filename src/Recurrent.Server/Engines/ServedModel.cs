using System.Globalization;
using System.Text;
using Recurrent.Formats;
using Recurrent.Text;

namespace Recurrent.Server.Engines;

/// <summary>
/// A model that is served. Another of the same name may take its place: whoever has this one, such as a text that is
/// being written, keeps it, and nobody else gets it any more.
/// </summary>
/// <param name="name">The name that requests know it by.</param>
/// <param name="trained">The model, which reads left to right.</param>
internal sealed class ServedModel(string name, TrainedModel trained) : IDisposable
{
    private readonly Lazy<string[]> _spellings = new(() => Spell(trained.Codec));
    private readonly Lazy<byte[]?[]> _bytes = new(() => BytesOf(trained.Codec));
    private ModelEngine? _engine;

    /// <summary>The name that requests know it by.</summary>
    public string Name { get; } = name;

    /// <summary>The model.</summary>
    public TrainedModel Trained { get; } = trained;

    /// <summary>Its codec.</summary>
    public TextCodec Codec => Trained.Codec;

    /// <summary>What identifies the weights and this program, either of which may change a text.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>When its file was written, in seconds since 1970.</summary>
    public required long Created { get; init; }

    /// <summary>Its engine, once it is started.</summary>
    public ModelEngine Engine => _engine ?? throw new InvalidOperationException("The engine is not started.");

    /// <summary>The tokens as JSON can hold them, by index; no two are the same.</summary>
    public IReadOnlyList<string> Spellings => _spellings.Value;

    /// <summary>The bytes that the tokens are in a text, by index; null for one that stands for no text.</summary>
    public IReadOnlyList<byte[]?> Bytes => _bytes.Value;

    /// <summary>What is counted under its name.</summary>
    public EngineCounts Counts { get; private set; } = new();

    /// <summary>Starts its engine.</summary>
    /// <param name="maxRows">The number of texts that are read side by side at most.</param>
    /// <param name="maxWaiting">The number of texts that wait for a place at most.</param>
    /// <param name="time">The clock.</param>
    /// <param name="before">The model that it takes the place of, whose counts it goes on with; null for none.</param>
    public void Start(int maxRows, int maxWaiting, TimeProvider time, ServedModel? before = null)
    {
        Counts = before?.Counts ?? Counts;
        _engine = new ModelEngine(Trained.Model.CreateDecoder(), Codec, maxRows, maxWaiting, time, Counts);
    }

    public void Dispose() => _engine?.Dispose();

    /// <summary>A byte of ASCII is its character, and any other is bytes:\xNN, as in OpenAI's.</summary>
    private static string[] Spell(TextCodec codec) =>
        [
            .. codec.Vocabulary.Tokens.Select(token =>
                codec.Tokenizer != Tokenizer.Bytes || !codec.Tokenizer.Makes(token) ? token
                : ByteOf(token) is var value && value < 0x80 ? $"{(char)value}"
                : $"bytes:\\x{value:x2}"
            ),
        ];

    private static byte[]?[] BytesOf(TextCodec codec) =>
        [
            .. codec.Vocabulary.Tokens.Select(token =>
                !codec.Tokenizer.Makes(token) ? null
                : codec.Tokenizer == Tokenizer.Bytes ? [ByteOf(token)]
                : Encoding.UTF8.GetBytes(token)
            ),
        ];

    private static byte ByteOf(string token)
    {
        const int FirstDigit = 3; // of <0x41>
        return byte.Parse(token.AsSpan(FirstDigit, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
