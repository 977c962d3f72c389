using System.Globalization;
using System.Numerics;

namespace Recurrent.Kernels.Gpu;

/// <summary>
/// A 32-bit integer of one thread of a card: a register or a constant. Divisions take values of 0 or more.
/// </summary>
internal readonly struct PtxInt
{
    private readonly int _constant;

    /// <summary>The value in a register.</summary>
    public PtxInt(string register) => Text = register;

    private PtxInt(int constant) =>
        (_constant, IsConstant, Text) = (constant, true, constant.ToString(CultureInfo.InvariantCulture));

    /// <summary>The register or the literal.</summary>
    public string Text { get; }

    /// <summary>Whether the value is known when the program is written.</summary>
    public bool IsConstant { get; }

    private static PtxWriter Writer => PtxWriter.Current;

    public static implicit operator PtxInt(int value) => new(value);

    public static PtxInt operator +(PtxInt left, PtxInt right) =>
        left.IsConstant && right.IsConstant ? left._constant + right._constant
        : left.Is(0) ? right
        : right.Is(0) ? left
        : Emit("add.s32", left, right);

    public static PtxInt operator -(PtxInt left, PtxInt right) =>
        left.IsConstant && right.IsConstant ? left._constant - right._constant
        : right.Is(0) ? left
        : Emit("sub.s32", left, right);

    public static PtxInt operator *(PtxInt left, PtxInt right) =>
        left.IsConstant && right.IsConstant ? left._constant * right._constant
        : left.Is(0) || right.Is(0) ? 0
        : left.Is(1) ? right
        : right.Is(1) ? left
        : Emit("mul.lo.s32", left, right);

    public static PtxInt operator /(PtxInt left, PtxInt right) =>
        left.IsConstant && right.IsConstant ? left._constant / right._constant
        : right.Is(1) ? left
        : right.IsPowerOfTwo ? left >> BitOperations.Log2((uint)right._constant)
        : Emit("div.u32", left, right);

    public static PtxInt operator %(PtxInt left, PtxInt right) =>
        left.IsConstant && right.IsConstant ? left._constant % right._constant
        : right.Is(1) ? 0
        : right.IsPowerOfTwo ? left & (right._constant - 1)
        : Emit("rem.u32", left, right);

    public static PtxInt operator &(PtxInt left, PtxInt right) => Emit("and.b32", left, right);

    public static PtxInt operator |(PtxInt left, PtxInt right) => Emit("or.b32", left, right);

    public static PtxInt operator ^(PtxInt left, PtxInt right) => Emit("xor.b32", left, right);

    public static PtxInt operator <<(PtxInt left, int right) => Emit("shl.b32", left, right);

    /// <summary>Shifts zeros in.</summary>
    public static PtxInt operator >>(PtxInt left, int right) => right == 0 ? left : Emit("shr.u32", left, right);

    public static PtxPredicate operator <(PtxInt left, PtxInt right) => Compare("lt.s32", left, right);

    public static PtxPredicate operator >(PtxInt left, PtxInt right) => Compare("gt.s32", left, right);

    public static PtxPredicate operator <=(PtxInt left, PtxInt right) => Compare("le.s32", left, right);

    public static PtxPredicate operator >=(PtxInt left, PtxInt right) => Compare("ge.s32", left, right);

    public static PtxPredicate operator ==(PtxInt left, PtxInt right) => Compare("eq.s32", left, right);

    public static PtxPredicate operator !=(PtxInt left, PtxInt right) => Compare("ne.s32", left, right);

    /// <summary>The bits of a float32.</summary>
    public static PtxInt FromBits(PtxVector value)
    {
        var result = Writer.NewInt();
        Writer.Line($"mov.b32 {result}, {value.InRegister().Text}");
        return new(result);
    }

    /// <summary>The smaller of two.</summary>
    public static PtxInt Min(PtxInt left, PtxInt right) => Emit("min.s32", left, right);

    /// <summary>The upper half of the product of two numbers without a sign.</summary>
    public static PtxInt UpperProduct(PtxInt left, PtxInt right) => Emit("mul.hi.u32", left, right);

    /// <summary>Whether left is below right as numbers without a sign.</summary>
    public static PtxPredicate IsBelowUnsigned(PtxInt left, PtxInt right) => Compare("lt.u32", left, right);

    /// <summary>The float32 with these bits.</summary>
    public PtxVector ToFloatBits()
    {
        var result = Writer.NewFloat();
        Writer.Line($"mov.b32 {result.Text}, {InRegister()}");
        return result;
    }

    /// <summary>The value in a register.</summary>
    public PtxInt InRegister() => IsConstant ? Writer.Variable(this) : this;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is PtxInt other && other.Text == Text;

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(Text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Text;

    private bool IsPowerOfTwo => IsConstant && BitOperations.IsPow2(_constant);

    private bool Is(int value) => IsConstant && _constant == value;

    private static PtxInt Emit(string operation, PtxInt left, PtxInt right)
    {
        var result = Writer.NewInt();
        Writer.Line($"{operation} {result}, {left}, {right}");
        return new(result);
    }

    private static PtxPredicate Compare(string comparison, PtxInt left, PtxInt right)
    {
        var result = Writer.NewPredicate();
        Writer.Line($"setp.{comparison} {result}, {left}, {right}");
        return new(result);
    }
}

/// <summary>A condition of one thread of a card.</summary>
/// <param name="Register">The register.</param>
internal readonly record struct PtxPredicate(string Register)
{
    private static PtxWriter Writer => PtxWriter.Current;

    public static PtxPredicate operator &(PtxPredicate left, PtxPredicate right) => Emit("and.pred", left, right);

    public static PtxPredicate operator |(PtxPredicate left, PtxPredicate right) => Emit("or.pred", left, right);

    public static PtxPredicate operator !(PtxPredicate value)
    {
        var result = Writer.NewPredicate();
        Writer.Line($"not.pred {result}, {value.Register}");
        return new(result);
    }

    /// <summary>One of two values.</summary>
    public PtxVector Choose(PtxVector then, PtxVector otherwise)
    {
        var result = Writer.NewFloat();
        Writer.Line($"selp.f32 {result.Text}, {then.Text}, {otherwise.Text}, {Register}");
        return result;
    }

    /// <inheritdoc cref="Choose(PtxVector, PtxVector)"/>
    public PtxInt Choose(PtxInt then, PtxInt otherwise)
    {
        var result = Writer.NewInt();
        Writer.Line($"selp.b32 {result}, {then}, {otherwise}, {Register}");
        return new(result);
    }

    /// <inheritdoc cref="Choose(PtxVector, PtxVector)"/>
    public PtxDouble Choose(PtxDouble then, PtxDouble otherwise)
    {
        var result = Writer.NewDouble();
        Writer.Line($"selp.f64 {result}, {then}, {otherwise}, {Register}");
        return new(result);
    }

    /// <summary>One of two places in memory.</summary>
    public PtxPointer Choose(PtxPointer then, PtxPointer otherwise)
    {
        var (left, right) = (then.Settled(), otherwise.Settled());
        var result = then.IsShared ? Writer.NewInt() : Writer.NewLong();
        Writer.Line($"selp.b{(then.IsShared ? 32 : 64)} {result}, {left.Register}, {right.Register}, {Register}");
        return left with { Register = result };
    }

    private static PtxPredicate Emit(string operation, PtxPredicate left, PtxPredicate right)
    {
        var result = Writer.NewPredicate();
        Writer.Line($"{operation} {result}, {left.Register}, {right.Register}");
        return new(result);
    }
}
