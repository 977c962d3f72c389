using System.Globalization;
using System.Text;

namespace Recurrent.Kernels.Gpu;

/// <summary>
/// Writes a program for one thread of a graphics card. The values of a kernel's maths are registers here
/// (<see cref="PtxVector"/>, <see cref="PtxInt"/>, <see cref="PtxDouble"/>), whose operators write instructions
/// instead of computing; so the maths of a kernel stands once, for processors and for cards.
/// </summary>
internal sealed unsafe class PtxWriter
{
    private const uint FactorBits = 0x7FE5A500; // a NaN that no maths makes; its last byte is the factor's number
    private const uint SignBit = 0x80000000;
    private const int MaxFactors = 256;

    [ThreadStatic]
    private static PtxWriter? t_current;

    private readonly string _name;
    private readonly StringBuilder _body = new();
    private readonly List<string> _parameters = [];
    private readonly List<string> _bases = []; // registers that addresses of the kernels' own type stand for
    private readonly List<uint> _constants = [];
    private readonly List<string> _factors = []; // registers
    private int _floats;
    private int _doubles;
    private int _ints;
    private int _longs;
    private int _predicates;
    private int _labels;
    private int _sharedBytes;
    private bool _isCooperative;
    private string _guard = "";

    private PtxWriter(string name) => _name = name;

    /// <summary>The writer of the program that the calling thread is writing.</summary>
    public static PtxWriter Current =>
        t_current ?? throw new InvalidOperationException("There is no program that is being written.");

    /// <summary>Blocks for which the registers of a multiprocessor must do at once; 0: it does not matter.</summary>
    public int ResidentBlocks { get; set; }

    /// <summary>Ten times the least compute capability that has the program's instructions.</summary>
    public int Target { get; set; } = 70;

    /// <summary>The thread's number in its block.</summary>
    public PtxInt Thread => Special("%tid.x");

    /// <summary>The block's number along x.</summary>
    public PtxInt BlockX => Special("%ctaid.x");

    /// <summary>The block's number along y.</summary>
    public PtxInt BlockY => Special("%ctaid.y");

    /// <summary>The number of blocks along x.</summary>
    public PtxInt BlocksX => Special("%nctaid.x");

    /// <summary>Writes a program.</summary>
    /// <param name="name">What it is, for messages and file names.</param>
    /// <param name="threads">The threads of a block.</param>
    /// <param name="write">Declares the parameters, in the order of the arguments, and writes the body.</param>
    public static PtxProgram Write(string name, int threads, Action<PtxWriter> write)
    {
        var outer = t_current;
        t_current = new PtxWriter(name);
        try
        {
            write(t_current);
            return t_current.Program(threads);
        }
        finally
        {
            t_current = outer;
        }
    }

    /// <summary>Declares a parameter that is an operand's address.</summary>
    public PtxPointer Pointer(int elementBytes = sizeof(float))
    {
        var register = NewLong();
        Line($"ld.param.u64 {register}, [{Parameter(".u64")}]");
        return new PtxPointer(register, 0, elementBytes, IsShared: false);
    }

    /// <summary>Declares a parameter that is an integer.</summary>
    public PtxInt Int()
    {
        var value = new PtxInt(NewInt());
        Line($"ld.param.u32 {value}, [{Parameter(".u32")}]");
        return value;
    }

    /// <summary>Declares a parameter that is a float32.</summary>
    public PtxVector Float()
    {
        var value = NewFloat();
        Line($"ld.param.f32 {value.Text}, [{Parameter(".f32")}]");
        return value;
    }

    /// <summary>Declares a parameter that is a float64.</summary>
    public PtxDouble Double()
    {
        var value = new PtxDouble(NewDouble());
        Line($"ld.param.f64 {value}, [{Parameter(".f64")}]");
        return value;
    }

    /// <summary>
    /// Declares the factors of a maths, the last parameter: in what is returned each field of the maths, all of which
    /// must be float32, stands for the field that comes with the launch. The maths may negate a factor; any other
    /// arithmetic with it must be between vectors.
    /// </summary>
    public TMaths Factors<TMaths>()
        where TMaths : unmanaged
    {
        var maths = default(TMaths);
        var bytes = sizeof(TMaths);
        if (bytes % sizeof(float) != 0)
        {
            return maths; // without fields
        }
        const string name = "factors";
        _parameters.Add($".param .align 4 .b8 {name}[{bytes}]");
        for (var i = 0; i < bytes / sizeof(float); i++)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(_factors.Count, MaxFactors);
            ((uint*)&maths)[i] = FactorBits | (uint)_factors.Count;
            var value = NewFloat();
            Line($"ld.param.f32 {value.Text}, [{name}+{i * sizeof(float)}]");
            _factors.Add(value.Text);
        }
        return maths;
    }

    /// <summary>Reserves shared memory of the block, at a multiple of 16 bytes.</summary>
    /// <param name="length">Number of values.</param>
    /// <param name="elementBytes">Bytes of a value.</param>
    public PtxPointer Shared(int length, int elementBytes = sizeof(float))
    {
        const int alignment = 16;
        var start = _sharedBytes;
        _sharedBytes += ((length * elementBytes) + alignment - 1) / alignment * alignment;
        var register = NewInt();
        Line($"mov.u32 {register}, memory");
        return new PtxPointer(register, start, elementBytes, IsShared: true);
    }

    /// <summary>An address of the kernels' own type that stands for a pointer in the maths of a cell.</summary>
    public float* Address(PtxPointer pointer)
    {
        _bases.Add(pointer.Register);
        return (float*)(((long)_bases.Count << 40) + pointer.Offset);
    }

    /// <summary>A register that may change, with its first value.</summary>
    public PtxVector Variable(PtxVector value)
    {
        var variable = NewFloat();
        Set(variable, value);
        return variable;
    }

    /// <inheritdoc cref="Variable(PtxVector)"/>
    public PtxInt Variable(PtxInt value)
    {
        var variable = new PtxInt(NewInt());
        Set(variable, value);
        return variable;
    }

    /// <inheritdoc cref="Variable(PtxVector)"/>
    public PtxDouble Variable(PtxDouble value)
    {
        var variable = new PtxDouble(NewDouble());
        Set(variable, value);
        return variable;
    }

    /// <inheritdoc cref="Variable(PtxVector)"/>
    public PtxPointer Variable(PtxPointer value)
    {
        var variable = value with { Register = value.IsShared ? NewInt() : NewLong() };
        Line($"mov.{value.Type} {variable.Register}, {value.Register}");
        return variable;
    }

    /// <summary>Changes a variable.</summary>
    public void Set(PtxVector variable, PtxVector value) => Line($"mov.f32 {variable.Text}, {value.Text}");

    /// <inheritdoc cref="Set(PtxVector, PtxVector)"/>
    public void Set(PtxInt variable, PtxInt value) => Line($"mov.u32 {variable}, {value}");

    /// <inheritdoc cref="Set(PtxVector, PtxVector)"/>
    public void Set(PtxDouble variable, PtxDouble value) => Line($"mov.f64 {variable}, {value}");

    /// <summary>sum ← a·b + sum, rounded once.</summary>
    public void Accumulate(PtxVector sum, PtxVector a, PtxVector b) =>
        Line($"fma.rn.f32 {sum.Text}, {a.Text}, {b.Text}, {sum.Text}");

    /// <summary>Moves a pointer variable by a number of values.</summary>
    public void Advance(PtxPointer variable, PtxInt count)
    {
        if (variable.IsShared || count.IsConstant)
        {
            var type = variable.IsShared ? "s32" : "s64";
            Line($"add.{type} {variable.Register}, {variable.Register}, {count * variable.ElementBytes}");
            return;
        }
        Line($"mad.wide.s32 {variable.Register}, {count}, {variable.ElementBytes}, {variable.Register}");
    }

    /// <summary>Repeats a body for from, from + step, … below an end.</summary>
    public void For(PtxInt from, PtxInt end, PtxInt step, Action<PtxInt> body)
    {
        var (i, top, done) = (Variable(from), NewLabel(), NewLabel());
        Mark(top);
        Line($"@{(i >= end).Register} bra {done}");
        body(i);
        Set(i, i + step);
        Line($"bra {top}");
        Mark(done);
    }

    /// <summary>Writes a body for the threads where a condition holds, and perhaps another for the rest.</summary>
    public void If(PtxPredicate condition, Action body, Action? otherwise = null)
    {
        var (other, end) = (NewLabel(), otherwise is null ? "" : NewLabel());
        Line($"@!{condition.Register} bra {other}");
        body();
        if (otherwise is not null)
        {
            Line($"bra {end}");
        }
        Mark(other);
        if (otherwise is not null)
        {
            otherwise();
            Mark(end);
        }
    }

    /// <summary>Writes instructions, none of them a branch, that take effect only where a condition holds.</summary>
    public void When(PtxPredicate condition, Action body)
    {
        _guard = $"@{condition.Register} ";
        body();
        _guard = "";
    }

    /// <summary>Ends the threads where a condition holds, none of which may be missed at a barrier.</summary>
    public void ReturnIf(PtxPredicate condition) => Line($"@{condition.Register} ret");

    /// <summary>Waits for all threads of the block.</summary>
    public void Barrier() => Line($"bar.sync 0");

    /// <summary>
    /// Adds one to a counter for the block, after all that its threads have written before: who has seen the counter
    /// with <see cref="Await"/> then sees that.
    /// </summary>
    /// <param name="counter">A 32-bit counter.</param>
    public void Arrive(PtxPointer counter)
    {
        Barrier();
        If(Thread == 0, () => Line($"red.release.gpu.global.add.u32 [{counter.At(0)}], 1"));
    }

    /// <summary>
    /// Makes the block wait until a counter has reached a number. A wait beyond all measure ends the program with an
    /// error.
    /// </summary>
    /// <param name="counter">A 32-bit counter to which blocks that run at the same time add.</param>
    /// <param name="target">The number.</param>
    public void Await(PtxPointer counter, PtxInt target)
    {
        const int mostTries = 1 << 26; // some ten seconds or more
        _isCooperative = true;
        If(
            Thread == 0,
            () =>
            {
                var (tries, now) = (Variable((PtxInt)0), NewInt());
                var (again, end) = (NewLabel(), NewLabel());
                Mark(again);
                Line($"ld.acquire.gpu.global.u32 {now}, [{counter.At(0)}]");
                Line($"@{(new PtxInt(now) >= target).Register} bra {end}");
                Set(tries, tries + 1);
                Line($"@{(tries < mostTries).Register} bra {again}");
                Line($"trap");
                Mark(end);
            }
        );
        Barrier();
    }

    /// <summary>The register or the literal of a float32.</summary>
    internal string TextOf(int id) =>
        id > 0 ? "%f" + id.ToString(CultureInfo.InvariantCulture)
        : id == 0 ? "0f00000000"
        : "0f" + _constants[-id - 1].ToString("X8", CultureInfo.InvariantCulture);

    /// <summary>A constant, or the factor that it stands for.</summary>
    internal PtxVector Constant(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        if ((bits & ~SignBit & ~(MaxFactors - 1u)) == FactorBits)
        {
            var register = NewFloat();
            var op = bits >= SignBit ? "neg" : "mov";
            Line($"{op}.f32 {register.Text}, {_factors[(int)(bits & (MaxFactors - 1))]}");
            return register;
        }
        if (bits == 0)
        {
            return default;
        }
        _constants.Add(bits);
        return new PtxVector(-_constants.Count);
    }

    /// <summary>The operand of a load or a store at an address of the kernels' own type.</summary>
    internal string Place(float* address)
    {
        var bits = (long)address;
        var offset = bits << 24 >> 24;
        return $"{_bases[(int)((bits - offset) >> 40) - 1]}+{offset}";
    }

    internal PtxVector NewFloat() => new(++_floats);

    internal string NewDouble() => Number("%d", ++_doubles);

    internal string NewInt() => Number("%r", ++_ints);

    internal string NewLong() => Number("%l", ++_longs);

    internal string NewPredicate() => Number("%p", ++_predicates);

    /// <summary>Writes an instruction.</summary>
    internal void Line(FormattableString line) =>
        _body.Append('\t').Append(_guard).Append(line.ToString(CultureInfo.InvariantCulture)).Append(";\n");

    private static string Number(string kind, int number) => kind + number.ToString(CultureInfo.InvariantCulture);

    private string NewLabel() => Number("L", ++_labels);

    private void Mark(string label) => _body.Append(label).Append(":\n");

    private string Parameter(string type)
    {
        var name = Number("p", _parameters.Count);
        _parameters.Add($".param {type} {name}");
        return name;
    }

    private PtxInt Special(string name)
    {
        var value = new PtxInt(NewInt());
        Line($"mov.u32 {value}, {name}");
        return value;
    }

    private PtxProgram Program(int threads)
    {
        Line($"ret");
        var text = new StringBuilder(Number(".version 7.0\n.target sm_", Target)).Append("\n.address_size 64\n\n");
        if (_sharedBytes > 0)
        {
            text.Append(".extern .shared .align 16 .b8 memory[];\n\n");
        }
        text.Append(CultureInfo.InvariantCulture, $"// {_name}\n.visible .entry {PtxProgram.Entry}(\n\t");
        text.AppendJoin(",\n\t", _parameters).Append("\n)\n");
        var resident = ResidentBlocks > 0 ? Number(".minnctapersm ", ResidentBlocks) + "\n" : "";
        text.Append(CultureInfo.InvariantCulture, $".reqntid {threads}, 1, 1\n{resident}{{\n");
        Declare(".pred", "%p", _predicates);
        Declare(".f32", "%f", _floats);
        Declare(".f64", "%d", _doubles);
        Declare(".b32", "%r", _ints);
        Declare(".b64", "%l", _longs);
        text.Append(_body).Append("}\n");
        return new PtxProgram(_name, text.ToString(), threads, _sharedBytes, _isCooperative);

        void Declare(string type, string kind, int count)
        {
            if (count > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"\t.reg {type} {kind}<{count + 1}>;\n");
            }
        }
    }
}
