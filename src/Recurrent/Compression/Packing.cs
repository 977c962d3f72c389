using System.Buffers.Binary;
using Recurrent.Text;

namespace Recurrent.Compression;

/// <summary>From a text to a packed one.</summary>
/// <param name="next">What the model expects; it is disposed of with the pass.</param>
/// <param name="tokens">The model's tokens.</param>
/// <param name="output">Takes the events.</param>
internal sealed class Packing(NextToken next, TokenBytes tokens, RangeEncoder output) : TextPass(next, tokens)
{
    private readonly byte[] _run = new byte[tokens.Longest]; // the spelled beginning of a word, while it may be known
    private int _runLength;
    private bool _isSpelling; // whether the word is unknown, and what came of it is coded
    private bool _isWhite; // whether the word is white space
    private bool _begins; // whether a symbol of it is yet to be spelled

    /// <summary>Packs a text.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public void Run(Stream text, CancellationToken cancellationToken)
    {
        var buffer = new byte[1 << 14];
        var (count, isAtEnd) = (0, false);
        Span<byte> spelled = stackalloc byte[TokenBytes.MaxSymbol];
        while (!isAtEnd)
        {
            var more = text.Read(buffer.AsSpan(count));
            (count, isAtEnd) = (count + more, more == 0);
            var position = 0;
            // A character that is not whole yet waits for its rest.
            while (position < count && (isAtEnd || count - position >= TokenBytes.MaxSymbol))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var symbol = Tokens.FirstSymbol(buffer.AsSpan(position, count - position), spelled);
                position += symbol.Read;
                if (Tokens.OfWords)
                {
                    AddToWord(spelled[..symbol.Spelled], symbol.IsWhite);
                }
                else
                {
                    AddUnit(spelled[..symbol.Spelled]);
                }
            }
            buffer.AsSpan(position, count - position).CopyTo(buffer);
            count -= position;
        }
        EndWord(isLast: true);
        Code(Vocabulary.UnknownIndex);
        output.EncodeByte(TokenBytes.EndMark);
        CodeChecksum();
        output.Finish();
    }

    protected override void CodeChecksum()
    {
        Span<byte> checksum = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(checksum, Checksum);
        foreach (var value in checksum)
        {
            output.EncodeByte(value);
        }
    }

    private void AddUnit(ReadOnlySpan<byte> symbol)
    {
        if (Tokens.Find(symbol) is not Vocabulary.UnknownIndex and var token)
        {
            Code(token);
            Add(symbol);
            return;
        }
        Code(Vocabulary.UnknownIndex);
        Spell(symbol);
    }

    private void AddToWord(ReadOnlySpan<byte> symbol, bool isWhite)
    {
        if (isWhite != _isWhite)
        {
            EndWord(isLast: false);
        }
        _isWhite = isWhite;
        if (!_isSpelling && _runLength + symbol.Length <= _run.Length)
        {
            symbol.CopyTo(_run.AsSpan(_runLength));
            _runLength += symbol.Length;
            return;
        }
        if (!_isSpelling)
        {
            BeginSpelling();
        }
        Spell(symbol);
    }

    private void EndWord(bool isLast)
    {
        var run = _run.AsSpan(0, _runLength);
        if (!_isSpelling && (run.IsEmpty || (run is [(byte)' '] && AfterWord && !isLast)))
        {
            _runLength = 0; // a space between two words goes without saying
            return;
        }
        if (!_isSpelling && Tokens.Find(run) is not Vocabulary.UnknownIndex and var token)
        {
            Code(token);
            AddPart(run, begins: true);
            _runLength = 0;
            return;
        }
        if (!_isSpelling)
        {
            BeginSpelling();
        }
        output.EncodeByte(TokenBytes.EndMark);
        _isSpelling = false;
    }

    private void BeginSpelling()
    {
        Code(Vocabulary.UnknownIndex);
        (_isSpelling, _begins) = (true, true);
        for (var position = 0; position < _runLength; )
        {
            var length = Tokens.SpelledLength(_run[position]);
            Spell(_run.AsSpan(position, length));
            position += length;
        }
        _runLength = 0;
    }

    private void Spell(ReadOnlySpan<byte> symbol)
    {
        foreach (var value in symbol)
        {
            output.EncodeByte(value);
        }
        var text = TokenBytes.Unspell(symbol);
        AddPart(text, _begins);
        _begins = false;
        Spelled += text.Length;
    }

    private void Code(int token)
    {
        var (start, size) = Next.Of(token);
        output.Encode(start, size, Next.Total);
        Next.Follow(token);
    }
}
