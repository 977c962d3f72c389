using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Gpu;

/// <summary>A float32 of one thread of a card, as a vector of one: its operators write instructions.</summary>
/// <param name="id">The register's number, 0 for the constant 0, or below 0 another constant.</param>
internal readonly unsafe struct PtxVector(int id) : IVector<PtxVector>
{
    private readonly int _id = id;

    public static string Name => "ptx";

    public static int Width => 1;

    public static bool IsAccelerated => false;

    /// <summary>The register or the literal.</summary>
    public string Text => Writer.TextOf(_id);

    private static PtxWriter Writer => PtxWriter.Current;

    public static PtxVector Load(float* source)
    {
        var result = Writer.NewFloat();
        Writer.Line($"ld.global.f32 {result.Text}, [{Writer.Place(source)}]");
        return result;
    }

    public static void Store(PtxVector value, float* destination) =>
        Writer.Line($"st.global.f32 [{Writer.Place(destination)}], {value.InRegister().Text}");

    public static implicit operator PtxVector(float value) => Writer.Constant(value);

    public static PtxVector operator +(PtxVector left, PtxVector right) => Emit("add.rn.f32", left, right);

    public static PtxVector operator -(PtxVector left, PtxVector right) => Emit("sub.rn.f32", left, right);

    public static PtxVector operator -(PtxVector value) => Emit("sub.rn.f32", default, value);

    public static PtxVector operator *(PtxVector left, PtxVector right) => Emit("mul.rn.f32", left, right);

    public static PtxVector operator /(PtxVector left, PtxVector right) => Emit("div.rn.f32", left, right);

    public static PtxVector FusedMultiplyAdd(PtxVector a, PtxVector b, PtxVector c) => Emit("fma.rn.f32", a, b, c);

    public static PtxVector FusedMultiplyAdd(PtxVector a, float* b, PtxVector c) => FusedMultiplyAdd(a, Load(b), c);

    public static PtxVector Sqrt(PtxVector value) => Emit("sqrt.rn.f32", value);

    public static PtxVector Abs(PtxVector value) => Emit("abs.f32", value);

    // In PTX the sign's operand comes first.
    public static PtxVector CopySign(PtxVector value, PtxVector sign) => Emit("copysign.f32", sign, value);

    public static PtxVector IfGreater(PtxVector left, PtxVector right, PtxVector then, PtxVector otherwise)
    {
        var (condition, result) = (Writer.NewPredicate(), Writer.NewFloat());
        Writer.Line($"setp.gt.f32 {condition}, {left.Text}, {right.Text}");
        Writer.Line($"selp.f32 {result.Text}, {then.Text}, {otherwise.Text}, {condition}");
        return result;
    }

    public static PtxVector ScaleByPowerOfTwo(PtxVector value, PtxVector biased)
    {
        var exponent = PtxInt.FromBits(biased) << 23;
        return (PtxInt.FromBits(value) + exponent).ToFloatBits();
    }

    /// <summary>The value in a register, because a store takes no literal.</summary>
    public PtxVector InRegister() => _id > 0 ? this : Writer.Variable(this);

    /// <summary>The value of the thread that stands a number of lanes above, within groups of 16 lanes.</summary>
    public PtxVector FromLaneAbove(int distance)
    {
        const int groupsOf16 = 0x100F; // clamp and mask of the groups: lanes of one segment of 16
        var result = Writer.NewFloat();
        Writer.Line($"shfl.sync.down.b32 {result.Text}, {Text}, {distance}, {groupsOf16}, -1");
        return result;
    }

    private static PtxVector Emit(string operation, PtxVector a)
    {
        var result = Writer.NewFloat();
        Writer.Line($"{operation} {result.Text}, {a.Text}");
        return result;
    }

    private static PtxVector Emit(string operation, PtxVector a, PtxVector b)
    {
        var result = Writer.NewFloat();
        Writer.Line($"{operation} {result.Text}, {a.Text}, {b.Text}");
        return result;
    }

    private static PtxVector Emit(string operation, PtxVector a, PtxVector b, PtxVector c)
    {
        var result = Writer.NewFloat();
        Writer.Line($"{operation} {result.Text}, {a.Text}, {b.Text}, {c.Text}");
        return result;
    }
}
