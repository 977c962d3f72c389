using static Recurrent.Emulation.PtxType;

namespace Recurrent.Emulation;

internal static unsafe partial class Decoder
{
    private static void Arithmetic(Operands o, Instruction* i)
    {
        switch (o.Name)
        {
            case "add":
            {
                var type = Rounded(o, U32, S32, U64, S64, F32, F64);
                Three(
                    o,
                    i,
                    type,
                    type switch
                    {
                        F32 => &Lanes.Binary<Add<float>, float>,
                        F64 => &Lanes.Binary<Add<double>, double>,
                        U32 or S32 => &Lanes.Binary<Add<uint>, uint>,
                        _ => &Lanes.Binary<Add<ulong>, ulong>,
                    }
                );
                break;
            }
            case "sub":
            {
                var type = Rounded(o, U32, S32, U64, S64, F32, F64);
                Three(
                    o,
                    i,
                    type,
                    type switch
                    {
                        F32 => &Lanes.Binary<Subtract<float>, float>,
                        F64 => &Lanes.Binary<Subtract<double>, double>,
                        U32 or S32 => &Lanes.Binary<Subtract<uint>, uint>,
                        _ => &Lanes.Binary<Subtract<ulong>, ulong>,
                    }
                );
                break;
            }
            case "mul":
                Multiply(o, i);
                break;
            case "mad":
                MultiplyAdd(o, i);
                break;
            case "fma":
            {
                var type = Rounded(o, F32, F64);
                Four(
                    o,
                    i,
                    type,
                    type == F32 ? &Lanes.Ternary<FusedSingle, float> : &Lanes.Ternary<FusedDouble, double>
                );
                break;
            }
            case "div":
            {
                var type = Rounded(o, U32, S32, U64, S64, F32, F64);
                Three(
                    o,
                    i,
                    type,
                    type switch
                    {
                        F32 => &Lanes.Binary<Divide<float>, float>,
                        F64 => &Lanes.Binary<Divide<double>, double>,
                        U32 => &Lanes.Map<Quotient<uint>, uint, uint, uint>,
                        S32 => &Lanes.Map<Quotient<int>, int, int, int>,
                        U64 => &Lanes.Map<Quotient<ulong>, ulong, ulong, ulong>,
                        _ => &Lanes.Map<Quotient<long>, long, long, long>,
                    }
                );
                break;
            }
            case "rem":
            {
                var type = o.Type(U32, S32, U64, S64);
                Three(
                    o,
                    i,
                    type,
                    type switch
                    {
                        U32 => &Lanes.Map<Remainder<uint>, uint, uint, uint>,
                        S32 => &Lanes.Map<Remainder<int>, int, int, int>,
                        U64 => &Lanes.Map<Remainder<ulong>, ulong, ulong, ulong>,
                        _ => &Lanes.Map<Remainder<long>, long, long, long>,
                    }
                );
                break;
            }
            case "sqrt":
            {
                var type = Rounded(o, F32, F64);
                Two(
                    o,
                    i,
                    type,
                    type == F32 ? &Lanes.Unary<SquareRoot<float>, float> : &Lanes.Unary<SquareRoot<double>, double>
                );
                break;
            }
            case "neg":
            {
                var type = o.Type(S32, S64, F32, F64);
                Two(
                    o,
                    i,
                    type,
                    type switch
                    {
                        F32 => &Lanes.Unary<Negate<float>, float>,
                        F64 => &Lanes.Unary<Negate<double>, double>,
                        S32 => &Lanes.Unary<Negate<int>, int>,
                        _ => &Lanes.Unary<Negate<long>, long>,
                    }
                );
                break;
            }
            case "abs":
            {
                var type = o.Type(S32, S64, F32, F64);
                Two(
                    o,
                    i,
                    type,
                    type switch
                    {
                        F32 => &Lanes.Unary<Absolute<float>, float>,
                        F64 => &Lanes.Unary<Absolute<double>, double>,
                        S32 => &Lanes.Unary<Absolute<int>, int>,
                        _ => &Lanes.Unary<Absolute<long>, long>,
                    }
                );
                break;
            }
            case "min":
            {
                var type = o.Type(U32, S32, U64, S64, F32, F64);
                Three(
                    o,
                    i,
                    type,
                    type switch
                    {
                        F32 => &Lanes.Binary<Least<float>, float>,
                        F64 => &Lanes.Binary<Least<double>, double>,
                        U32 => &Lanes.Binary<Least<uint>, uint>,
                        S32 => &Lanes.Binary<Least<int>, int>,
                        U64 => &Lanes.Binary<Least<ulong>, ulong>,
                        _ => &Lanes.Binary<Least<long>, long>,
                    }
                );
                break;
            }
            case "max":
            {
                var type = o.Type(U32, S32, U64, S64, F32, F64);
                Three(
                    o,
                    i,
                    type,
                    type switch
                    {
                        F32 => &Lanes.Binary<Greatest<float>, float>,
                        F64 => &Lanes.Binary<Greatest<double>, double>,
                        U32 => &Lanes.Binary<Greatest<uint>, uint>,
                        S32 => &Lanes.Binary<Greatest<int>, int>,
                        U64 => &Lanes.Binary<Greatest<ulong>, ulong>,
                        _ => &Lanes.Binary<Greatest<long>, long>,
                    }
                );
                break;
            }
            case "copysign":
            {
                var type = o.Type(F32, F64);
                Three(
                    o,
                    i,
                    type,
                    type == F32 ? &Lanes.Binary<CopySign<float>, float> : &Lanes.Binary<CopySign<double>, double>
                );
                break;
            }
            case "and":
            {
                var type = o.Type(B32, B64, Pred);
                Three(
                    o,
                    i,
                    type,
                    type switch
                    {
                        B32 => &Lanes.Binary<And<uint>, uint>,
                        B64 => &Lanes.Binary<And<ulong>, ulong>,
                        _ => &Lanes.Predicates<And<uint>>,
                    }
                );
                break;
            }
            case "or":
            {
                var type = o.Type(B32, B64, Pred);
                Three(
                    o,
                    i,
                    type,
                    type switch
                    {
                        B32 => &Lanes.Binary<Or<uint>, uint>,
                        B64 => &Lanes.Binary<Or<ulong>, ulong>,
                        _ => &Lanes.Predicates<Or<uint>>,
                    }
                );
                break;
            }
            case "xor":
            {
                var type = o.Type(B32, B64, Pred);
                Three(
                    o,
                    i,
                    type,
                    type switch
                    {
                        B32 => &Lanes.Binary<Xor<uint>, uint>,
                        B64 => &Lanes.Binary<Xor<ulong>, ulong>,
                        _ => &Lanes.Predicates<Xor<uint>>,
                    }
                );
                break;
            }
            case "not":
            {
                var type = o.Type(B32, B64, Pred);
                Two(
                    o,
                    i,
                    type,
                    type switch
                    {
                        B32 => &Lanes.Unary<Not<uint>, uint>,
                        B64 => &Lanes.Unary<Not<ulong>, ulong>,
                        _ => &Lanes.Predicates<Not<uint>>,
                    }
                );
                i->B = i->A;
                break;
            }
            case "shl":
            case "shr":
                Shift(o, i);
                break;
            default:
                throw o.Failure("unknown instruction");
        }
    }

    /// <summary>A type; a float's operation must say that it is rounded to nearest, or the assembler may fuse it.</summary>
    private static PtxType Rounded(Operands o, params ReadOnlySpan<PtxType> types)
    {
        var rounded = o.Take("rn");
        var type = o.Type(types);
        return rounded == PtxTypes.IsFloat(type)
            ? type
            : throw o.Failure(rounded ? "only floats are rounded" : "'.rn' is missing: it could be fused with another");
    }

    private static void Multiply(Operands o, Instruction* i)
    {
        switch (o.Any("lo", "hi", "wide"))
        {
            case "lo":
            {
                var type = o.Type(U32, S32, U64, S64);
                Three(
                    o,
                    i,
                    type,
                    PtxTypes.Bytes(type) == 4
                        ? &Lanes.Binary<Multiply<uint>, uint>
                        : &Lanes.Binary<Multiply<ulong>, ulong>
                );
                break;
            }
            case "hi":
            {
                var type = o.Type(U32, S32);
                Three(
                    o,
                    i,
                    type,
                    type == U32 ? &Lanes.Map<MultiplyHigh, uint, uint, uint> : &Lanes.Map<MultiplyHigh, int, int, int>
                );
                break;
            }
            case "wide":
            {
                var type = o.Type(U32, S32);
                o.End(3);
                i->D = o.Result(0, type == U32 ? U64 : S64);
                i->A = o.Source(1, type);
                i->B = o.Source(2, type);
                i->Run =
                    type == U32
                        ? &Lanes.Map<MultiplyWide, uint, uint, ulong>
                        : &Lanes.Map<MultiplyWide, int, int, long>;
                break;
            }
            default:
            {
                var type = Rounded(o, F32, F64);
                Three(
                    o,
                    i,
                    type,
                    type == F32 ? &Lanes.Binary<Multiply<float>, float> : &Lanes.Binary<Multiply<double>, double>
                );
                break;
            }
        }
    }

    private static void MultiplyAdd(Operands o, Instruction* i)
    {
        if (o.Take("lo"))
        {
            var type = o.Type(U32, S32, U64, S64);
            Four(
                o,
                i,
                type,
                PtxTypes.Bytes(type) == 4
                    ? &Lanes.Ternary<MultiplyAdd<uint>, uint>
                    : &Lanes.Ternary<MultiplyAdd<ulong>, ulong>
            );
            return;
        }
        o.Expect("wide");
        var narrow = o.Type(U32, S32);
        var wide = narrow == U32 ? U64 : S64;
        o.End(4);
        i->D = o.Result(0, wide);
        i->A = o.Source(1, narrow);
        i->B = o.Source(2, narrow);
        i->C = o.Source(3, wide);
        i->Run =
            narrow == U32
                ? &Lanes.Map<MultiplyWide, uint, uint, ulong, ulong>
                : &Lanes.Map<MultiplyWide, int, int, long, long>;
    }

    private static void Shift(Operands o, Instruction* i)
    {
        var left = o.Name == "shl";
        var type = left ? o.Type(B32, B64) : o.Type(B32, U32, S32, B64, U64, S64);
        o.End(3);
        i->D = o.Result(0, type);
        i->A = o.Source(1, type);
        i->B = o.Source(2, U32);
        i->Run = type switch
        {
            B32 when left => &Lanes.Map<ShiftLeft<uint>, uint, uint, uint>,
            B64 when left => &Lanes.Map<ShiftLeft<ulong>, ulong, uint, ulong>,
            S32 => &Lanes.Map<ShiftRight<int>, int, uint, int>,
            S64 => &Lanes.Map<ShiftRight<long>, long, uint, long>,
            B32 or U32 => &Lanes.Map<ShiftRight<uint>, uint, uint, uint>,
            _ => &Lanes.Map<ShiftRight<ulong>, ulong, uint, ulong>,
        };
    }

    private static void Select(Operands o, Instruction* i)
    {
        var type = o.Type(B32, U32, S32, F32, B64, U64, S64, F64);
        o.End(4);
        i->D = o.Result(0, type);
        i->A = o.Source(1, type);
        i->B = o.Source(2, type);
        i->C = o.Register(o[3], Pred);
        i->Run = PtxTypes.Bytes(type) == 4 ? &Lanes.Select<uint> : &Lanes.Select<ulong>;
    }

    private static void Compare(Operands o, Instruction* i)
    {
        var how = o.One(
            "eq",
            "ne",
            "lt",
            "le",
            "gt",
            "ge",
            "equ",
            "neu",
            "ltu",
            "leu",
            "gtu",
            "geu",
            "lo",
            "ls",
            "hi",
            "hs"
        );
        var type = o.Type(B32, U32, S32, B64, U64, S64, F32, F64);
        o.End(3);
        var result = o[0];
        if (result.Kind == OperandKind.Pair)
        {
            i->Other = o.Register(result.Parts[1], Pred);
            result = result.Parts[0];
        }
        i->D = o.Register(result, Pred);
        i->A = o.Source(1, type);
        i->B = o.Source(2, type);
        i->Run = type switch
        {
            F32 => FloatComparison<float>(o, how),
            F64 => FloatComparison<double>(o, how),
            S32 => IntegerComparison<int>(o, how),
            S64 => IntegerComparison<long>(o, how),
            U32 => IntegerComparison<uint>(o, Unsigned(how)),
            U64 => IntegerComparison<ulong>(o, Unsigned(how)),
            B32 when how is "eq" or "ne" => IntegerComparison<uint>(o, how),
            B64 when how is "eq" or "ne" => IntegerComparison<ulong>(o, how),
            _ => throw o.Failure("bits can only be compared for equality"),
        };
    }

    private static string Unsigned(string how) =>
        how switch
        {
            "lo" => "lt",
            "ls" => "le",
            "hi" => "gt",
            "hs" => "ge",
            _ => how,
        };

    private static delegate* <Warp, Instruction*, uint, void> IntegerComparison<T>(Operands o, string how)
        where T : unmanaged =>
        how switch
        {
            "eq" => &Lanes.Compare<Equal<T>, T>,
            "ne" => &Lanes.Compare<UnequalOrNan<T>, T>,
            "lt" => &Lanes.Compare<Less<T>, T>,
            "le" => &Lanes.Compare<LessOrEqual<T>, T>,
            "gt" => &Lanes.Compare<Greater<T>, T>,
            "ge" => &Lanes.Compare<GreaterOrEqual<T>, T>,
            _ => throw o.Failure($"integers of this type are not compared by '.{how}'"),
        };

    private static delegate* <Warp, Instruction*, uint, void> FloatComparison<T>(Operands o, string how)
        where T : unmanaged =>
        how switch
        {
            "eq" => &Lanes.Compare<Equal<T>, T>,
            "ne" => &Lanes.Compare<Unequal<T>, T>,
            "lt" => &Lanes.Compare<Less<T>, T>,
            "le" => &Lanes.Compare<LessOrEqual<T>, T>,
            "gt" => &Lanes.Compare<Greater<T>, T>,
            "ge" => &Lanes.Compare<GreaterOrEqual<T>, T>,
            "equ" => &Lanes.Compare<NotOf<Unequal<T>, T>, T>,
            "neu" => &Lanes.Compare<UnequalOrNan<T>, T>,
            "ltu" => &Lanes.Compare<NotOf<GreaterOrEqual<T>, T>, T>,
            "leu" => &Lanes.Compare<NotOf<Greater<T>, T>, T>,
            "gtu" => &Lanes.Compare<NotOf<LessOrEqual<T>, T>, T>,
            "geu" => &Lanes.Compare<NotOf<Less<T>, T>, T>,
            _ => throw o.Failure($"floats are not compared by '.{how}'"),
        };
}
