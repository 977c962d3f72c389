using System.Globalization;
using Recurrent.Kernels.Portable;

namespace Recurrent.Kernels.Gpu;

/// <summary>A float64 of one thread of a card: a register or a constant.</summary>
/// <param name="Text">The register or the literal.</param>
internal readonly record struct PtxDouble(string Text) : IReal<PtxDouble>
{
    private static PtxWriter Writer => PtxWriter.Current;

    public static implicit operator PtxDouble(double value) =>
        new("0d" + BitConverter.DoubleToUInt64Bits(value).ToString("X16", CultureInfo.InvariantCulture));

    public static PtxDouble operator +(PtxDouble left, PtxDouble right) => Emit("add.rn.f64", left, right);

    public static PtxDouble operator -(PtxDouble left, PtxDouble right) => Emit("sub.rn.f64", left, right);

    public static PtxDouble operator *(PtxDouble left, PtxDouble right) => Emit("mul.rn.f64", left, right);

    public static PtxDouble operator /(PtxDouble left, PtxDouble right) => Emit("div.rn.f64", left, right);

    public static PtxPredicate operator <(PtxDouble left, PtxDouble right) => Compare("lt.f64", left, right);

    public static PtxPredicate operator >(PtxDouble left, PtxDouble right) => Compare("gt.f64", left, right);

    /// <summary>The square root, rounded once.</summary>
    public static PtxDouble Sqrt(PtxDouble value)
    {
        var result = Writer.NewDouble();
        Writer.Line($"sqrt.rn.f64 {result}, {value}");
        return new(result);
    }

    public static PtxDouble IfGreater(PtxDouble left, PtxDouble right, PtxDouble then, PtxDouble otherwise) =>
        (left > right).Choose(then, otherwise);

    /// <summary>A float32, which is exact.</summary>
    public static PtxDouble From(PtxVector value)
    {
        var result = Writer.NewDouble();
        Writer.Line($"cvt.f64.f32 {result}, {value.InRegister().Text}");
        return new(result);
    }

    /// <summary>An integer, which is exact.</summary>
    public static PtxDouble From(PtxInt value)
    {
        var result = Writer.NewDouble();
        Writer.Line($"cvt.rn.f64.s32 {result}, {value.InRegister()}");
        return new(result);
    }

    /// <summary>The number with these bits.</summary>
    public static PtxDouble FromBits(PtxInt low, PtxInt high)
    {
        var result = Writer.NewDouble();
        Writer.Line($"mov.b64 {result}, {{{low.InRegister()}, {high.InRegister()}}}");
        return new(result);
    }

    /// <summary>The bits, the lower and the upper half.</summary>
    public (PtxInt Low, PtxInt High) ToBits()
    {
        var (low, high) = (Writer.NewInt(), Writer.NewInt());
        Writer.Line($"mov.b64 {{{low}, {high}}}, {InRegister()}");
        return (new(low), new(high));
    }

    /// <summary>The nearest float32.</summary>
    public PtxVector ToFloat()
    {
        var result = Writer.NewFloat();
        Writer.Line($"cvt.rn.f32.f64 {result.Text}, {InRegister()}");
        return result;
    }

    /// <summary>The value in a register.</summary>
    public PtxDouble InRegister() => Text.StartsWith('%') ? this : Writer.Variable(this);

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static PtxDouble Emit(string operation, PtxDouble left, PtxDouble right)
    {
        var result = Writer.NewDouble();
        Writer.Line($"{operation} {result}, {left}, {right}");
        return new(result);
    }

    private static PtxPredicate Compare(string comparison, PtxDouble left, PtxDouble right)
    {
        var result = Writer.NewPredicate();
        Writer.Line($"setp.{comparison} {result}, {left}, {right}");
        return new(result);
    }
}
