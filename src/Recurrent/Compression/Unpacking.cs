using System.Buffers;
using System.Buffers.Binary;
using Recurrent.Text;

namespace Recurrent.Compression;

/// <summary>From a packed text to the text.</summary>
/// <param name="next">What the model expects; it is disposed of with the pass.</param>
/// <param name="tokens">The model's tokens.</param>
/// <param name="input">Gives the events.</param>
/// <param name="output">Takes the text, no byte of it before its checksum has been compared.</param>
internal sealed class Unpacking(NextToken next, TokenBytes tokens, RangeDecoder input, Stream output)
    : TextPass(next, tokens)
{
    private readonly ArrayBufferWriter<byte> _unchecked = new();

    /// <summary>Unpacks the text.</summary>
    /// <exception cref="InvalidDataException">The packed text is damaged.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public void Run(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var token = Code();
            if (token != Vocabulary.UnknownIndex)
            {
                var text = Tokens[token];
                AddPart(text.IsEmpty ? throw Damaged() : text, begins: true);
                continue;
            }
            var first = input.DecodeByte();
            if (first == TokenBytes.EndMark)
            {
                break;
            }
            var begins = true;
            do
            {
                Spell(first, begins);
                begins = false;
            } while (Tokens.OfWords && (first = input.DecodeByte()) != TokenBytes.EndMark);
        }
        CodeChecksum();
        input.Finish();
    }

    protected override void Add(ReadOnlySpan<byte> text)
    {
        _unchecked.Write(text);
        base.Add(text);
    }

    protected override void CodeChecksum()
    {
        Span<byte> checksum = stackalloc byte[sizeof(uint)];
        foreach (ref var value in checksum)
        {
            value = input.DecodeByte();
        }
        if (BinaryPrimitives.ReadUInt32LittleEndian(checksum) != Checksum)
        {
            throw Damaged();
        }
        output.Write(_unchecked.WrittenSpan);
        _unchecked.ResetWrittenCount();
    }

    private void Spell(byte first, bool begins)
    {
        Span<byte> spelled = stackalloc byte[TokenBytes.MaxSymbol];
        spelled = spelled[..Tokens.SpelledLength(first)];
        spelled[0] = first;
        foreach (ref var value in spelled[1..])
        {
            value = input.DecodeByte();
        }
        var text = TokenBytes.Unspell(spelled);
        AddPart(text, begins);
        Spelled += text.Length;
    }

    private int Code()
    {
        var (token, start, size) = Next.At(input.Target(Next.Total));
        input.Take(start, size);
        Next.Follow(token);
        return token;
    }

    private static InvalidDataException Damaged() =>
        new("The packed text is damaged, for its checksum is another; get the file again.");
}
