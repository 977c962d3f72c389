using System.Runtime.InteropServices;
using Recurrent.Emulation.Machine;
using Recurrent.Emulation.Text;

namespace Recurrent.Emulation.Instructions;

/// <summary>A program that has been read and is ready to run.</summary>
internal sealed unsafe class PtxCode
{
    private readonly Instruction[] _code;
    private readonly Rows _rows;

    /// <summary>Reads a program and makes it ready.</summary>
    public PtxCode(PtxSource source)
    {
        Source = source;
        _rows = new(source.Registers);
        _code = GC.AllocateArray<Instruction>(source.Statements.Count + 1, pinned: true);
        Code = (Instruction*)Marshal.UnsafeAddrOfPinnedArrayElement(_code, 0);
        for (var i = 0; i < source.Statements.Count; i++)
        {
            var statement = source.Statements[i];
            var at = Code + i;
            (at->Line, at->Guard, at->Other, at->D) = (statement.Line, -1, -1, -1);
            if (statement.Guard is { } guard)
            {
                if (!source.Registers.TryGetValue(guard, out var type) || type != PtxType.Pred)
                {
                    throw source.Failure(statement.Line, $"'{guard}' is not a predicate");
                }
                at->Guard = _rows.Register(guard);
                at->Unless = statement.Unless;
            }
            var operands = new Operands(source, statement, _rows);
            Decoder.Decode(source, operands, _rows, at);
            HasAtomics |= operands.Name is "atom" or "red" || at->Acquires || at->Releases;
        }
        // Who runs past the end leaves.
        Code[source.Statements.Count] = new Instruction
        {
            Flow = Flow.Exit,
            Guard = -1,
            Line = source.LineCount,
        };
    }

    /// <summary>The text.</summary>
    public PtxSource Source { get; }

    /// <summary>The instructions.</summary>
    public Instruction* Code { get; }

    /// <summary>The bytes of a warp's registers.</summary>
    public int RegisterBytes => _rows.Bytes;

    /// <summary>Whether blocks may find out about each other.</summary>
    public bool HasAtomics { get; }

    /// <summary>The line of an instruction.</summary>
    public int LineOf(int pc) => Code[pc].Line;

    /// <summary>Fills a warp's registers before it starts.</summary>
    public void Fill(Warp w) => _rows.Fill(w);
}
