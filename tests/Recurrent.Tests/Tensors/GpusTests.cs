using Recurrent.Emulation;
using Recurrent.Kernels;
using Recurrent.Kernels.Gpu;
using Recurrent.Tensors;

namespace Recurrent.Tests.Tensors;

public sealed class GpusTests
{
    private static readonly Gpus s_two = new(
        () => 2,
        index => index < 2 ? new EmulatedCard() : throw new GpuException($"There is no gpu:{index} here.")
    );

    [Fact]
    public void A_card_is_the_same_device_each_time()
    {
        Assert.Same(s_two[0], s_two[0]);
        Assert.NotSame(s_two[0], s_two[1]);
        Assert.Equal("gpu:1, Emulated card", s_two[1].ToString());
    }

    [Fact]
    public void A_card_that_is_not_there_is_refused_or_not_found()
    {
        Assert.Equal("There is no gpu:2 here.", Assert.ThrowsAny<IOException>(() => s_two[2]).Message);
        Assert.Null(s_two.Find(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => s_two[-1]);
    }

    [Fact]
    public void What_is_tried_is_a_card_or_the_default_device()
    {
        var cards = Device.TryAllGpus();
        Assert.Equal(Math.Max(1, Device.GpuCount), cards.Count);
        Assert.Same(cards[0], Device.TryGpu());
        Assert.Same(Device.Default, Device.TryGpu(1000));
        if (Device.GpuCount == 0)
        {
            Assert.Same(Device.Default, cards[0]);
            Assert.EndsWith("; use Device.Cpu().", Assert.ThrowsAny<IOException>(() => Device.Gpu()).Message);
        }
    }

    [Fact]
    public void The_processor_tells_its_threads_and_vectors() =>
        Assert.Matches("^cpu, 3 threads, ([0-9]+-bit|scalar)$", Device.Cpu(threads: 3).Name);

    [Theory]
    [InlineData("512", "cpu, 1 thread, 512-bit", 120e9)]
    [InlineData("128", "cpu, 1 thread, 128-bit", 30e9)]
    [InlineData("scalar", "cpu, 1 thread, scalar", 4e9)]
    public void The_processor_without_vectors_is_called_so(string tier, string name, double workPerSecond)
    {
        var device = new CpuDevice(threads: 1, VectorTier.Named(tier));
        Assert.Equal((name, workPerSecond), (device.Name, device.WorkPerSecond));
    }

    [Fact]
    public void A_tensor_moves_to_a_card_and_back()
    {
        var x = Tensor.From([1, 2, 3, 4], 2, 2);
        var there = x.To(s_two[0]);
        Assert.Same(s_two[0], there.Device);
        Assert.Same(there, there.To(s_two[0]));
        var sum = (there + there).To(Device.Default);
        Assert.Equal((Device.Default, x.Shape), (sum.Device, sum.Shape));
        Assert.Equal([2, 4, 6, 8], sum.ToArray());
    }

    [Fact]
    public void Tensors_of_two_cards_do_not_mix()
    {
        var x = Tensor.From([1, 2, 3], 3);
        Assert.Throws<ArgumentException>(() => x.To(s_two[0]) + x.To(s_two[1]));
    }
}
