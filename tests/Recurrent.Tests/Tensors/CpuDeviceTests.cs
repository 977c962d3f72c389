using Recurrent.Kernels;
using Recurrent.Tensors;

namespace Recurrent.Tests.Tensors;

public sealed class CpuDeviceTests
{
    [Fact]
    public void By_default_has_the_best_tier_and_every_processor()
    {
        Assert.Same(VectorTier.Best, new CpuDevice().Tier);
        Assert.Equal(Environment.ProcessorCount, new CpuDevice().Threads);
        Assert.Equal(3, new CpuDevice(threads: 3).Threads);
        Assert.Throws<ArgumentOutOfRangeException>(() => new CpuDevice(threads: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CpuDevice(threads: CpuDevice.MaxThreads + 1));
    }

    [Fact]
    public void Results_are_on_the_operands_device_and_the_same_on_every_tier()
    {
        var (x, w) = (Draw.Values(1, 5, 40), Draw.Values(2, 40, 50));
        var expected = Tensor.MatMul(x, w).ToArray();
        foreach (var tier in VectorTier.All)
        {
            var device = new CpuDevice(2, tier);
            var y = Tensor.MatMul(On(device, x), On(device, w));
            Assert.Same(device, y.Device);
            Assert.Equal(expected, y.ToArray());
        }
    }

    [Fact]
    public void Tensors_of_two_devices_are_copied_and_not_mixed()
    {
        var (here, there) = (Tensor.From([1, 2], 2), Tensor.Zeros(new CpuDevice(1), 2));
        Assert.Contains("on one device", Assert.Throws<ArgumentException>(() => here + there).Message);
        there.CopyFrom(here);
        Assert.Equal([1f, 2], there.ToArray());
    }

    [Fact]
    public void Several_threads_may_compute_on_one_device()
    {
        var device = new CpuDevice(threads: 2);
        var (x, w) = (On(device, Draw.Values(1, 64, 90)), On(device, Draw.Values(2, 90, 70)));
        var expected = Tensor.MatMul(x, w).ToArray();
        Parallel.For(0, 40, _ => Assert.Equal(expected, Tensor.MatMul(x, w * 1f).ToArray()));
    }

    private static Tensor On(Device device, Tensor tensor) =>
        Tensor.From(device, tensor.ToArray(), tensor.Shape.ToArray());
}
