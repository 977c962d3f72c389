using System.Globalization;
using System.Text.RegularExpressions;

namespace Recurrent.Emulation;

/// <summary>A type of PTX.</summary>
internal enum PtxType : byte
{
    Pred,
    B8,
    B16,
    B32,
    U32,
    S32,
    F32,
    B64,
    U64,
    S64,
    F64,
}

/// <summary>What an operand of an instruction is.</summary>
internal enum OperandKind : byte
{
    Register,
    Special,
    Integer,
    Float32,
    Float64,
    Symbol,
    Address,
    Vector,
    Pair,
}

/// <summary>An operand as it is written.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">The name of a register, special register or symbol; of an address, that of its base.</param>
/// <param name="Bits">A constant's bits, or an address's displacement.</param>
/// <param name="Parts">The operands of a vector, or of a pair <c>a|b</c>.</param>
internal sealed record PtxOperand(OperandKind Kind, string Name, long Bits, IReadOnlyList<PtxOperand> Parts);

/// <summary>An instruction as it is written.</summary>
/// <param name="Line">Its line, counted from 1.</param>
/// <param name="Guard">The predicate that it runs under, or none.</param>
/// <param name="Unless">Whether it runs where the predicate is false.</param>
/// <param name="Opcode">Its name and modifiers.</param>
/// <param name="Operands">Its operands.</param>
internal sealed record PtxStatement(
    int Line,
    string? Guard,
    bool Unless,
    string Opcode,
    IReadOnlyList<PtxOperand> Operands
);

/// <summary>A parameter of an entry.</summary>
internal sealed record PtxParameter(string Name, PtxType Type, int Offset, int Bytes, bool IsArray);

/// <summary>The text of a module with one entry, taken apart: everything in it is known, or reading it fails.</summary>
internal sealed partial class PtxSource
{
    private readonly string _name;
    private readonly List<(string Text, int Line)> _tokens = [];
    private readonly Dictionary<string, PtxType> _registers = [];
    private readonly Dictionary<string, int> _symbols = [];
    private readonly Dictionary<string, int> _labels = [];
    private readonly List<PtxParameter> _parameters = [];
    private readonly List<PtxStatement> _statements = [];
    private int _at;

    /// <summary>Reads a module.</summary>
    /// <param name="name">What the program is, for messages.</param>
    /// <param name="text">The PTX.</param>
    /// <param name="entry">The name of its entry.</param>
    public PtxSource(string name, string text, string entry)
    {
        _name = name;
        Lines = text.Split('\n');
        for (var line = 0; line < Lines.Count; line++)
        {
            var code = Lines[line];
            var comment = code.IndexOf("//", StringComparison.Ordinal);
            foreach (var match in Token().EnumerateMatches(comment < 0 ? code : code[..comment]))
            {
                _tokens.Add((code.Substring(match.Index, match.Length), line + 1));
            }
        }
        Module(entry);
    }

    /// <summary>What the program is.</summary>
    public string Name => _name;

    /// <summary>The lines of the text.</summary>
    public IReadOnlyList<string> Lines { get; }

    /// <summary>The version of PTX, times ten.</summary>
    public int Version { get; private set; }

    /// <summary>The least compute capability, times ten.</summary>
    public int Target { get; private set; }

    /// <summary>The registers and their types.</summary>
    public IReadOnlyDictionary<string, PtxType> Registers => _registers;

    /// <summary>The offsets of the arrays in shared memory.</summary>
    public IReadOnlyDictionary<string, int> Shared => _symbols;

    /// <summary>The index of the instruction behind each label.</summary>
    public IReadOnlyDictionary<string, int> Labels => _labels;

    /// <summary>The parameters in order.</summary>
    public IReadOnlyList<PtxParameter> Parameters => _parameters;

    /// <summary>The instructions.</summary>
    public IReadOnlyList<PtxStatement> Statements => _statements;

    /// <summary>The bytes of all parameters.</summary>
    public int ParameterBytes { get; private set; }

    /// <summary>The bytes of shared memory that the text itself declares.</summary>
    public int StaticSharedBytes { get; private set; }

    /// <summary>Whether shared memory is as large as the launch says.</summary>
    public bool HasDynamicShared { get; private set; }

    /// <summary>The threads of a block that the entry asks for or is limited to; 0: it does not say.</summary>
    public (int Required, int Most) Threads { get; private set; }

    /// <summary>A failure at a line.</summary>
    public EmulationException Failure(int line, string message) =>
        new($"{_name}, line {line}: {message}: {Lines[line - 1].Trim()}");

    [GeneratedRegex(@"[A-Za-z_%$.][\w$.]*|\d[\w.]*|[^\s\w]")]
    private static partial Regex Token();

    private EmulationException Unexpected() =>
        _at < _tokens.Count
            ? Failure(_tokens[_at].Line, $"unexpected '{_tokens[_at].Text}'")
            : Failure(Lines.Count, "the text ends too early");

    private string Peek() => _at < _tokens.Count ? _tokens[_at].Text : "";

    private string Next() => _at < _tokens.Count ? _tokens[_at++].Text : throw Unexpected();

    private bool Take(string token)
    {
        if (Peek() != token)
        {
            return false;
        }
        _at++;
        return true;
    }

    private void Expect(string token)
    {
        if (!Take(token))
        {
            throw Unexpected();
        }
    }

    private int Count()
    {
        if (!int.TryParse(Peek(), NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            throw Unexpected();
        }
        _at++;
        return value;
    }

    private string Identifier()
    {
        if (!IdentifierPattern().IsMatch(Peek()))
        {
            throw Unexpected();
        }
        return Next();
    }

    [GeneratedRegex(@"^[A-Za-z_$%][\w$]*$")]
    private static partial Regex IdentifierPattern();

    private void Module(string entry)
    {
        Expect(".version");
        Version = Tenths();
        Expect(".target");
        if (Peek().Length < 5 || !Peek().StartsWith("sm_", StringComparison.Ordinal))
        {
            throw Unexpected();
        }
        Target = int.Parse(Next().AsSpan(3).TrimEnd('a'), CultureInfo.InvariantCulture);
        Expect(".address_size");
        Expect("64");
        while (Peek() is ".shared" or ".extern")
        {
            SharedArray();
        }
        Expect(".visible");
        Expect(".entry");
        Expect(entry);
        Parameters_();
        Limits();
        Expect("{");
        while (!Take("}"))
        {
            Statement();
        }
        if (_at < _tokens.Count)
        {
            throw Unexpected();
        }
    }

    private int Tenths()
    {
        if (!decimal.TryParse(Peek(), CultureInfo.InvariantCulture, out var version))
        {
            throw Unexpected();
        }
        _at++;
        return (int)(version * 10);
    }

    private PtxType Type()
    {
        PtxType type = Peek() switch
        {
            ".pred" => PtxType.Pred,
            ".b8" => PtxType.B8,
            ".b16" => PtxType.B16,
            ".b32" => PtxType.B32,
            ".u32" => PtxType.U32,
            ".s32" => PtxType.S32,
            ".f32" => PtxType.F32,
            ".b64" => PtxType.B64,
            ".u64" => PtxType.U64,
            ".s64" => PtxType.S64,
            ".f64" => PtxType.F64,
            _ => throw Unexpected(),
        };
        _at++;
        return type;
    }

    private void SharedArray()
    {
        var dynamic = Take(".extern");
        Expect(".shared");
        var alignment = 1;
        if (Take(".align"))
        {
            alignment = Count();
        }
        var element = PtxTypes.Bytes(Type());
        var name = Identifier();
        var bytes = 0;
        var elements = 1;
        if (Take("["))
        {
            elements = dynamic ? 0 : Count();
            Expect("]");
        }
        bytes = element * elements;
        alignment = Math.Max(alignment, element);
        StaticSharedBytes = (StaticSharedBytes + alignment - 1) / alignment * alignment;
        if (HasDynamicShared || !_symbols.TryAdd(name, StaticSharedBytes))
        {
            throw Unexpected();
        }
        HasDynamicShared = dynamic;
        StaticSharedBytes += bytes;
        Expect(";");
    }

    private void Parameters_()
    {
        if (!Take("("))
        {
            return;
        }
        while (!Take(")"))
        {
            if (_parameters.Count > 0)
            {
                Expect(",");
            }
            Expect(".param");
            var alignment = 1;
            var aligned = Take(".align");
            if (aligned)
            {
                alignment = Count();
            }
            var type = Type();
            var size = PtxTypes.Bytes(type);
            if (size == 0)
            {
                throw Unexpected();
            }
            var name = Identifier();
            var isArray = Take("[");
            var bytes = size;
            if (isArray)
            {
                bytes = size * Count();
                Expect("]");
            }
            alignment = Math.Max(alignment, size);
            var offset = (ParameterBytes + alignment - 1) / alignment * alignment;
            if (_parameters.Exists(parameter => parameter.Name == name))
            {
                throw Unexpected();
            }
            _parameters.Add(new(name, type, offset, bytes, isArray));
            ParameterBytes = offset + bytes;
        }
        if (ParameterBytes > 4096)
        {
            throw Failure(_tokens[_at - 1].Line, $"{ParameterBytes} bytes of parameters, of at most 4096");
        }
    }

    private void Limits()
    {
        while (Peek() is ".maxntid" or ".reqntid" or ".minnctapersm")
        {
            var directive = Next();
            var count = Count();
            while (Take(","))
            {
                count *= Count();
            }
            if (directive == ".reqntid")
            {
                Threads = Threads with { Required = count };
            }
            else if (directive == ".maxntid")
            {
                Threads = Threads with { Most = count };
            }
        }
    }

    private void Statement()
    {
        switch (Peek())
        {
            case ".reg":
                Registers_();
                return;
            case ".shared":
                SharedArray();
                return;
            case ".pragma":
                _at++;
                while (!Take(";"))
                {
                    _at++;
                }
                return;
        }
        if (_at + 1 < _tokens.Count && _tokens[_at + 1].Text == ":")
        {
            var line = _tokens[_at].Line;
            if (!_labels.TryAdd(Identifier(), _statements.Count))
            {
                throw Failure(line, "this label is there twice");
            }
            _at++;
            return;
        }
        Instruction();
    }

    private void Registers_()
    {
        Expect(".reg");
        var type = Type();
        do
        {
            var name = Identifier();
            if (Take("<"))
            {
                var count = Count();
                Expect(">");
                for (var i = 0; i < count; i++)
                {
                    Declare(name + i.ToString(CultureInfo.InvariantCulture), type);
                }
            }
            else
            {
                Declare(name, type);
            }
        } while (Take(","));
        Expect(";");
    }

    private void Declare(string name, PtxType type)
    {
        if (type is PtxType.B8 or PtxType.B16 || !_registers.TryAdd(name, type))
        {
            throw Unexpected();
        }
    }

    private void Instruction()
    {
        string? guard = null;
        var unless = false;
        if (Take("@"))
        {
            unless = Take("!");
            guard = Identifier();
        }
        var line = _at < _tokens.Count ? _tokens[_at].Line : Lines.Count;
        var opcode = Next();
        var operands = new List<PtxOperand>();
        if (!Take(";"))
        {
            do
            {
                operands.Add(Operand());
            } while (Take(","));
            Expect(";");
        }
        _statements.Add(new(line, guard, unless, opcode, operands));
    }

    private PtxOperand Operand()
    {
        var first = SimpleOperand();
        return Take("|") ? new(OperandKind.Pair, "", 0, [first, SimpleOperand()]) : first;
    }

    private PtxOperand SimpleOperand()
    {
        if (Take("{"))
        {
            var parts = new List<PtxOperand>();
            do
            {
                parts.Add(SimpleOperand());
            } while (Take(","));
            Expect("}");
            return new(OperandKind.Vector, "", 0, parts);
        }
        if (Take("["))
        {
            var name = Identifier();
            var displacement = Take("+") ? Constant().Bits : 0;
            Expect("]");
            return new(OperandKind.Address, name, displacement, []);
        }
        if (Peek() is ['-' or (>= '0' and <= '9'), ..])
        {
            return Constant();
        }
        if (Peek() is "%tid.x" or "%ntid.x" or "%ctaid.x" or "%ctaid.y" or "%nctaid.x" or "%nctaid.y")
        {
            return new(OperandKind.Special, Next(), 0, []);
        }
        if (Peek() is "%laneid" or "%warpid" or "%clock64" or "%globaltimer")
        {
            return new(OperandKind.Special, Next(), 0, []);
        }
        if (Peek() == "_")
        {
            return new(OperandKind.Symbol, Next(), 0, []);
        }
        var identifier = Identifier();
        return _registers.ContainsKey(identifier)
            ? new(OperandKind.Register, identifier, 0, [])
            : new(OperandKind.Symbol, identifier, 0, []);
    }

    private PtxOperand Constant()
    {
        var negative = Take("-");
        var text = Peek();
        _at++;
        if (text.StartsWith("0f", StringComparison.OrdinalIgnoreCase) && text.Length == 10 && !negative)
        {
            if (uint.TryParse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var bits))
            {
                return new(OperandKind.Float32, text, bits, []);
            }
        }
        else if (text.StartsWith("0d", StringComparison.OrdinalIgnoreCase) && text.Length == 18 && !negative)
        {
            if (ulong.TryParse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var bits))
            {
                return new(OperandKind.Float64, text, (long)bits, []);
            }
        }
        else
        {
            var digits = text.TrimEnd('U');
            var hex = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
            // A leading 0 means an octal number in PTX.
            if (
                (hex || digits.Length == 1 || digits is not ['0', ..])
                && ulong.TryParse(
                    hex ? digits.AsSpan(2) : digits,
                    hex ? NumberStyles.HexNumber : NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out var value
                )
            )
            {
                return new(OperandKind.Integer, text, negative ? -(long)value : (long)value, []);
            }
        }
        _at--;
        throw Unexpected();
    }
}

/// <summary>What is true of types.</summary>
internal static class PtxTypes
{
    /// <summary>The bytes of a value; 0 for a predicate.</summary>
    public static int Bytes(PtxType type) =>
        type switch
        {
            PtxType.Pred => 0,
            PtxType.B8 => 1,
            PtxType.B16 => 2,
            < PtxType.B64 => 4,
            _ => 8,
        };

    /// <summary>Whether it is a floating-point type.</summary>
    public static bool IsFloat(PtxType type) => type is PtxType.F32 or PtxType.F64;

    /// <summary>Whether it has no type but its size.</summary>
    public static bool IsBits(PtxType type) => type is PtxType.B32 or PtxType.B64;

    /// <summary>
    /// Whether an operand of one type may stand where an instruction of another wants one: of the same size, and both
    /// integers, both floating-point, or one of them plain bits (the rules of "Operand Type Checking" in the PTX ISA).
    /// </summary>
    public static bool Agree(PtxType instruction, PtxType operand) =>
        instruction == operand
        || (
            Bytes(instruction) == Bytes(operand)
            && Bytes(instruction) > 0
            && (IsBits(instruction) || IsBits(operand) || IsFloat(instruction) == IsFloat(operand))
        );
}
