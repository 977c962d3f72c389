using Recurrent.Emulation.Machine;

namespace Recurrent.Emulation.Instructions;

/// <summary>What an instruction does to the order of instructions.</summary>
internal enum Flow : byte
{
    /// <summary>The next instruction follows.</summary>
    Next,

    /// <summary>A branch.</summary>
    Branch,

    /// <summary>The thread ends.</summary>
    Exit,

    /// <summary>The block's threads wait for each other.</summary>
    Barrier,

    /// <summary>The next instruction follows, but the others run first: the thread waits for something.</summary>
    Poll,

    /// <summary>The program gives up.</summary>
    Trap,
}

/// <summary>An instruction, made ready to run for a whole warp.</summary>
internal unsafe struct Instruction
{
    /// <summary>Does it for the lanes of a mask.</summary>
    public delegate* <Warp, Instruction*, uint, void> Run;

    /// <summary>The offsets of the operands' rows in a warp's registers: the result and three sources.</summary>
    public int D,
        A,
        B,
        C;

    /// <summary>The offset of the predicate that it runs under, or -1.</summary>
    public int Guard;

    /// <summary>The offset of a second result, or -1.</summary>
    public int Other;

    /// <summary>The index to branch to, or bytes to ask for.</summary>
    public int Target;

    /// <summary>The line of the text.</summary>
    public int Line;

    /// <summary>The number of elements that a load or store moves.</summary>
    public int Count;

    /// <summary>The bytes of an element.</summary>
    public int Size;

    /// <summary>The rows of the elements or of a matrix's fragments.</summary>
    public fixed int V[16];

    /// <summary>An address's displacement.</summary>
    public long Offset;

    /// <summary>What it does to the order of instructions.</summary>
    public Flow Flow;

    /// <summary>Whether it runs where the predicate is false.</summary>
    public bool Unless;

    /// <summary>Whether the address has 64 bits.</summary>
    public bool IsWide;

    /// <summary>Whether an access is to shared memory.</summary>
    public bool IsShared;

    /// <summary>Whether an access is strong: it may meet others without a race.</summary>
    public bool IsStrong;

    /// <summary>Whether what other threads released is seen afterwards.</summary>
    public bool Acquires;

    /// <summary>Whether what was done before is seen by who acquires it.</summary>
    public bool Releases;

    /// <summary>Whether all threads of the warp must run it together.</summary>
    public bool IsAligned;
}
