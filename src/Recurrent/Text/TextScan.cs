using System.Security.Cryptography;

namespace Recurrent.Text;

/// <summary>
/// Reads a text once, in parts of any size, and holds none of it: its bytes are hashed, decoded, normalized, split into
/// tokens, and the tokens counted and handed on.
/// </summary>
internal sealed class TextScan : IDisposable
{
    private const int PartLength = 1 << 16; // bytes

    private readonly string _origin;
    private readonly NumberSink _numbers;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly NormalizingSink _normalizing;
    private readonly TextDecoder _decoder;
    private readonly ByteSplitter? _raw; // takes the bytes as they are; null where they are text

    /// <summary>Prepares to read.</summary>
    /// <param name="origin">What errors call the text.</param>
    /// <param name="options">How it is normalized and split.</param>
    /// <param name="numbers">Takes the tokens.</param>
    public TextScan(string origin, CorpusOptions options, NumberSink numbers)
    {
        (_origin, _numbers) = (origin, numbers);
        Normalizer = new Normalizer(options.Normalization, options.LineJoin);
        var splitter = options.Tokenizer.CreateSplitter(Distinct, numbers);
        _normalizing = new NormalizingSink(TextCodec.Separating(Normalizer, options.Tokenizer), splitter);
        _decoder = new TextDecoder(origin, _normalizing);
        _raw = options.Normalization == Normalization.None ? splitter as ByteSplitter : null;
    }

    /// <summary>What is done to the text.</summary>
    public Normalizer Normalizer { get; }

    /// <summary>The distinct tokens so far.</summary>
    public DistinctTokens Distinct { get; } = new();

    /// <summary>Bytes so far.</summary>
    public long Length { get; private set; }

    /// <summary>Reads a stream to its end.</summary>
    /// <exception cref="TextFormatException">The bytes are none, binary, or not UTF-8.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public void Add(Stream stream, CancellationToken cancellationToken)
    {
        var part = new byte[PartLength];
        while (stream.Read(part) is > 0 and var count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Add(part.AsSpan(0, count));
        }
    }

    /// <inheritdoc cref="Add(Stream, CancellationToken)"/>
    public async Task AddAsync(Stream stream, CancellationToken cancellationToken)
    {
        var part = new byte[PartLength];
        while (await stream.ReadAsync(part, cancellationToken) is > 0 and var count)
        {
            Add(part.AsSpan(0, count));
        }
    }

    /// <summary>Takes the next part of the bytes.</summary>
    /// <exception cref="TextFormatException">A byte is zero, where they are to be text.</exception>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        Length += bytes.Length;
        _hash.AppendData(bytes);
        if (_raw is null)
        {
            _decoder.Add(bytes);
        }
        else
        {
            _raw.Add(bytes);
        }
    }

    /// <summary>Ends a text of bytes.</summary>
    /// <returns>Its hash, "sha256:" and hexadecimal digits.</returns>
    /// <exception cref="TextFormatException">The bytes are none, or not UTF-8.</exception>
    public string End()
    {
        if (_raw is null)
        {
            _decoder.End();
        }
        else if (Length == 0)
        {
            throw TextFormatException.Empty(_origin);
        }
        _numbers.Flush();
        return Named(_hash.GetHashAndReset());
    }

    /// <summary>Takes a whole text that is decoded already; any string will do.</summary>
    public void AddWhole(string text)
    {
        _normalizing.Add(text);
        _normalizing.End();
        _numbers.Flush();
    }

    /// <summary>A SHA-256 as corpora are known by.</summary>
    public static string Named(ReadOnlySpan<byte> sha256) => "sha256:" + Convert.ToHexStringLower(sha256);

    public void Dispose() => _hash.Dispose();
}
