using System.Runtime.Intrinsics.X86;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Products;
using Recurrent.Kernels.Sums;
using Recurrent.Kernels.Threading;

namespace Recurrent.Kernels.Tests;

public sealed class VectorTierTests
{
    [Fact]
    public void Lists_tiers_widest_first() =>
        Assert.Equal(["512", "256", "128", "scalar"], VectorTier.All.Select(tier => tier.Name));

    [Fact]
    public void Best_is_the_first_that_the_processor_runs() =>
        Assert.Same(VectorTier.All.First(tier => tier.IsAccelerated), VectorTier.Best);

    [Fact]
    public void Without_fused_instructions_none_is_wider_than_128_bits() =>
        Assert.True(Fma.IsSupported || Avx512F.IsSupported || VectorTier.Best.Width == 4);

    [Theory]
    [MemberData(nameof(Tiers.All), MemberType = typeof(Tiers))]
    public void Finds_a_tier_by_name(string name) => Assert.Equal(name, VectorTier.Named(name).Name);

    [Fact]
    public void Names_the_tiers_when_there_is_no_such_one()
    {
        var error = Assert.Throws<ArgumentException>(() => VectorTier.Named("1024"));
        Assert.Contains("512, 256, 128, scalar", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Tiers.All), MemberType = typeof(Tiers))]
    public void Kernels_refuse_operands_of_the_wrong_length(string name)
    {
        var tier = VectorTier.Named(name);
        var (six, five, four) = (Host.Room<float>(6), Host.Room<float>(5), Host.Room<float>(4));
        Refuses<ArgumentException, Unary<Tanh>>(new(six, five));
        Refuses<ArgumentException, Binary<Add>>(new(six, four, six));
        Refuses<ArgumentException, Binary<Add>>(new(six, Operand<float>.Empty, six));
        Refuses<ArgumentException, Pack>(new(six, Transposed: false, Rows: 2, Columns: 3, five));
        Refuses<ArgumentException, ColumnSums>(new(six, Step: 4, four, Accumulate: false));
        Refuses<ArgumentException, MatrixProduct>(
            new()
            {
                A = five,
                B = Host.Room<float>(Pack.Length(2, 3)),
                C = six,
                Rows = 2,
                Columns = 3,
                Depth = 2,
            }
        );
        Refuses<ArgumentOutOfRangeException, CrossEntropy>(Losses(0, 3));
        Refuses<ArgumentOutOfRangeException, CrossEntropy>(Losses(-1, 0));
        Refuses<ArgumentOutOfRangeException, GatherRows>(new(six, Host.Of(2), Columns: 3, Host.Room<float>(3)));
        Refuses<ArgumentOutOfRangeException, AddGatheredRows>(new(six, Host.Of(3), 3, Scale: 1, Host.Room<float>(3)));

        void Refuses<TError, TKernel>(TKernel kernel)
            where TError : Exception
            where TKernel : struct, IKernel => Assert.Throws<TError>(() => tier.Run(kernel, new WorkerTeam(1)));

        CrossEntropy Losses(params int[] labels) =>
            new()
            {
                Logits = six,
                Labels = Host.Of(labels),
                Losses = Host.Room<float>(2),
                Gradient = six,
                Scale = 1,
            };
    }

    [Fact]
    public void A_part_of_an_operand_must_be_within_it()
    {
        var memory = new HostMemory<float>(6);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Operand<float>(memory, 4, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Operand<float>(memory, -1, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Operand<float>(memory).Slice(2, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Operand<float>(memory).Slice(2, -1));
        Assert.Equal(3, new Operand<float>(memory).Slice(1, 5).Slice(2, 3).Length);
    }
}
