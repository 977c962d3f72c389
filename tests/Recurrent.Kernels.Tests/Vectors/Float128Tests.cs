using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Tests.Vectors;

public sealed unsafe class Float128Tests
{
    private static readonly float[] s_corners =
    [
        0f,
        -0f,
        1f,
        -1f,
        MathF.BitIncrement(1f),
        MathF.BitDecrement(1f),
        float.Epsilon,
        -float.Epsilon,
        1.17549435e-38f, // the least normal number
        1.1754942e-38f, // the greatest below it
        16777215f, // 2²⁴ − 1
        16777216f,
        5.9604645e-8f, // 2⁻²⁴
        float.MaxValue,
        float.MinValue,
        float.PositiveInfinity,
        float.NegativeInfinity,
        float.NaN,
    ];

    [Fact]
    public void A_fused_operation_in_software_rounds_once_in_every_corner()
    {
        foreach (var a in s_corners)
        {
            foreach (var b in s_corners)
            {
                foreach (var c in s_corners)
                {
                    RequireRoundedOnce(a, b, c);
                }
            }
        }
    }

    [Fact]
    public void A_fused_operation_in_software_rounds_once_wherever_the_sum_lies()
    {
        var bits = 0x5EEDUL;
        for (var i = 0; i < 200_000; i++)
        {
            var (a, b) = (Float(), Float());
            RequireRoundedOnce(a, b, Float());
            RequireRoundedOnce(a, b, MathF.ScaleB(-a * b, (i % 97) - 48)); // near what cancels, or half a unit of it
            RequireRoundedOnce(
                a,
                b,
                BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(-a * b) + (i % 5) - 2)
            );
        }

        float Float() => BitConverter.UInt32BitsToSingle((uint)((bits = (bits * 6364136223846793005) + 1) >> 32));
    }

    private static void RequireRoundedOnce(float a, float b, float c)
    {
        var results = stackalloc float[Float128.Width];
        Float128.Store(Float128.FusedInSoftware(a, b, c), results);
        var expected = MathF.FusedMultiplyAdd(a, b, c);
        for (var i = 0; i < Float128.Width; i++)
        {
            var same = float.IsNaN(expected)
                ? float.IsNaN(results[i])
                : BitConverter.SingleToInt32Bits(expected) == BitConverter.SingleToInt32Bits(results[i]);
            Assert.True(same, $"{a:R} · {b:R} + {c:R} is {expected:R}, not {results[i]:R}.");
        }
    }
}
