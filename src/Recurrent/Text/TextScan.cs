using System.Security.Cryptography;

namespace Recurrent.Text;

/// <summary>
/// One pass over a text, in parts of any size, without holding the text: its bytes are decoded, the text is
/// hashed, normalized and split into tokens, and the tokens are counted and passed on.
/// </summary>
internal sealed class TextScan : IDisposable
{
    private const int PartLength = 1 << 16; // bytes

    private readonly string _origin;
    private readonly NumberSink _numbers;
    private readonly ContentHash _hash;
    private readonly IncrementalHash? _sourceHash;
    private readonly LineEndSink _text;
    private readonly TextDecoder _decoder;
    private readonly ByteSplitter? _raw; // takes the bytes as they are; null if they are text
    private readonly bool _isSegment;

    /// <summary>Creates the pass.</summary>
    /// <param name="origin">The name of the text in error messages.</param>
    /// <param name="options">The way it is normalized and split.</param>
    /// <param name="numbers">The step that takes the tokens.</param>
    /// <param name="hashesSource">Whether the bytes are hashed as they are, too.</param>
    /// <param name="isSegment">
    /// Whether the bytes are a segment of a text, which is a text of its own unless its line ends change.
    /// </param>
    public TextScan(
        string origin,
        CorpusOptions options,
        NumberSink numbers,
        bool hashesSource = false,
        bool isSegment = false
    )
    {
        (_origin, _numbers, _isSegment) = (origin, numbers, isSegment);
        _hash = new ContentHash(isSegment ? long.MaxValue : options.SegmentLength);
        _sourceHash = hashesSource ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        Normalizer = options.Normalizer;
        var splitter = options.Tokenizer.CreateSplitter(Distinct, numbers);
        var normalizing = new NormalizingSink(TextCodec.Separating(Normalizer, options.Tokenizer), splitter);
        _text = new LineEndSink(options.LineEnds, _hash, normalizing);
        _decoder = new TextDecoder(origin, options.Encoding, _text, mayBeMarked: !isSegment);
        _raw = options.IsRaw ? (ByteSplitter)splitter : null;
    }

    /// <summary>The treatment of the text before it is split.</summary>
    public Normalizer Normalizer { get; }

    /// <summary>The distinct tokens so far.</summary>
    public DistinctTokens Distinct { get; } = new();

    /// <summary>The number of bytes so far.</summary>
    public long Length { get; private set; }

    /// <summary>
    /// The hash of the bytes as they were read, as <see cref="End"/> gives that of the text; null where it was not
    /// asked for. Known after the end.
    /// </summary>
    public string? SourceHash { get; private set; }

    /// <summary>Whether the text has several segments (<see cref="SegmentCuts"/>). Known after the end.</summary>
    public bool HasSegments { get; private set; }

    /// <summary>Reads a stream to its end.</summary>
    /// <exception cref="TextFormatException">The bytes are not text in their encoding.</exception>
    /// <exception cref="OperationCanceledException">The pass was cancelled.</exception>
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

    /// <summary>Adds the next part of the bytes.</summary>
    /// <exception cref="TextFormatException">A byte is zero although the bytes should be text.</exception>
    /// <exception cref="SegmentException">The segment's line ends change.</exception>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        Length += bytes.Length;
        _sourceHash?.AppendData(bytes);
        if (_raw is null)
        {
            _decoder.Add(bytes);
            CheckSegment();
        }
        else
        {
            _hash.Append(bytes);
            _raw.Add(bytes);
        }
    }

    /// <summary>Ends a text that was given as bytes.</summary>
    /// <returns>Its hash (<see cref="Corpus.Hash"/>).</returns>
    /// <exception cref="TextFormatException">There are no bytes, or they are not text.</exception>
    public string End()
    {
        if (_raw is null)
        {
            _decoder.End();
            CheckSegment();
        }
        else if (Length == 0)
        {
            throw TextFormatException.Empty(_origin);
        }
        _numbers.Flush();
        SourceHash = _sourceHash is null ? null : ContentHash.NameOf(_sourceHash.GetHashAndReset());
        return EndHash();
    }

    /// <summary>Adds a whole text that is already decoded; any string is allowed.</summary>
    /// <returns>Its hash (<see cref="Corpus.Hash"/>).</returns>
    public string AddWhole(string text)
    {
        _text.Add(text);
        _text.EndSegment();
        _numbers.Flush();
        return EndHash();
    }

    public void Dispose()
    {
        _hash.Dispose();
        _sourceHash?.Dispose();
    }

    private string EndHash()
    {
        (var hash, HasSegments) = _hash.End();
        return hash;
    }

    private void CheckSegment()
    {
        if (_isSegment && _text.HasChanged)
        {
            throw new SegmentException();
        }
    }
}

/// <summary>A text must be read in one pass, because a segment of it is not what it would be by itself.</summary>
internal sealed class SegmentException : Exception;
