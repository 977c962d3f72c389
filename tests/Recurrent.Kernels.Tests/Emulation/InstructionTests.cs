using Recurrent.Emulation.Instructions;

namespace Recurrent.Kernels.Tests.Emulation;

/// <summary>Each arithmetic instruction, against C#'s own arithmetic, on bits of every kind.</summary>
public sealed class InstructionTests
{
    private const int Count = 4096;

    public static TheoryData<string> Names => [.. InstructionCases.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void An_instruction_gives_the_bits_of_CSharp(string name)
    {
        var (sizes, expected) = InstructionCases.All[name];
        var inputs = Enumerable.Range(0, 3).Select(k => Emulated.Bits(Count, (ulong)k + 1)).ToList();
        foreach (var guarded in new[] { false, true })
        {
            var results = Run(name, sizes, guarded, inputs);
            for (var i = 0; i < Count; i++)
            {
                var (a, b, c) = (
                    Taken(inputs[0][i], sizes, 1),
                    Taken(inputs[1][i], sizes, 2),
                    Taken(inputs[2][i], sizes, 3)
                );
                var wanted = guarded && i % 3 == 0 ? Marker(sizes) : expected(a, b, c);
                Assert.True(
                    wanted == results[i],
                    $"{name} {a:x}, {b:x}, {c:x}: expected {wanted:x}, was {results[i]:x} (guarded: {guarded})"
                );
            }
        }
    }

    [Fact]
    public void Every_arithmetic_instruction_that_runs_is_compared() =>
        Assert.Equal(ArithmeticTable.Names.Order(), InstructionCases.All.Keys.Where(Arithmetic).Order());

    private static bool Arithmetic(string name) => !name.StartsWith("mov.", StringComparison.Ordinal);

    /// <summary>What an operand of a size sees of 64 bits.</summary>
    private static ulong Taken(ulong bits, string sizes, int operand) =>
        operand >= sizes.Length ? 0
        : sizes[operand] == '8' ? bits
        : sizes[operand] == '4' ? (uint)bits
        : bits & 1;

    private static ulong Marker(string sizes) => sizes[0] == 'p' ? 0u : 77;

    private static ulong[] Run(string name, string sizes, bool guarded, List<ulong[]> inputs)
    {
        string[] lines =
        [
            "mad.lo.s32 %r3, %r2, 128, %r1",
            "mul.wide.s32 %l8, %r3, 8",
            "rem.u32 %r4, %r3, 3",
            "setp.ne.s32 %p7, %r4, 0",
            .. Enumerable.Range(1, 4).Select(k => $"add.s64 %l{k}, %l{k}, %l8"),
            .. Enumerable.Range(1, 3).Select(k => $"ld.global.u64 %l{8 + k}, [%l{k}]"),
            .. Enumerable.Range(1, 3).Select(k => $"cvt.u32.u64 %r{8 + k}, %l{8 + k}"),
            .. Enumerable.Range(1, 3).Select(k => $"and.b32 %r{12 + k}, %r{8 + k}, 1"),
            .. Enumerable.Range(1, 3).Select(k => $"setp.eq.s32 %p{k}, %r{12 + k}, 1"),
            "mov.b32 %r8, 77",
            "mov.b64 %l12, 77",
            "setp.ne.s32 %p0, %r8, 77",
            (guarded ? "@%p7 " : "")
                + name
                + " "
                + string.Join(
                    ", ",
                    sizes.Select(
                        (size, k) =>
                            size switch
                            {
                                'p' => $"%p{k}",
                                '4' => $"%r{8 + k}",
                                _ => k == 0 ? "%l12" : $"%l{8 + k}",
                            }
                    )
                ),
            sizes[0] switch
            {
                'p' => "selp.b64 %l12, 1, 0, %p0",
                '4' => "cvt.u64.u32 %l12, %r8",
                _ => "",
            },
            "st.global.u64 [%l4], %l12",
        ];
        var words = inputs
            .Append(new ulong[Count])
            .Select(values => values.SelectMany(value => new[] { (uint)value, (uint)(value >> 32) }).ToArray())
            .ToArray();
        var result = Emulated.Run(Emulated.Program(string.Join('\n', lines)), Count / 128, null, words)[3];
        return [.. Enumerable.Range(0, Count).Select(i => result[2 * i] | ((ulong)result[(2 * i) + 1] << 32))];
    }
}
