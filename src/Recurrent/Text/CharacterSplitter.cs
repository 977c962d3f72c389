using System.Text;

namespace Recurrent.Text;

/// <summary>The splitter of <see cref="Tokenizer.Characters"/>.</summary>
internal sealed class CharacterSplitter(DistinctTokens distinct, NumberSink numbers) : TextSink
{
    private const int PageBits = 8;
    private const int LastScalar = 0x10FFFF;

    // A table for all scalar values would take 4 MB; texts use a few of its pages.
    private readonly int[]?[] _pages = new int[]?[(LastScalar >> PageBits) + 1]; // number + 1, or 0
    private char _high; // the first half of a pair whose second is yet to come, or 0

    public override void Add(ReadOnlySpan<char> text)
    {
        foreach (var character in text)
        {
            if (char.IsSurrogate(character) || _high != 0)
            {
                AddHalf(character);
            }
            else
            {
                AddScalar(character);
            }
        }
    }

    public override void EndSegment()
    {
        if (_high != 0)
        {
            AddScalar(Rune.ReplacementChar.Value);
            _high = '\0';
        }
    }

    private void AddHalf(char character)
    {
        if (_high != 0 && char.IsLowSurrogate(character))
        {
            AddScalar(char.ConvertToUtf32(_high, character));
            _high = '\0';
            return;
        }
        EndSegment(); // the half before it has no partner
        if (char.IsHighSurrogate(character))
        {
            _high = character;
        }
        else
        {
            AddScalar(char.IsSurrogate(character) ? Rune.ReplacementChar.Value : character);
        }
    }

    private void AddScalar(int scalar)
    {
        var page = _pages[scalar >> PageBits] ??= new int[1 << PageBits];
        ref var entry = ref page[scalar & ((1 << PageBits) - 1)];
        if (entry == 0)
        {
            entry = distinct.Add(new Rune(scalar).ToString()) + 1;
        }
        distinct.CountOne(entry - 1);
        numbers.Add(entry - 1);
    }
}
