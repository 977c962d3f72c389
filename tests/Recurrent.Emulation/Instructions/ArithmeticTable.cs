using System.Numerics;
using Recurrent.Emulation.Machine;
using Recurrent.Emulation.Text;
using static Recurrent.Emulation.Text.PtxType;
using Handler = nint;

namespace Recurrent.Emulation.Instructions;

/// <summary>
/// The arithmetic of the PTX ISA: each instruction by its whole name, with the types of its operands, the result's
/// first, and what runs it. Arithmetic that the assembler might fuse (<c>add.f32</c> without <c>.rn</c>), flushes
/// subnormals or approximates has no row: its bits are not fixed.
/// </summary>
internal static unsafe class ArithmeticTable
{
    private static readonly Dictionary<string, (Handler Run, PtxType[] Types)> s_rows = Rows();

    /// <summary>The names of all.</summary>
    public static IEnumerable<string> Names => s_rows.Keys;

    /// <summary>Makes an instruction ready.</summary>
    public static void Decode(PtxSource source, Operands o, Instruction* i)
    {
        if (!s_rows.TryGetValue(o.Opcode, out var row))
        {
            var rounded = o.Opcode.Insert(o.Name.Length, ".rn");
            throw o.Failure(
                s_rows.ContainsKey(rounded) ? $"only {rounded} has the bits of IEEE 754" : "unknown instruction"
            );
        }
        if (o.Opcode.Contains("tf32") || o.Opcode.Contains("NaN"))
        {
            Decoder.Needs(source, o, 70, 80);
        }
        var types = row.Types;
        o.EndWhole(types.Length);
        var result = o[0];
        if (o.Name == "setp" && result.Kind == OperandKind.Pair)
        {
            i->Other = o.Register(result.Parts[1], Pred);
            result = result.Parts[0];
        }
        i->D = o.Register(result, types[0]);
        i->A = o.Source(1, types[1]);
        i->B = types.Length > 2 ? o.Source(2, types[2]) : i->A;
        i->C = types.Length > 3 ? o.Source(3, types[3]) : i->A;
        i->Run = (delegate* <Warp, Instruction*, uint, void>)row.Run;
    }

    private static Dictionary<string, (Handler Run, PtxType[] Types)> Rows()
    {
        var rows = new Dictionary<string, (Handler Run, PtxType[] Types)>();
        void Row(string name, delegate* <Warp, Instruction*, uint, void> run, params PtxType[] types) =>
            rows.Add(name, ((Handler)run, types));

        void Bits<T>(string t, PtxType type)
            where T : unmanaged, IBinaryInteger<T>
        {
            Row($"and.{t}", &Lanes.Binary<And<T>, T>, type, type, type);
            Row($"or.{t}", &Lanes.Binary<Or<T>, T>, type, type, type);
            Row($"xor.{t}", &Lanes.Binary<Xor<T>, T>, type, type, type);
            Row($"not.{t}", &Lanes.Unary<Not<T>, T>, type, type);
            Row($"shl.{t}", &Lanes.Map<ShiftLeft<T>, T, uint, T>, type, type, U32);
            Row($"shr.{t}", &Lanes.Map<ShiftRight<T>, T, uint, T>, type, type, U32);
            Row($"selp.{t}", &Lanes.Select<T>, type, type, type, Pred);
            Row($"setp.eq.{t}", &Lanes.Compare<Equal<T>, T>, Pred, type, type);
            Row($"setp.ne.{t}", &Lanes.Compare<Unequal<T>, T>, Pred, type, type);
        }

        void Numbers<T>(string t, string rounded, PtxType type)
            where T : unmanaged, INumber<T>
        {
            Row($"add{rounded}.{t}", &Lanes.Binary<Add<T>, T>, type, type, type);
            Row($"sub{rounded}.{t}", &Lanes.Binary<Subtract<T>, T>, type, type, type);
            Row($"min.{t}", &Lanes.Binary<Least<T>, T>, type, type, type);
            Row($"max.{t}", &Lanes.Binary<Greatest<T>, T>, type, type, type);
            Row($"selp.{t}", &Lanes.Select<T>, type, type, type, Pred);
            Row($"setp.eq.{t}", &Lanes.Compare<Equal<T>, T>, Pred, type, type);
            Row($"setp.ne.{t}", &Lanes.Compare<Unequal<T>, T>, Pred, type, type);
            Row($"setp.lt.{t}", &Lanes.Compare<Less<T>, T>, Pred, type, type);
            Row($"setp.le.{t}", &Lanes.Compare<LessOrEqual<T>, T>, Pred, type, type);
            Row($"setp.gt.{t}", &Lanes.Compare<Greater<T>, T>, Pred, type, type);
            Row($"setp.ge.{t}", &Lanes.Compare<GreaterOrEqual<T>, T>, Pred, type, type);
        }

        void Integers<T>(string t, PtxType type)
            where T : unmanaged, IBinaryInteger<T>
        {
            Numbers<T>(t, "", type);
            Row($"mul.lo.{t}", &Lanes.Binary<Multiply<T>, T>, type, type, type);
            Row($"mad.lo.{t}", &Lanes.Ternary<MultiplyAdd<T>, T>, type, type, type, type);
            Row($"div.{t}", &Lanes.Map<Quotient<T>, T, T, T>, type, type, type);
            Row($"rem.{t}", &Lanes.Map<Remainder<T>, T, T, T>, type, type, type);
            Row($"shr.{t}", &Lanes.Map<ShiftRight<T>, T, uint, T>, type, type, U32);
            Row($"cvt.rn.f32.{t}", &Lanes.Map<ToFloat<T, float>, T, float>, F32, type);
            Row($"cvt.rn.f64.{t}", &Lanes.Map<ToFloat<T, double>, T, double>, F64, type);
            Row($"cvt.u32.{t}", &Lanes.Map<Truncate<T, uint>, T, uint>, U32, type);
            Row($"cvt.s32.{t}", &Lanes.Map<Truncate<T, int>, T, int>, S32, type);
            Row($"cvt.u64.{t}", &Lanes.Map<Truncate<T, ulong>, T, ulong>, U64, type);
            Row($"cvt.s64.{t}", &Lanes.Map<Truncate<T, long>, T, long>, S64, type);
        }

        void Signed<T>(string t, PtxType type)
            where T : unmanaged, INumber<T>
        {
            Row($"neg.{t}", &Lanes.Unary<Negate<T>, T>, type, type);
            Row($"abs.{t}", &Lanes.Unary<Absolute<T>, T>, type, type);
        }

        void Wide<TNarrow, TWide>(string t, PtxType narrow, PtxType wide)
            where TNarrow : unmanaged, IBinaryInteger<TNarrow>
            where TWide : unmanaged, IBinaryInteger<TWide>
        {
            Row(
                $"mul.hi.{t}",
                &Lanes.Map<MultiplyHigh<TNarrow, TWide>, TNarrow, TNarrow, TNarrow>,
                narrow,
                narrow,
                narrow
            );
            Row(
                $"mul.wide.{t}",
                &Lanes.Map<MultiplyWide<TNarrow, TWide>, TNarrow, TNarrow, TWide>,
                wide,
                narrow,
                narrow
            );
            Row(
                $"mad.wide.{t}",
                &Lanes.Map<MultiplyWide<TNarrow, TWide>, TNarrow, TNarrow, TWide, TWide>,
                wide,
                narrow,
                narrow,
                wide
            );
        }

        void ToWhole<TRounding, T>(string rounding, string t, PtxType type)
            where TRounding : IRounding
            where T : unmanaged, IFloatingPoint<T>
        {
            Row($"cvt.{rounding}.{t}.{t}", &Lanes.Map<Whole<TRounding, T>, T, T>, type, type);
            Row($"cvt.{rounding}.u32.{t}", &Lanes.Map<ToInteger<TRounding, T, uint>, T, uint>, U32, type);
            Row($"cvt.{rounding}.s32.{t}", &Lanes.Map<ToInteger<TRounding, T, int>, T, int>, S32, type);
            Row($"cvt.{rounding}.u64.{t}", &Lanes.Map<ToInteger<TRounding, T, ulong>, T, ulong>, U64, type);
            Row($"cvt.{rounding}.s64.{t}", &Lanes.Map<ToInteger<TRounding, T, long>, T, long>, S64, type);
        }

        void Floats<T>(string t, PtxType type)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            Numbers<T>(t, ".rn", type);
            Signed<T>(t, type);
            Row($"mul.rn.{t}", &Lanes.Binary<Multiply<T>, T>, type, type, type);
            Row($"div.rn.{t}", &Lanes.Binary<Divide<T>, T>, type, type, type);
            Row($"rcp.rn.{t}", &Lanes.Unary<Reciprocal<T>, T>, type, type);
            Row($"sqrt.rn.{t}", &Lanes.Unary<SquareRoot<T>, T>, type, type);
            Row($"fma.rn.{t}", &Lanes.Ternary<Fused<T>, T>, type, type, type, type);
            Row($"copysign.{t}", &Lanes.Binary<CopySign<T>, T>, type, type, type);
            Row($"setp.equ.{t}", &Lanes.Compare<NotOf<Unequal<T>, T>, T>, Pred, type, type);
            Row($"setp.neu.{t}", &Lanes.Compare<NotOf<Equal<T>, T>, T>, Pred, type, type);
            Row($"setp.ltu.{t}", &Lanes.Compare<NotOf<GreaterOrEqual<T>, T>, T>, Pred, type, type);
            Row($"setp.leu.{t}", &Lanes.Compare<NotOf<Greater<T>, T>, T>, Pred, type, type);
            Row($"setp.gtu.{t}", &Lanes.Compare<NotOf<LessOrEqual<T>, T>, T>, Pred, type, type);
            Row($"setp.geu.{t}", &Lanes.Compare<NotOf<Less<T>, T>, T>, Pred, type, type);
            ToWhole<Nearest, T>("rni", t, type);
            ToWhole<TowardZero, T>("rzi", t, type);
            ToWhole<Down, T>("rmi", t, type);
            ToWhole<Up, T>("rpi", t, type);
        }

        Bits<uint>("b32", B32);
        Bits<ulong>("b64", B64);
        Integers<uint>("u32", U32);
        Integers<int>("s32", S32);
        Integers<ulong>("u64", U64);
        Integers<long>("s64", S64);
        Signed<int>("s32", S32);
        Signed<long>("s64", S64);
        Wide<uint, ulong>("u32", U32, U64);
        Wide<int, long>("s32", S32, S64);
        Floats<float>("f32", F32);
        Floats<double>("f64", F64);
        Row("min.NaN.f32", &Lanes.Binary<LeastOrNan<float>, float>, F32, F32, F32);
        Row("max.NaN.f32", &Lanes.Binary<GreatestOrNan<float>, float>, F32, F32, F32);
        Row("cvt.f64.f32", &Lanes.Map<Widen, float, double>, F64, F32);
        Row("cvt.rn.f32.f64", &Lanes.Map<Narrow, double, float>, F32, F64);
        Row("cvt.rna.tf32.f32", &Lanes.Map<ToTensorFloat, float, uint>, B32, F32);
        Row("and.pred", &Lanes.Predicates<And<uint>>, Pred, Pred, Pred);
        Row("or.pred", &Lanes.Predicates<Or<uint>>, Pred, Pred, Pred);
        Row("xor.pred", &Lanes.Predicates<Xor<uint>>, Pred, Pred, Pred);
        Row("not.pred", &Lanes.Predicates<Not<uint>>, Pred, Pred);
        return rows;
    }
}
