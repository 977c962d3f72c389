using Recurrent.Emulation.Machine;
using Recurrent.Emulation.Text;

namespace Recurrent.Emulation.Instructions;

/// <summary>
/// An instruction's modifiers and operands, taken one after another: what is not asked for, and what has another type,
/// is a failure.
/// </summary>
internal sealed class Operands(PtxSource source, PtxStatement statement, Rows rows)
{
    private readonly string[] _parts = statement.Opcode.Split('.');
    private int _part = 1;

    /// <summary>The instruction's name.</summary>
    public string Name => _parts[0];

    /// <summary>Its name with all modifiers.</summary>
    public string Opcode => statement.Opcode;

    /// <summary>The number of operands.</summary>
    public int Count => statement.Operands.Count;

    /// <summary>A failure of this instruction.</summary>
    public EmulationException Failure(string message) => source.Failure(statement.Line, message);

    /// <summary>Takes a modifier if it is next.</summary>
    public bool Take(string modifier)
    {
        if (_part >= _parts.Length || _parts[_part] != modifier)
        {
            return false;
        }
        _part++;
        return true;
    }

    /// <summary>Takes a modifier that must be next.</summary>
    public void Expect(string modifier)
    {
        if (!Take(modifier))
        {
            throw Failure($"'.{modifier}' is missing, or out of order");
        }
    }

    /// <summary>Takes the first of some modifiers that is next, or "".</summary>
    public string Any(params ReadOnlySpan<string> modifiers)
    {
        foreach (var modifier in modifiers)
        {
            if (Take(modifier))
            {
                return modifier;
            }
        }
        return "";
    }

    /// <summary>Takes one of some modifiers.</summary>
    public string One(params ReadOnlySpan<string> modifiers)
    {
        var taken = Any(modifiers);
        return taken.Length > 0
            ? taken
            : throw Failure($"one of .{string.Join(", .", modifiers.ToArray())} is missing");
    }

    /// <summary>Takes a type, which must be one of some.</summary>
    public PtxType Type(params ReadOnlySpan<PtxType> allowed)
    {
        if (_part < _parts.Length)
        {
            foreach (var type in allowed)
            {
                if (_parts[_part] == PtxTypes.Name(type))
                {
                    _part++;
                    return type;
                }
            }
        }
        throw Failure("the instruction does not have this type");
    }

    /// <summary>Nothing may be left, and there must be so many operands.</summary>
    public void End(int operands)
    {
        if (_part < _parts.Length)
        {
            throw Failure($"unknown modifier '.{_parts[_part]}'");
        }
        EndWhole(operands);
    }

    /// <summary>There must be so many operands.</summary>
    public void EndWhole(int operands)
    {
        if (Count != operands)
        {
            throw Failure($"{Count} operands, not {operands}");
        }
    }

    /// <summary>An operand as it is written.</summary>
    public PtxOperand this[int index] => statement.Operands[index];

    /// <summary>The row that a result goes to.</summary>
    public int Result(int index, PtxType type) => Register(this[index], type);

    /// <summary>The row that an operand stands in.</summary>
    public int Source(int index, PtxType type) => Source(this[index], type);

    /// <summary>The row of a register of a type.</summary>
    public int Register(PtxOperand operand, PtxType type)
    {
        if (operand.Kind != OperandKind.Register)
        {
            throw Failure($"'{operand.Name}' is not a declared register");
        }
        var declared = source.Registers[operand.Name];
        return PtxTypes.Agree(type, declared)
            ? rows.Register(operand.Name)
            : throw Failure($"{operand.Name} is a register of .{PtxTypes.Name(declared)}, not .{PtxTypes.Name(type)}");
    }

    /// <summary>The row of a register or constant of a type.</summary>
    public int Source(PtxOperand operand, PtxType type)
    {
        var size = PtxTypes.Bytes(type);
        switch (operand.Kind)
        {
            case OperandKind.Float32 when size == 4 && type is PtxType.F32 or PtxType.B32:
            case OperandKind.Float64 when size == 8 && type is PtxType.F64 or PtxType.B64:
                return rows.Constant((ulong)operand.Bits, size);
            case OperandKind.Integer when type != PtxType.Pred && !PtxTypes.IsFloat(type):
                if (size == 4 && operand.Bits is < int.MinValue or > uint.MaxValue)
                {
                    throw Failure($"{operand.Bits} does not fit into 32 bits");
                }
                return rows.Constant(size == 4 ? (uint)operand.Bits : (ulong)operand.Bits, size);
            case OperandKind.Register:
                return Register(operand, type);
            case OperandKind.Special:
                throw Failure($"{operand.Name} can only be moved");
            default:
                throw Failure($"'{operand.Name}' cannot be an operand of type .{PtxTypes.Name(type)}");
        }
    }

    /// <summary>The constant that an operand must be.</summary>
    public long Constant(int index) =>
        this[index].Kind == OperandKind.Integer
            ? this[index].Bits
            : throw Failure($"operand {index + 1} must be an integer");

    /// <summary>The rows of a vector's registers.</summary>
    public unsafe void Vector(int index, int count, PtxType type, Instruction* i, int at = 0)
    {
        var operand = this[index];
        if (count == 1 && operand.Kind == OperandKind.Register)
        {
            i->V[at] = Register(operand, type);
            return;
        }
        if (operand.Kind != OperandKind.Vector || operand.Parts.Count != count)
        {
            throw Failure(
                $"operand {index + 1} must be {(count == 1 ? "a register" : $"{count} registers in braces")}"
            );
        }
        for (var k = 0; k < count; k++)
        {
            i->V[at + k] = Register(operand.Parts[k], type);
        }
    }

    /// <summary>The row of an address's base in global memory.</summary>
    public unsafe int Global(int index, Instruction* i)
    {
        var operand = this[index];
        if (operand.Kind != OperandKind.Address)
        {
            throw Failure($"operand {index + 1} must be an address in brackets");
        }
        i->Offset = operand.Bits;
        i->IsWide = true;
        return Register(new(OperandKind.Register, Declared(operand.Name), 0, []), PtxType.U64);
    }

    /// <summary>The row of an address's base in shared memory.</summary>
    public unsafe int Shared(int index, Instruction* i)
    {
        var operand = this[index];
        if (operand.Kind != OperandKind.Address)
        {
            throw Failure($"operand {index + 1} must be an address in brackets");
        }
        i->Offset = operand.Bits;
        if (source.Shared.TryGetValue(operand.Name, out var offset))
        {
            return rows.Constant((ulong)offset, 4);
        }
        var name = Declared(operand.Name);
        i->IsWide = PtxTypes.Bytes(source.Registers[name]) == 8;
        return Register(new(OperandKind.Register, name, 0, []), i->IsWide ? PtxType.U64 : PtxType.U32);
    }

    private string Declared(string name) =>
        source.Registers.ContainsKey(name) ? name : throw Failure($"'{name}' is not declared");
}

/// <summary>
/// Where the registers and constants of a program stand in a warp's memory: each has a row of 32 lanes.
/// </summary>
internal sealed unsafe class Rows
{
    private readonly Dictionary<string, int> _registers = [];
    private readonly Dictionary<(ulong Bits, int Size), int> _constants = [];
    private readonly Dictionary<string, int> _specials = [];

    /// <summary>Rows of registers.</summary>
    public Rows(IReadOnlyDictionary<string, PtxType> registers)
    {
        // Predicates are masks, one word each.
        foreach (var (name, type) in registers.OrderByDescending(register => PtxTypes.Bytes(register.Value)))
        {
            _registers[name] = Bytes;
            Bytes += type == PtxType.Pred ? 4 : PtxTypes.Bytes(type) * 32;
        }
        Bytes = (Bytes + 63) / 64 * 64;
        RegisterBytes = Bytes;
    }

    /// <summary>The bytes of all rows.</summary>
    public int Bytes { get; private set; }

    /// <summary>The bytes of the registers' rows, which come first.</summary>
    public int RegisterBytes { get; }

    /// <summary>The row of a register.</summary>
    public int Register(string name) => _registers[name];

    /// <summary>The row of a constant.</summary>
    public int Constant(ulong bits, int size) => Row(_constants, (bits, size), size);

    /// <summary>The row of a special register.</summary>
    public int Special(string name) => Row(_specials, name, 4);

    /// <summary>Fills the rows for a warp; registers get what no program should rely on.</summary>
    public void Fill(Warp w)
    {
        new Span<uint>(w.R, RegisterBytes / 4).Fill(0x7FC0DEAD);
        foreach (var ((bits, size), row) in _constants)
        {
            if (size == 4)
            {
                new Span<uint>(w.R + row, 32).Fill((uint)bits);
            }
            else
            {
                new Span<ulong>(w.R + row, 32).Fill(bits);
            }
        }
        var launch = w.Block.Launch;
        foreach (var (name, row) in _specials)
        {
            for (var lane = 0; lane < 32; lane++)
            {
                w.Row<int>(row)[lane] = name switch
                {
                    "%tid.x" => (w.Index * 32) + lane,
                    "%ntid.x" => launch.Threads,
                    "%ctaid.x" => w.Block.X,
                    "%ctaid.y" => w.Block.Y,
                    "%nctaid.x" => launch.Blocks.X,
                    "%nctaid.y" => launch.Blocks.Y,
                    "%warpid" => w.Index,
                    _ => lane,
                };
            }
        }
    }

    private int Row<TKey>(Dictionary<TKey, int> rows, TKey key, int size)
        where TKey : notnull
    {
        if (!rows.TryGetValue(key, out var row))
        {
            rows[key] = row = Bytes;
            Bytes += size * 32;
        }
        return row;
    }
}
