using Recurrent.Emulation.Instructions;

namespace Recurrent.Emulation.Machine;

/// <summary>
/// Who wrote and read a word last, and whether the one who touches it now has seen that: by a barrier of the block, or
/// by acquiring what was released after it.
/// </summary>
internal static unsafe class Races
{
    /// <summary>The bit of a stamp for a strong access.</summary>
    public const ulong Strong = 1;

    private const uint UnderWay = uint.MaxValue;

    /// <summary>A lane reads words.</summary>
    public static void Read(Warp w, Instruction* i, Words words, long first, int count, ulong stamp)
    {
        for (var word = first; word < first + count; word++)
        {
            CheckRead(w, i, words, word, stamp);
            var reader = words.Readers[word];
            if (((reader ^ stamp) & 0xFFFFFFC0) != 0)
            {
                words.OtherReaders[word] = reader;
            }
            words.Readers[word] = stamp;
        }
    }

    /// <summary>
    /// A lane writes words; who read them before is then ordered before whoever is ordered after this.
    /// </summary>
    public static void Write(Warp w, Instruction* i, Words words, long first, int count, ulong stamp)
    {
        for (var word = first; word < first + count; word++)
        {
            CheckWrite(w, i, words, word, stamp);
            words.Writers[word] = stamp;
            words.Readers[word] = words.OtherReaders[word] = 0;
        }
    }

    /// <summary>A lane may read a word: it was written, and the writer is seen.</summary>
    public static void CheckRead(Warp w, Instruction* i, Words words, long word, ulong stamp)
    {
        var writer = words.Writers[word];
        if (writer == 0)
        {
            throw Failure(w, i, stamp, $"read of an unwritten word, {word * 4:N0} bytes from the start");
        }
        if (!Ordered(w, writer, stamp))
        {
            throw Conflict(w, i, stamp, word, "reads", writer, "wrote");
        }
    }

    /// <summary>A lane may write a word: who wrote and read it last is seen.</summary>
    public static void CheckWrite(Warp w, Instruction* i, Words words, long word, ulong stamp)
    {
        if (!Ordered(w, words.Writers[word], stamp))
        {
            throw Conflict(w, i, stamp, word, "writes", words.Writers[word], "wrote");
        }
        if (!Ordered(w, words.Readers[word], stamp))
        {
            throw Conflict(w, i, stamp, word, "writes", words.Readers[word], "read");
        }
        if (!Ordered(w, words.OtherReaders[word], stamp))
        {
            throw Conflict(w, i, stamp, word, "writes", words.OtherReaders[word], "read");
        }
    }

    /// <summary>Marks words that a copy is writing: nobody may touch them until it has been waited for.</summary>
    public static void Begin(Words words, long first, int count, ulong stamp)
    {
        for (var word = first; word < first + count; word++)
        {
            words.Writers[word] = ((ulong)UnderWay << 32) | (uint)stamp;
        }
    }

    /// <summary>A copy has been waited for: it counts as a write of that moment.</summary>
    public static void End(Words words, long first, int count, ulong stamp)
    {
        for (var word = first; word < first + count; word++)
        {
            words.Writers[word] = stamp;
        }
    }

    private static bool Ordered(Warp w, ulong stamp, ulong now)
    {
        var clock = (uint)(stamp >> 32);
        if (clock == UnderWay)
        {
            return false;
        }
        if (clock < w.Block.Launch.Clock || (stamp & now & Strong) != 0)
        {
            return true;
        }
        var unit = (int)((uint)stamp >> 6);
        if (unit == w.Unit)
        {
            return clock < w.Now || ((stamp ^ now) & 0x3E) == 0;
        }
        var index = unit - w.FirstClock;
        return (uint)index < (uint)w.Block.Launch.Clocks ? w.Clocks[index] >= clock : w.Block.Launch.Program.HasAtomics;
    }

    private static EmulationException Failure(Warp w, Instruction* i, ulong stamp, string message) =>
        w.Failure(i, message, (int)((stamp >> 1) & 31));

    private static EmulationException Conflict(
        Warp w,
        Instruction* i,
        ulong stamp,
        long word,
        string does,
        ulong other,
        string did
    )
    {
        var unit = (int)((uint)other >> 6);
        var launch = w.Block.Launch;
        var block = unit / launch.WarpsOfBlock;
        var thread = (unit % launch.WarpsOfBlock * 32) + (int)((other >> 1) & 31);
        var how = (other >> 32) == UnderWay ? "is copying to" : did;
        return Failure(
            w,
            i,
            stamp,
            $"a race: it {does} the word {word * 4:N0} bytes from the start, which thread {thread} of block "
                + $"{block % launch.Blocks.X},{block / launch.Blocks.X} {how}"
        );
    }
}
