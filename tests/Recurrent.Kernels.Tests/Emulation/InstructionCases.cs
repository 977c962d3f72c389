using System.Globalization;
using System.Numerics;
using Expected = System.Func<ulong, ulong, ulong, ulong>;

namespace Recurrent.Kernels.Tests.Emulation;

/// <summary>
/// What instructions give, in C#: operands and results as bits, their sizes in bytes, p for a predicate. Integers are
/// computed without bounds and cut off; floats by C#'s operators, with the NaN of NVIDIA's cards.
/// </summary>
internal static class InstructionCases
{
    public static Dictionary<string, (string Sizes, Expected Expected)> All { get; } = Cases();

    private static Dictionary<string, (string Sizes, Expected Expected)> Cases()
    {
        var cases = new Dictionary<string, (string Sizes, Expected Expected)>();
        void Case(string name, string sizes, Expected expected) => cases.Add(name, (sizes, expected));

        foreach (var bits in new[] { 32, 64 })
        {
            var n = (bits / 8).ToString(CultureInfo.InvariantCulture);
            var mask = bits == 64 ? ulong.MaxValue : uint.MaxValue;
            Case($"mov.b{bits}", n + n, (a, _, _) => a);
            Case($"and.b{bits}", n + n + n, (a, b, _) => a & b);
            Case($"or.b{bits}", n + n + n, (a, b, _) => a | b);
            Case($"xor.b{bits}", n + n + n, (a, b, _) => a ^ b);
            Case($"not.b{bits}", n + n, (a, _, _) => ~a & mask);
            Case($"shl.b{bits}", n + n + "4", (a, b, _) => Cut((BigInteger)a << (int)Math.Min(b, 99), bits));
            Case($"shr.b{bits}", n + n + "4", (a, b, _) => Cut((BigInteger)a >> (int)Math.Min(b, 99), bits));
            Case($"selp.b{bits}", n + n + n + "p", (a, b, c) => c == 1 ? a : b);
            Case($"setp.eq.b{bits}", "p" + n + n, (a, b, _) => Bit(a == b));
            Case($"setp.ne.b{bits}", "p" + n + n, (a, b, _) => Bit(a != b));
            Integers(Case, $"u{bits}", n, bits, isSigned: false);
            Integers(Case, $"s{bits}", n, bits, isSigned: true);
            Floats(Case, $"f{bits}", n);
        }
        Case("min.NaN.f32", "444", (a, b, _) => Bits(MathF.Min(Single(a), Single(b)), "4"));
        Case("max.NaN.f32", "444", (a, b, _) => Bits(MathF.Max(Single(a), Single(b)), "4"));
        Case("cvt.f64.f32", "84", (a, _, _) => Bits((double)Single(a), "8"));
        Case("cvt.rn.f32.f64", "48", (a, _, _) => Bits((float)BitConverter.UInt64BitsToDouble(a), "4"));
        Case("cvt.rna.tf32.f32", "44", (a, _, _) => TensorFloat((uint)a));
        Case("and.pred", "ppp", (a, b, _) => a & b);
        Case("or.pred", "ppp", (a, b, _) => a | b);
        Case("xor.pred", "ppp", (a, b, _) => a ^ b);
        Case("not.pred", "pp", (a, _, _) => 1 - a);
        Case("mov.pred", "pp", (a, _, _) => a);
        return cases;
    }

    private static void Integers(Action<string, string, Expected> add, string t, string n, int bits, bool isSigned)
    {
        BigInteger V(ulong value) => isSigned ? (bits == 64 ? (long)value : (int)value) : value;
        void Case(string name, string sizes, Func<BigInteger, BigInteger, BigInteger, BigInteger> expected) =>
            add($"{name}.{t}", sizes, (a, b, c) => Cut(expected(V(a), V(b), V(c)), bits));
        void Compare(string how, Func<BigInteger, BigInteger, bool> expected) =>
            add($"setp.{how}.{t}", "p" + n + n, (a, b, _) => Bit(expected(V(a), V(b))));

        Case("add", n + n + n, (a, b, _) => a + b);
        Case("sub", n + n + n, (a, b, _) => a - b);
        Case("mul.lo", n + n + n, (a, b, _) => a * b);
        Case("mad.lo", n + n + n + n, (a, b, c) => (a * b) + c);
        Case("div", n + n + n, (a, b, _) => b.IsZero ? -1 : BigInteger.Divide(a, b));
        Case("rem", n + n + n, (a, b, _) => b.IsZero ? -1 : BigInteger.Remainder(a, b));
        Case("min", n + n + n, (a, b, _) => BigInteger.Min(a, b));
        Case("max", n + n + n, (a, b, _) => BigInteger.Max(a, b));
        add($"shr.{t}", n + n + "4", (a, b, _) => Cut(V(a) >> (int)Math.Min(b, 99), bits));
        add($"selp.{t}", n + n + n + "p", (a, b, c) => c == 1 ? a : b);
        Compare("eq", (a, b) => a == b);
        Compare("ne", (a, b) => a != b);
        Compare("lt", (a, b) => a < b);
        Compare("le", (a, b) => a <= b);
        Compare("gt", (a, b) => a > b);
        Compare("ge", (a, b) => a >= b);
        if (isSigned)
        {
            Case("neg", n + n, (a, _, _) => -a);
            Case("abs", n + n, (a, _, _) => BigInteger.Abs(a));
        }
        if (bits == 32)
        {
            Case("mul.hi", "444", (a, b, _) => (a * b) >> 32);
            add($"mul.wide.{t}", "844", (a, b, _) => Cut(V(a) * V(b), 64));
            add($"mad.wide.{t}", "8448", (a, b, c) => Cut((V(a) * V(b)) + c, 64));
        }
        foreach (var to in new[] { "u32", "s32", "u64", "s64" })
        {
            var size = to.EndsWith("64", StringComparison.Ordinal) ? 64 : 32;
            add($"cvt.{to}.{t}", size / 8 + n, (a, _, _) => Cut(V(a), size));
        }
        add($"cvt.rn.f32.{t}", "4" + n, (a, _, _) => Bits(isSigned ? (float)(long)V(a) : (float)a, "4"));
        add($"cvt.rn.f64.{t}", "8" + n, (a, _, _) => Bits(isSigned ? (double)(long)V(a) : (double)a, "8"));
    }

    private static void Floats(Action<string, string, Expected> add, string t, string n)
    {
        var isSingle = n == "4";
        double V(ulong value) => isSingle ? Single(value) : BitConverter.UInt64BitsToDouble(value);
        void Case(
            string name,
            string sizes,
            Func<float, float, float, float> single,
            Func<double, double, double, double> wide
        ) =>
            add(
                $"{name}.{t}",
                sizes,
                (a, b, c) =>
                    isSingle ? Bits(single(Single(a), Single(b), Single(c)), n) : Bits(wide(V(a), V(b), V(c)), n)
            );
        void Compare(string how, Func<double, double, bool> expected)
        {
            add($"setp.{how}.{t}", "p" + n + n, (a, b, _) => Bit(expected(V(a), V(b))));
        }

        Case("add.rn", n + n + n, (a, b, _) => a + b, (a, b, _) => a + b);
        Case("sub.rn", n + n + n, (a, b, _) => a - b, (a, b, _) => a - b);
        Case("mul.rn", n + n + n, (a, b, _) => a * b, (a, b, _) => a * b);
        Case("div.rn", n + n + n, (a, b, _) => a / b, (a, b, _) => a / b);
        Case("rcp.rn", n + n, (a, _, _) => 1 / a, (a, _, _) => 1 / a);
        Case("sqrt.rn", n + n, (a, _, _) => MathF.Sqrt(a), (a, _, _) => Math.Sqrt(a));
        Case("fma.rn", n + n + n + n, MathF.FusedMultiplyAdd, Math.FusedMultiplyAdd);
        Case("neg", n + n, (a, _, _) => -a, (a, _, _) => -a);
        Case("abs", n + n, (a, _, _) => MathF.Abs(a), (a, _, _) => Math.Abs(a));
        Case("min", n + n + n, (a, b, _) => float.MinNumber(a, b), (a, b, _) => double.MinNumber(a, b));
        Case("max", n + n + n, (a, b, _) => float.MaxNumber(a, b), (a, b, _) => double.MaxNumber(a, b));
        var sign = isSingle ? 0x80000000 : 0x8000000000000000;
        add($"copysign.{t}", n + n + n, (a, b, _) => (a & sign) | (b & ~sign)); // the sign comes first in PTX
        add($"selp.{t}", n + n + n + "p", (a, b, c) => c == 1 ? a : b);
        Compare("eq", (a, b) => a == b);
        Compare("ne", (a, b) => a < b || a > b);
        Compare("lt", (a, b) => a < b);
        Compare("le", (a, b) => a <= b);
        Compare("gt", (a, b) => a > b);
        Compare("ge", (a, b) => a >= b);
        Compare("equ", (a, b) => !(a < b || a > b));
        Compare("neu", (a, b) => a != b);
        Compare("ltu", (a, b) => !(a >= b));
        Compare("leu", (a, b) => !(a > b));
        Compare("gtu", (a, b) => !(a <= b));
        Compare("geu", (a, b) => !(a < b));
        foreach (
            var (rounding, mode) in new[]
            {
                ("rni", MidpointRounding.ToEven),
                ("rzi", MidpointRounding.ToZero),
                ("rmi", MidpointRounding.ToNegativeInfinity),
                ("rpi", MidpointRounding.ToPositiveInfinity),
            }
        )
        {
            add($"cvt.{rounding}.{t}.{t}", n + n, (a, _, _) => Whole(Math.Round(V(a), mode)));
            foreach (var to in new[] { "u32", "s32", "u64", "s64" })
            {
                var size = to.EndsWith("64", StringComparison.Ordinal) ? 64 : 32;
                var least = to[0] == 's' ? -(BigInteger.One << (size - 1)) : 0;
                var most = (BigInteger.One << (to[0] == 's' ? size - 1 : size)) - 1;
                add(
                    $"cvt.{rounding}.{to}.{t}",
                    size / 8 + n,
                    (a, _, _) => Nearest(Math.Round(V(a), mode), least, most, size)
                );
            }
        }

        ulong Whole(double value) => isSingle ? Bits((float)value, n) : Bits(value, n);
        ulong Nearest(double value, BigInteger least, BigInteger most, int size) =>
            double.IsNaN(value) ? (isSingle && size == 32 ? 0 : 1ul << (size - 1))
            : double.IsInfinity(value) ? Cut(value < 0 ? least : most, size)
            : Cut(BigInteger.Clamp((BigInteger)value, least, most), size);
    }

    private static float Single(ulong bits) => BitConverter.UInt32BitsToSingle((uint)bits);

    private static ulong Bit(bool value) => value ? 1u : 0;

    private static ulong Cut(BigInteger value, int bits) => (ulong)(value & ((BigInteger.One << bits) - 1));

    private static ulong Bits(double value, string size) =>
        size == "4"
            ? float.IsNaN((float)value)
                ? 0x7FFFFFFF
                : BitConverter.SingleToUInt32Bits((float)value)
            : double.IsNaN(value)
                ? 0x7FF8000000000000
                : BitConverter.DoubleToUInt64Bits(value);

    /// <summary>10 bits after the leading one, the nearest, ties away from 0.</summary>
    private static ulong TensorFloat(uint bits)
    {
        var value = BitConverter.UInt32BitsToSingle(bits);
        if (float.IsNaN(value))
        {
            return 0x7FFFFFFF;
        }
        var (below, rest) = (bits & ~0x1FFFu, bits & 0x1FFF);
        return rest >= 0x1000 ? below + 0x2000 : below;
    }
}
