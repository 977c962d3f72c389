using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Recurrent.Adaptation;
using Recurrent.Evaluation;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Models.Counts;
using Recurrent.Text;
using Decoder = Recurrent.Models.Decoder;

namespace Recurrent.Compression;

/// <summary>
/// Packs texts by what a model expects in them, and unpacks them to the same bytes: each token takes −log₂ of the
/// probability that the model gives it, so that a text that the model predicts well becomes short. Only the model that
/// packed a text can unpack it, on any machine and any number of threads.
/// </summary>
/// <remarks>
/// Any bytes may be packed. What the vocabulary lacks, such as the CR of CRLF or a byte order mark, is spelled out, in
/// 8 bits for each byte besides those of the unknown token. A packer never changes, and threads may share it. The bytes
/// are described in docs/formats.md.
/// </remarks>
/// <example>
/// <code>
/// var packer = new TextPacker(trained);
/// using (var text = File.OpenRead("my.txt"))
/// using (var packed = File.Create("my.txt.packed"))
/// {
///     Console.WriteLine($"{packer.Pack(text, packed).BitsPerCharacter:F2} bits per character");
/// }
/// using var again = File.Create("again.txt");
/// packer.Unpack(File.OpenRead("my.txt.packed"), again);
/// </code>
/// </example>
public sealed class TextPacker
{
    private const byte Version = 1;
    private const byte AdaptiveVersion = 2; // of texts from which the model learns
    private const int HashLength = 8; // bytes of the model's hash that a packed text has

    private readonly Decoder _decoder;
    private readonly ILanguageModel? _model; // a copy, to learn; null where only the decoder is known
    private readonly TokenBytes _tokens;
    private readonly int _before; // the token that texts follow
    private readonly byte[] _hash;

    /// <summary>Freezes a model as it is now.</summary>
    /// <param name="model">A model that reads left to right and keeps every character.</param>
    /// <exception cref="ArgumentException">
    /// The model reads from both ends, or it was trained on letters alone (<see cref="Normalization.Letters"/>), so
    /// that the rest of a text could not come back.
    /// </exception>
    public TextPacker(TrainedModel model)
        : this(ModelEvaluator.RequireReadsForward(model).CreateDecoder(), model.Codec, HashOf(model)) =>
        _model = LanguageModel.CopyOf(model.Model);

    /// <summary>Makes a packer of a frozen model.</summary>
    internal TextPacker(Decoder decoder, TextCodec codec, byte[] hash)
    {
        if (codec.Normalizer.Normalization != Normalization.None)
        {
            throw new ArgumentException(
                "The model knows letters alone, without their case, so the rest of a text would be lost; train one "
                    + "that keeps every character.",
                nameof(codec)
            );
        }
        (_decoder, _tokens, _before, _hash) = (
            decoder,
            new TokenBytes(codec),
            codec.TokenBeforeMeasured,
            hash[..HashLength]
        );
    }

    /// <summary>
    /// Whether the model learns from a text as it packs it (<see cref="AdaptiveReader"/>): the text becomes shorter,
    /// and takes longer, to unpack as well. A packed text says which it is, so that any packer of the model unpacks
    /// it. False unless set.
    /// </summary>
    public bool Adapts { get; init; }

    /// <summary>
    /// The name that packed texts give their model, 16 hexadecimal digits of a hash of its weights, counts and
    /// vocabulary; nothing else of a model file changes it.
    /// </summary>
    public string ModelHash => NameOf(_hash);

    /// <summary>The <see cref="ModelHash"/> of a model, also of one that cannot pack.</summary>
    internal static string NameOf(TrainedModel model) => NameOf(HashOf(model).AsSpan(0, HashLength));

    private static string NameOf(ReadOnlySpan<byte> hash) => Convert.ToHexStringLower(hash);

    private static ReadOnlySpan<byte> Magic => "RPK"u8;

    /// <summary>Whether some bytes begin as a packed text does.</summary>
    internal static bool IsPacked(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Magic);

    /// <summary>Packs a text.</summary>
    /// <param name="text">The text, in UTF-8 or any bytes, read to its end; it is left open.</param>
    /// <param name="packed">Takes the packed text; it is left open.</param>
    /// <param name="cancellationToken">Stops between two tokens; what was written is of no use.</param>
    /// <returns>How large both are.</returns>
    /// <exception cref="ArgumentException">
    /// It <see cref="Adapts"/>, and the model is of a kind of the caller's own, which cannot be copied.
    /// </exception>
    /// <exception cref="IOException">A stream fails.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public PackedSize Pack(Stream text, Stream packed, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(packed);
        byte[] header = [.. Magic, Adapts ? AdaptiveVersion : Version, .. _hash];
        var coder = new RangeEncoder(packed);
        using var pass = new Packing(Begin(Adapts), _tokens, coder);
        packed.Write(header);
        pass.Run(text, cancellationToken);
        return new(pass.Length, pass.Characters, header.Length + coder.Length)
        {
            SpelledBytes = pass.Spelled,
            Adapts = Adapts,
        };
    }

    /// <summary>Unpacks a text.</summary>
    /// <param name="packed">What <see cref="Pack"/> wrote, up to the stream's end; it is left open.</param>
    /// <param name="text">
    /// Takes the bytes of the text, each after its checksum has been compared, so that of a damaged text only what is
    /// right comes; it is left open.
    /// </param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>How large both are.</returns>
    /// <exception cref="InvalidDataException">
    /// The stream is not a packed text, or it is damaged, cut short, of another model or of a newer version; the
    /// message is one sentence that says which.
    /// </exception>
    /// <exception cref="IOException">A stream fails.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public PackedSize Unpack(Stream packed, Stream text, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(packed);
        ArgumentNullException.ThrowIfNull(text);
        var header = new byte[Magic.Length + 1 + HashLength];
        var length = packed.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        RequireOwn(header.AsSpan(0, length));
        var coder = new RangeDecoder(packed);
        var adapts = header[Magic.Length] == AdaptiveVersion;
        using var pass = new Unpacking(Begin(adapts), _tokens, coder, text);
        pass.Run(cancellationToken);
        return new(pass.Length, pass.Characters, header.Length + coder.Length)
        {
            SpelledBytes = pass.Spelled,
            Adapts = adapts,
        };
    }

    private NextToken Begin(bool adapts) => adapts ? new(AdaptiveReader.Of(_model!), _before) : new(_decoder, _before);

    private void RequireOwn(ReadOnlySpan<byte> header)
    {
        if (!IsPacked(header))
        {
            throw new InvalidDataException("This is not a packed text; give one that was packed.");
        }
        if (header.Length > Magic.Length && header[Magic.Length] is var version and not (Version or AdaptiveVersion))
        {
            throw new InvalidDataException(
                $"The packed text is of version {version} of its format, and {AdaptiveVersion} is the newest that is "
                    + "known; unpack it with the version of Recurrent that packed it."
            );
        }
        if (header.Length < Magic.Length + 1 + HashLength)
        {
            throw new InvalidDataException("The packed text is cut short; get the whole file again.");
        }
        var hash = header[(Magic.Length + 1)..];
        if (!hash.SequenceEqual(_hash))
        {
            throw new InvalidDataException(
                $"The text was packed by the model {NameOf(hash)}, and this one is {ModelHash}; unpack it by the one "
                    + "that packed it, which recurrent inspect shows to be of that name."
            );
        }
    }

    /// <summary>
    /// The hash of what decides probabilities: the kind, the weights, the counts, and what tokens there are. The file
    /// of a model has more, and a newer version may write it otherwise.
    /// </summary>
    private static byte[] HashOf(TrainedModel model)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var configuration = model.Model.Configuration;
        Add(configuration.Kind);
        foreach (var (name, value) in configuration.Options)
        {
            Add($"{name}={value}");
        }
        Add($"{model.Codec.Tokenizer.Name} after {model.Codec.TokenBeforeMeasured}");
        foreach (var token in model.Codec.Vocabulary.Tokens)
        {
            Add(token);
        }
        AddModel(model.Model);
        return hash.GetHashAndReset();

        void AddModel(ILanguageModel part)
        {
            switch (part)
            {
                case MixedModel mixed:
                    AddModel(mixed.First);
                    if (mixed.Second is not NGramModel)
                    {
                        Add(mixed.Second.Configuration.Kind);
                    }
                    Add($"mixed {BitConverter.DoubleToInt64Bits(mixed.Weight)}");
                    AddModel(mixed.Second);
                    break;
                case NGramModel counts:
                    var (tokens, longer, occurrences) = counts.Trie.ToTables();
                    Add($"counts {counts.Order}");
                    hash.AppendData(MemoryMarshal.AsBytes<int>(tokens));
                    hash.AppendData(MemoryMarshal.AsBytes<int>(longer));
                    hash.AppendData(MemoryMarshal.AsBytes<int>(occurrences));
                    break;
                default:
                    foreach (var parameter in part.Parameters.OrderBy(one => one.Name, StringComparer.Ordinal))
                    {
                        Add($"{parameter.Name} {parameter.Value.Shape}");
                        hash.AppendData(MemoryMarshal.AsBytes(parameter.Value.ToArray().AsSpan()));
                    }
                    break;
            }
        }

        void Add(string text)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(text));
            hash.AppendData([0]);
        }
    }
}

/// <summary>How large a text is, and how large it is packed.</summary>
/// <example>
/// <code>
/// var size = new TextPacker(trained).Pack(File.OpenRead("my.txt"), Stream.Null);
/// Console.WriteLine($"{size.PackedBytes} bytes instead of {size.TextBytes}");
/// </code>
/// </example>
/// <param name="TextBytes">Bytes of the text.</param>
/// <param name="Characters">Unicode characters of the text.</param>
/// <param name="PackedBytes">Bytes of the packed text.</param>
public sealed record PackedSize(long TextBytes, long Characters, long PackedBytes)
{
    /// <summary>Those bytes of the text that the model's vocabulary lacks, which were spelled out.</summary>
    public long SpelledBytes { get; init; }

    /// <summary>Whether the model has learned from the text, as <see cref="TextPacker.Adapts"/> has it.</summary>
    public bool Adapts { get; init; }

    /// <summary>Bits of the packed text for each character; 0 for a text without characters.</summary>
    public double BitsPerCharacter => Characters > 0 ? 8.0 * PackedBytes / Characters : 0;
}
