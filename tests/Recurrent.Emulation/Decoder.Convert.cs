using static Recurrent.Emulation.PtxType;

namespace Recurrent.Emulation;

internal static unsafe partial class Decoder
{
    private static void Convert(PtxSource source, Operands o, Instruction* i)
    {
        var rounding = o.Any("rn", "rna", "rni", "rzi", "rmi", "rpi");
        if (rounding == "rna")
        {
            Needs(source, o, 70, 80);
            o.Expect("tf32");
            o.Type(F32);
            o.End(2);
            i->D = o.Result(0, B32);
            i->A = o.Source(1, F32);
            i->Run = &Lanes.Map<ToTensorFloat, float, uint>;
            return;
        }
        var to = o.Type(U32, S32, U64, S64, F32, F64);
        var from = o.Type(U32, S32, U64, S64, F32, F64);
        o.End(2);
        i->D = o.Result(0, to);
        i->A = o.Source(1, from);
        var (isFloat, wasFloat) = (PtxTypes.IsFloat(to), PtxTypes.IsFloat(from));
        var needed =
            isFloat && wasFloat
                ? (
                    to == from ? "rni, .rzi, .rmi or .rpi"
                    : to == F32 ? "rn"
                    : ""
                )
            : isFloat ? "rn"
            : wasFloat ? "rni, .rzi, .rmi or .rpi"
            : "";
        if (rounding.Length == 0 != (needed.Length == 0) || (rounding.Length > 0 && !needed.Contains(rounding)))
        {
            throw o.Failure(
                needed.Length == 0
                    ? $"this conversion does not round: '.{rounding}'"
                    : $"it must be rounded by .{needed}"
            );
        }
        i->Run = (isFloat, wasFloat) switch
        {
            (true, true) when to == from => to == F32 ? WholeFrom<float>(rounding) : WholeFrom<double>(rounding),
            (true, true) => to == F32 ? &Lanes.Map<Narrow, double, float> : &Lanes.Map<Widen, float, double>,
            (true, false) => to == F32 ? FloatFrom<float>(from) : FloatFrom<double>(from),
            (false, true) => rounding switch
            {
                "rni" => IntegerFrom<Nearest>(from, to),
                "rzi" => IntegerFrom<TowardZero>(from, to),
                "rmi" => IntegerFrom<Down>(from, to),
                _ => IntegerFrom<Up>(from, to),
            },
            _ => from switch
            {
                U32 => IntegerTo<uint>(to),
                S32 => IntegerTo<int>(to),
                U64 => IntegerTo<ulong>(to),
                _ => IntegerTo<long>(to),
            },
        };
    }

    private static delegate* <Warp, Instruction*, uint, void> WholeFrom<T>(string rounding)
        where T : unmanaged, System.Numerics.IFloatingPoint<T> =>
        rounding switch
        {
            "rni" => &Lanes.Map<Whole<Nearest, T>, T, T>,
            "rzi" => &Lanes.Map<Whole<TowardZero, T>, T, T>,
            "rmi" => &Lanes.Map<Whole<Down, T>, T, T>,
            _ => &Lanes.Map<Whole<Up, T>, T, T>,
        };

    private static delegate* <Warp, Instruction*, uint, void> FloatFrom<T>(PtxType from)
        where T : unmanaged, System.Numerics.IFloatingPoint<T> =>
        from switch
        {
            U32 => &Lanes.Map<ToFloat<uint, T>, uint, T>,
            S32 => &Lanes.Map<ToFloat<int, T>, int, T>,
            U64 => &Lanes.Map<ToFloat<ulong, T>, ulong, T>,
            _ => &Lanes.Map<ToFloat<long, T>, long, T>,
        };

    private static delegate* <Warp, Instruction*, uint, void> IntegerFrom<TRounding>(PtxType from, PtxType to)
        where TRounding : IRounding =>
        (from, to) switch
        {
            (F32, U32) => &Lanes.Map<ToInteger<TRounding, float, uint>, float, uint>,
            (F32, S32) => &Lanes.Map<ToInteger<TRounding, float, int>, float, int>,
            (F32, U64) => &Lanes.Map<ToInteger<TRounding, float, ulong>, float, ulong>,
            (F32, _) => &Lanes.Map<ToInteger<TRounding, float, long>, float, long>,
            (_, U32) => &Lanes.Map<ToInteger<TRounding, double, uint>, double, uint>,
            (_, S32) => &Lanes.Map<ToInteger<TRounding, double, int>, double, int>,
            (_, U64) => &Lanes.Map<ToInteger<TRounding, double, ulong>, double, ulong>,
            _ => &Lanes.Map<ToInteger<TRounding, double, long>, double, long>,
        };

    private static delegate* <Warp, Instruction*, uint, void> IntegerTo<TIn>(PtxType to)
        where TIn : unmanaged, System.Numerics.IBinaryInteger<TIn> =>
        to switch
        {
            U32 => &Lanes.Map<Truncate<TIn, uint>, TIn, uint>,
            S32 => &Lanes.Map<Truncate<TIn, int>, TIn, int>,
            U64 => &Lanes.Map<Truncate<TIn, ulong>, TIn, ulong>,
            _ => &Lanes.Map<Truncate<TIn, long>, TIn, long>,
        };
}
