using System.Runtime.CompilerServices;

namespace Recurrent.Kernels.Tests;

public sealed class HostMemoryTests
{
    [Fact]
    public void Starts_at_a_cache_line_and_at_zero()
    {
        foreach (var size in Tiers.OddSizes)
        {
            var memory = new HostMemory<float>(size);
            Assert.Equal(size, memory.Length);
            Assert.Equal(size, memory.Span.Length);
            Assert.Equal(-1, memory.Span.IndexOfAnyExcept(0f));
            ref var first = ref System.Runtime.InteropServices.MemoryMarshal.GetReference(memory.Span);
            var address = Unsafe.ByteOffset(ref Unsafe.NullRef<float>(), ref first);
            Assert.Equal(0, address % 64);
        }
    }
}
