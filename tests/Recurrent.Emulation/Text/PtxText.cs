namespace Recurrent.Emulation.Text;

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

/// <summary>What is true of types.</summary>
internal static class PtxTypes
{
    private static readonly Dictionary<PtxType, string> s_names = Enum.GetValues<PtxType>()
        .ToDictionary(type => type, type => type.ToString().ToLowerInvariant());

    /// <summary>All types.</summary>
    public static IEnumerable<PtxType> All => s_names.Keys;

    /// <summary>The name, without its dot.</summary>
    public static string Name(PtxType type) => s_names[type];

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
