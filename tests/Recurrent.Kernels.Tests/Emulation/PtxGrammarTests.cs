using Recurrent.Emulation;
using Recurrent.Kernels.Gpu;

namespace Recurrent.Kernels.Tests.Emulation;

/// <summary>What NVIDIA's assembler does not take is not taken here, and the line is named.</summary>
public sealed class PtxGrammarTests
{
    [Theory]
    [InlineData("frobnicate.b32 %r3, %r1", "unknown instruction")]
    [InlineData("add.f32 %f1, %f2, %f3", "only add.rn.f32 has the bits")]
    [InlineData("mul.f32 %f1, %f2, %f3", "only mul.rn.f32")]
    [InlineData("fma.rn.ftz.f32 %f1, %f2, %f3, %f4", "unknown instruction")]
    [InlineData("div.approx.f32 %f1, %f2, %f3", "unknown instruction")]
    [InlineData("add.u32 %r3, %r1, %r99", "'%r99' cannot be an operand")]
    [InlineData("add.u32 %r3, %r1", "2 operands, not 3")]
    [InlineData("add.u32 %r3, %r1, %r2, %r2", "4 operands, not 3")]
    [InlineData("mul.wide.s32 %r3, %r1, 4", "%r3 is a register of .b32, not .s64")]
    [InlineData("mul.wide.s32 %l5, %l6, 4", "%l6 is a register of .b64, not .s32")]
    [InlineData("add.u32 %r3, %r1, %f1", "%f1 is a register of .f32, not .u32")]
    [InlineData("add.rn.f32 %f1, %f2, %p1", "%p1 is a register of .pred, not .f32")]
    [InlineData("add.rn.f32 %f1, %f2, 1", "'1' cannot be an operand of type .f32")]
    [InlineData("add.u32 %r3, %r1, 0f3F800000", "cannot be an operand of type .u32")]
    [InlineData("add.u32 %r3, %r1, 4294967296", "does not fit into 32 bits")]
    [InlineData("add.u32 5, %r1, %r2", "'5' is not a declared register")]
    [InlineData("add.u32 %r3, %tid.x, %r2", "%tid.x can only be moved")]
    [InlineData("mov.u64 %l5, %tid.x", "%tid.x has 32 bits")]
    [InlineData("mov.u32 %r3, %clock64", "%clock64 has 64 bits")]
    [InlineData("mov.u32 %r3, elsewhere", "'elsewhere' cannot be an operand")]
    [InlineData("mov.u32 %r3, %tid.w", "unexpected")]
    [InlineData("ld.global.f32 %f1, [%r1]", "%r1 is a register of .b32, not .u64")]
    [InlineData("ld.global.f32 %r1, [%l1]", null)] // bits take any type of their size
    [InlineData("ld.global.u32 %f1, [%l1]", "%f1 is a register of .f32, not .u32")]
    [InlineData("ld.global.v4.f64 {%d1, %d2, %d3, %d4}, [%l1]", "at most 16 bytes")]
    [InlineData("ld.global.v4.f32 {%f1, %f2, %f3}, [%l1]", "must be 4 registers in braces")]
    [InlineData("ld.global.f32.cg %f1, [%l1]", "unknown modifier '.cg'")]
    [InlineData("ld.cg.global.f32 %f1, [%l1]", "one of .global, .shared, .param is missing")]
    [InlineData("ld.acquire.global.u32 %r3, [%l1]", "one of .gpu, .sys is missing")]
    [InlineData("ld.relaxed.gpu.global.cg.u32 %r3, [%l1]", "the instruction does not have this type")]
    [InlineData("ld.param.u64 %l5, [e]", "there is no such parameter")]
    [InlineData("ld.param.u64 %l5, [a+4]", "8 bytes at 4 of a parameter of 8")]
    [InlineData("ld.param.f64 %d1, [a]", "the parameter is of type .u64")]
    [InlineData("st.global.f32 [%l1], 0f00000000", "must be a register")]
    [InlineData("st.release.gpu.global.u32 [%l1], %r1", null)]
    [InlineData("ld.release.gpu.global.u32 %r3, [%l1]", "is missing")]
    [InlineData("red.release.gpu.global.add.u32 %r3, [%l1], 1", "3 operands, not 2")]
    [InlineData("atom.acq_rel.gpu.global.add.u32 %r3, [%l1], 1", null)]
    [InlineData("cvt.f32.s32 %f1, %r1", "only cvt.rn.f32.s32")]
    [InlineData("cvt.s32.f32 %r3, %f1", "unknown instruction")]
    [InlineData("cvt.rn.f64.f32 %d1, %f1", "unknown instruction")]
    [InlineData("setp.lt.b32 %p1, %r1, %r2", "unknown instruction")]
    [InlineData("setp.lt.s32 %r3, %r1, %r2", "%r3 is a register of .b32, not .pred")]
    [InlineData("selp.f32 %f1, %f2, %f3, 1", "'1' cannot be an operand of type .pred")]
    [InlineData("@%r1 mov.u32 %r3, 0", "'%r1' is not a predicate")]
    [InlineData("bra nowhere", "there is no label 'nowhere'")]
    [InlineData("bar.sync 1", "only barrier 0")]
    [InlineData("bar.sync", "0 operands, not 1")]
    [InlineData("shfl.down.b32 %r3, %r1, 1, 31", "'.sync' is missing")]
    [InlineData("cp.async.cg.shared.global [%r3], [%l1], 4", "copies 16 bytes")]
    [InlineData("mov.u32 %r3, 010", "unexpected '010'")]
    [InlineData("mov.f32 %f1, 0f3F80", "unexpected '0f3F80'")]
    public void An_instruction_is_taken_only_as_the_ISA_has_it(string instruction, string? failure)
    {
        var program = Emulated.Program($"mov.u32 %r3, 0\n{instruction}");
        if (failure is null)
        {
            _ = Load(program);
            return;
        }
        var message = Assert.Throws<EmulationException>(() => Load(program)).Message;
        Assert.Contains(failure, message);
        Assert.Contains("line 20", message);
        Assert.Contains(instruction.Split(' ')[^1], message);
    }

    [Theory]
    [InlineData(".version 7.5", ".version x")]
    [InlineData(".version 7.5", ".version 5.0\n.version 7.5")]
    [InlineData(".address_size 64", ".address_size 32")]
    [InlineData(".entry run", ".entry walk")]
    [InlineData(".visible .entry", ".entry")]
    [InlineData(".param .u64 b", ".param .u64 a")]
    [InlineData(".param .u64 b,", ".param .u64 b")]
    [InlineData(".reg .b32 %r<32>;", ".reg .b32 %r<32>;\n.reg .b32 %r<2>;")]
    [InlineData(".reg .b32 %r<32>;", ".reg .b33 %r<32>;")]
    [InlineData(".reg .b32 %r<32>;", ".local .b32 x;")]
    [InlineData("ret;", "ret")]
    [InlineData("ret;", "same:\nsame:\nret;")]
    [InlineData("ret;", "ret;\n}\n{")]
    [InlineData(".target sm_80", ".target sm_95")]
    [InlineData(".target sm_80", ".target compute_80")]
    [InlineData(".reqntid 128", ".reqntid 64")]
    [InlineData(".reqntid 128", ".maxntid 64")]
    public void A_module_is_taken_only_as_the_ISA_has_it(string part, string planted)
    {
        var program = Emulated.Program("mov.u32 %r3, 0");
        _ = Load(program);
        Assert.Contains(part, program.Text);
        Assert.Throws<EmulationException>(() => Load(program with { Text = program.Text.Replace(part, planted) }));
    }

    [Theory]
    [InlineData("ld.acquire.gpu.global.u32 %r3, [%l1]", ".target sm_80", ".target sm_60")]
    [InlineData("cp.async.commit_group", ".target sm_80", ".target sm_75")]
    [InlineData("cp.async.commit_group", ".version 7.5", ".version 6.5")]
    [InlineData("shfl.sync.idx.b32 %r3, %r1, 0, 31, -1", ".version 7.5", ".version 5.0")]
    [InlineData("cvt.rna.tf32.f32 %r3, %f1", ".target sm_80", ".target sm_75")]
    public void An_instruction_is_taken_only_for_cards_that_have_it(string instruction, string part, string older)
    {
        var program = Emulated.Program(instruction);
        _ = Load(program);
        program = program with { Text = program.Text.Replace(part, older) };
        Assert.Contains("needs .version", Assert.Throws<EmulationException>(() => Load(program)).Message);
    }

    [Fact]
    public void Shared_memory_is_what_the_program_says_and_the_card_has()
    {
        var program = Emulated.Program("mov.u32 %r3, memory", shared: 1000);
        _ = Load(program);
        Assert.Throws<EmulationException>(() => Load(program with { SharedBytes = 300_000 }));
        var named = program.Text.Replace(
            ".extern .shared .align 16 .b8 memory[]",
            ".shared .align 16 .b8 memory[1000]"
        );
        _ = Load(program with { Text = named });
        Assert.Throws<EmulationException>(() => Load(program with { Text = named, SharedBytes = 1001 }));
        var large = named.Replace("[1000]", "[49168]");
        Assert.Throws<EmulationException>(() => Load(program with { Text = large, SharedBytes = 49168 }));
    }

    private static GpuFunction Load(PtxProgram program)
    {
        using var card = new EmulatedCard();
        return card.Load(program);
    }
}
