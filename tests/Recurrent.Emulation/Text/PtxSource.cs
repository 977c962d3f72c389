using System.Globalization;

namespace Recurrent.Emulation.Text;

/// <summary>The text of a module with one entry, taken apart: everything in it is known, or reading it fails.</summary>
internal sealed class PtxSource
{
    private readonly PtxTokens _tokens;
    private readonly Dictionary<string, PtxType> _registers = [];
    private readonly Dictionary<string, int> _symbols = [];
    private readonly Dictionary<string, int> _labels = [];
    private readonly List<PtxParameter> _parameters = [];
    private readonly List<PtxStatement> _statements = [];

    /// <summary>Reads a module.</summary>
    /// <param name="name">What the program is, for messages.</param>
    /// <param name="text">The PTX.</param>
    /// <param name="entry">The name of its entry.</param>
    public PtxSource(string name, string text, string entry)
    {
        _tokens = new(name, text);
        Module(entry);
    }

    /// <summary>What the program is.</summary>
    public string Name => _tokens.Name;

    /// <summary>The number of lines.</summary>
    public int LineCount => _tokens.Lines.Count;

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
    public EmulationException Failure(int line, string message) => _tokens.Failure(line, message);

    private void Module(string entry)
    {
        _tokens.Expect(".version");
        Version = Tenths();
        _tokens.Expect(".target");
        if (_tokens.Peek().Length < 5 || !_tokens.Peek().StartsWith("sm_", StringComparison.Ordinal))
        {
            throw _tokens.Unexpected();
        }
        Target = int.Parse(_tokens.Next().AsSpan(3).TrimEnd('a'), CultureInfo.InvariantCulture);
        _tokens.Expect(".address_size");
        _tokens.Expect("64");
        while (_tokens.Peek() is ".shared" or ".extern")
        {
            SharedArray();
        }
        _tokens.Expect(".visible");
        _tokens.Expect(".entry");
        _tokens.Expect(entry);
        ReadParameters();
        Limits();
        _tokens.Expect("{");
        while (!_tokens.Take("}"))
        {
            Statement();
        }
        if (_tokens.Peek().Length > 0)
        {
            throw _tokens.Unexpected();
        }
    }

    private int Tenths()
    {
        if (!decimal.TryParse(_tokens.Peek(), CultureInfo.InvariantCulture, out var version))
        {
            throw _tokens.Unexpected();
        }
        _ = _tokens.Next();
        return (int)(version * 10);
    }

    private PtxType Type()
    {
        foreach (var type in PtxTypes.All)
        {
            if (_tokens.Take("." + PtxTypes.Name(type)))
            {
                return type;
            }
        }
        throw _tokens.Unexpected();
    }

    private void SharedArray()
    {
        var dynamic = _tokens.Take(".extern");
        _tokens.Expect(".shared");
        var alignment = 1;
        if (_tokens.Take(".align"))
        {
            alignment = _tokens.Count();
        }
        var element = PtxTypes.Bytes(Type());
        var name = _tokens.Identifier();
        var bytes = 0;
        var elements = 1;
        if (_tokens.Take("["))
        {
            elements = dynamic ? 0 : _tokens.Count();
            _tokens.Expect("]");
        }
        bytes = element * elements;
        alignment = Math.Max(alignment, element);
        StaticSharedBytes = (StaticSharedBytes + alignment - 1) / alignment * alignment;
        if (HasDynamicShared || !_symbols.TryAdd(name, StaticSharedBytes))
        {
            throw _tokens.Unexpected();
        }
        HasDynamicShared = dynamic;
        StaticSharedBytes += bytes;
        _tokens.Expect(";");
    }

    private void ReadParameters()
    {
        if (!_tokens.Take("("))
        {
            return;
        }
        while (!_tokens.Take(")"))
        {
            if (_parameters.Count > 0)
            {
                _tokens.Expect(",");
            }
            _tokens.Expect(".param");
            var alignment = 1;
            var aligned = _tokens.Take(".align");
            if (aligned)
            {
                alignment = _tokens.Count();
            }
            var type = Type();
            var size = PtxTypes.Bytes(type);
            if (size == 0)
            {
                throw _tokens.Unexpected();
            }
            var name = _tokens.Identifier();
            var isArray = _tokens.Take("[");
            var bytes = size;
            if (isArray)
            {
                bytes = size * _tokens.Count();
                _tokens.Expect("]");
            }
            alignment = Math.Max(alignment, size);
            var offset = (ParameterBytes + alignment - 1) / alignment * alignment;
            if (_parameters.Exists(parameter => parameter.Name == name))
            {
                throw _tokens.Unexpected();
            }
            _parameters.Add(new(name, type, offset, bytes, isArray));
            ParameterBytes = offset + bytes;
        }
        if (ParameterBytes > 4096)
        {
            throw Failure(_tokens.Line, $"{ParameterBytes} bytes of parameters, of at most 4096");
        }
    }

    private void Limits()
    {
        while (_tokens.Peek() is ".maxntid" or ".reqntid" or ".minnctapersm")
        {
            var directive = _tokens.Next();
            var count = _tokens.Count();
            while (_tokens.Take(","))
            {
                count *= _tokens.Count();
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
        switch (_tokens.Peek())
        {
            case ".reg":
                ReadRegisters();
                return;
            case ".shared":
                SharedArray();
                return;
            case ".pragma":
                while (_tokens.Next() != ";") { }
                return;
        }
        if (_tokens.Peek(1) == ":")
        {
            if (!_labels.TryAdd(_tokens.Identifier(), _statements.Count))
            {
                throw Failure(_tokens.Line, "this label is there twice");
            }
            _tokens.Expect(":");
            return;
        }
        Instruction();
    }

    private void ReadRegisters()
    {
        _tokens.Expect(".reg");
        var type = Type();
        do
        {
            var name = _tokens.Identifier();
            if (_tokens.Take("<"))
            {
                var count = _tokens.Count();
                _tokens.Expect(">");
                for (var i = 0; i < count; i++)
                {
                    Declare(name + i.ToString(CultureInfo.InvariantCulture), type);
                }
            }
            else
            {
                Declare(name, type);
            }
        } while (_tokens.Take(","));
        _tokens.Expect(";");
    }

    private void Declare(string name, PtxType type)
    {
        if (type is PtxType.B8 or PtxType.B16 || !_registers.TryAdd(name, type))
        {
            throw _tokens.Unexpected();
        }
    }

    private void Instruction()
    {
        string? guard = null;
        var unless = false;
        if (_tokens.Take("@"))
        {
            unless = _tokens.Take("!");
            guard = _tokens.Identifier();
        }
        var opcode = _tokens.Next();
        var line = _tokens.Line;
        var operands = new List<PtxOperand>();
        if (!_tokens.Take(";"))
        {
            do
            {
                operands.Add(Operand());
            } while (_tokens.Take(","));
            _tokens.Expect(";");
        }
        _statements.Add(new(line, guard, unless, opcode, operands));
    }

    private PtxOperand Operand()
    {
        var first = SimpleOperand();
        return _tokens.Take("|") ? new(OperandKind.Pair, "", 0, [first, SimpleOperand()]) : first;
    }

    private PtxOperand SimpleOperand()
    {
        if (_tokens.Take("{"))
        {
            var parts = new List<PtxOperand>();
            do
            {
                parts.Add(SimpleOperand());
            } while (_tokens.Take(","));
            _tokens.Expect("}");
            return new(OperandKind.Vector, "", 0, parts);
        }
        if (_tokens.Take("["))
        {
            var name = _tokens.Identifier();
            var displacement = _tokens.Take("+") ? _tokens.Constant().Bits : 0;
            _tokens.Expect("]");
            return new(OperandKind.Address, name, displacement, []);
        }
        if (_tokens.Peek() is ['-' or (>= '0' and <= '9'), ..])
        {
            return _tokens.Constant();
        }
        if (_tokens.Peek() is "%tid.x" or "%ntid.x" or "%ctaid.x" or "%ctaid.y" or "%nctaid.x" or "%nctaid.y")
        {
            return new(OperandKind.Special, _tokens.Next(), 0, []);
        }
        if (_tokens.Peek() is "%laneid" or "%warpid" or "%clock64" or "%globaltimer")
        {
            return new(OperandKind.Special, _tokens.Next(), 0, []);
        }
        if (_tokens.Peek() == "_")
        {
            return new(OperandKind.Symbol, _tokens.Next(), 0, []);
        }
        var identifier = _tokens.Identifier();
        return _registers.ContainsKey(identifier)
            ? new(OperandKind.Register, identifier, 0, [])
            : new(OperandKind.Symbol, identifier, 0, []);
    }
}
