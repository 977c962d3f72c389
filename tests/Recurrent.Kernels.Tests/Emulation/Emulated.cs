using System.Runtime.InteropServices;
using Recurrent.Emulation;
using Recurrent.Kernels.Gpu;

namespace Recurrent.Kernels.Tests.Emulation;

/// <summary>Programs written out, on an emulated card.</summary>
internal static class Emulated
{
    /// <summary>
    /// A program with pointers a, b, c, d in %l1 to %l4, the thread in %r1 and the block in %r2. Its body is the
    /// instructions after that, a line each, without semicolons.
    /// </summary>
    public static PtxProgram Program(string body, int threads = 128, int shared = 0, bool cooperative = false)
    {
        var lines = body.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.EndsWith(':') ? line : $"\t{line};");
        return new(
            "test",
            $$"""
            .version 7.5
            .target sm_80
            .address_size 64
            .extern .shared .align 16 .b8 memory[];
            .visible .entry run(.param .u64 a, .param .u64 b, .param .u64 c, .param .u64 d)
            .reqntid {{threads}}, 1, 1
            {
                .reg .pred %p<8>;
                .reg .b32 %r<32>;
                .reg .f32 %f<16>;
                .reg .b64 %l<32>;
                .reg .f64 %d<8>;
                ld.param.u64 %l1, [a];
                ld.param.u64 %l2, [b];
                ld.param.u64 %l3, [c];
                ld.param.u64 %l4, [d];
                mov.u32 %r1, %tid.x;
                mov.u32 %r2, %ctaid.x;
            {{string.Join('\n', lines)}}
                ret;
            }
            """,
            threads,
            shared,
            cooperative
        );
    }

    /// <summary>Runs a program on memory: a copy of each array, of 32-bit words, is a parameter.</summary>
    /// <returns>What the arrays have become.</returns>
    public static uint[][] Run(
        PtxProgram program,
        int blocks,
        EmulatedCardOptions? options = null,
        params uint[][] arrays
    )
    {
        using var card = new EmulatedCard(options);
        return Run(card, program, blocks, arrays);
    }

    /// <inheritdoc cref="Run(PtxProgram, int, EmulatedCardOptions, uint[][])"/>
    public static uint[][] Run(GpuCard card, PtxProgram program, int blocks, params uint[][] arrays)
    {
        var addresses = arrays.Select(array => card.Allocate(Math.Max(1, array.Length * 4))).ToList();
        for (var i = 0; i < arrays.Length; i++)
        {
            card.Upload(MemoryMarshal.AsBytes<uint>(arrays[i]), addresses[i]);
        }
        var arguments = new ulong[4];
        for (var i = 0; i < arrays.Length; i++)
        {
            arguments[i] = (ulong)addresses[i];
        }
        card.Launch(card.Load(program), blocks, arguments, default);
        var results = arrays.Select(array => (uint[])array.Clone()).ToArray();
        for (var i = 0; i < arrays.Length; i++)
        {
            card.Download(addresses[i], MemoryMarshal.AsBytes(results[i].AsSpan()));
        }
        return results;
    }

    /// <summary>Bits of every kind, the same in every run: corners of all types beside random ones.</summary>
    public static ulong[] Bits(int count, ulong seed)
    {
        ulong[] corners =
        [
            0,
            1,
            2,
            31,
            32,
            63,
            64,
            ulong.MaxValue,
            0x7FFFFFFF,
            0x80000000,
            0x7FFFFFFFFFFFFFFF,
            0x8000000000000000,
            .. new[]
            {
                1f,
                -1f,
                0.5f,
                1.5f,
                2.5f,
                -0.5f,
                float.Epsilon,
                1.17549435e-38f,
                float.MaxValue,
                float.MinValue,
                float.PositiveInfinity,
                float.NegativeInfinity,
                float.NaN,
                2147483648f,
                4294967296f,
                9.223372e18f,
            }.Select(value => (ulong)BitConverter.SingleToUInt32Bits(value)),
            .. new[]
            {
                1.0,
                -1,
                0.5,
                2.5,
                double.Epsilon,
                double.MaxValue,
                double.NaN,
                double.NegativeInfinity,
                1e-300,
                2147483647.5,
                4294967295.5,
                9.2233720368547758e18,
                3.4028235677973366e38,
                1.4e-45,
            }.Select(BitConverter.DoubleToUInt64Bits),
        ];
        var values = new ulong[count];
        for (var i = 0; i < count; i++)
        {
            seed = (seed * 6364136223846793005) + 1442695040888963407;
            var random = (seed >> 11) ^ (seed << 21);
            values[i] = (seed >> 60) switch
            {
                < 5 => corners[random % (ulong)corners.Length],
                < 7 => BitConverter.SingleToUInt32Bits((int)random * 1e-6f),
                < 9 => BitConverter.DoubleToUInt64Bits((long)random * 1e-9),
                9 => (ulong)((long)(random % 200) - 100),
                _ => random,
            };
        }
        return values;
    }
}
