using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Recurrent.Compression;

/// <summary>One pass over a text, packing or unpacking: what both sides do alike, so that they stay in step.</summary>
/// <param name="next">What the model expects; it is disposed of with the pass.</param>
/// <param name="tokens">The model's tokens.</param>
internal abstract class TextPass(NextToken next, TokenBytes tokens) : IDisposable
{
    /// <summary>Bytes of text between two checksums, which are unpacked but not passed on before the second.</summary>
    private const int CheckedLength = 1 << 16;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _checked; // bytes of text that have a checksum

    protected NextToken Next { get; } = next;

    protected TokenBytes Tokens { get; } = tokens;

    /// <summary>Bytes of text so far.</summary>
    public long Length { get; private set; }

    /// <summary>Characters so far; a byte that is not UTF-8 counts where it would begin one.</summary>
    public long Characters { get; private set; }

    /// <summary>Those bytes that were spelled out.</summary>
    public long Spelled { get; protected set; }

    /// <summary>Whether the last token was a word, so that a space goes without saying before another.</summary>
    protected bool AfterWord { get; private set; }

    /// <summary>The start of the hash of the text so far.</summary>
    protected uint Checksum
    {
        get
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            _hash.GetCurrentHash(hash);
            return BinaryPrimitives.ReadUInt32LittleEndian(hash);
        }
    }

    public void Dispose()
    {
        Next.Dispose();
        _hash.Dispose();
    }

    /// <summary>Takes a token's bytes, or those of a symbol that is spelled.</summary>
    /// <param name="text">The bytes.</param>
    /// <param name="begins">Whether they begin a token.</param>
    protected void AddPart(ReadOnlySpan<byte> text, bool begins)
    {
        if (begins && Tokens.OfWords)
        {
            var isWord = !TokenBytes.IsWhite(text);
            if (isWord && AfterWord)
            {
                Add(" "u8);
            }
            AfterWord = isWord;
        }
        Add(text);
    }

    /// <summary>Takes the next bytes of the text; after enough of them comes a checksum.</summary>
    protected virtual void Add(ReadOnlySpan<byte> text)
    {
        _hash.AppendData(text);
        Length += text.Length;
        foreach (var value in text)
        {
            Characters += (value & 0xC0) == 0x80 ? 0 : 1;
        }
        if (Length - _checked >= CheckedLength)
        {
            CodeChecksum();
            _checked = Length;
        }
    }

    /// <summary>Writes the checksum, or reads and compares it.</summary>
    protected abstract void CodeChecksum();
}
