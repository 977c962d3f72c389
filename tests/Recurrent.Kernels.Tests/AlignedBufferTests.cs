using System.Runtime.CompilerServices;

namespace Recurrent.Kernels.Tests;

public sealed class AlignedBufferTests
{
    [Fact]
    public void Starts_at_a_cache_line_and_at_zero()
    {
        foreach (var size in Tiers.OddSizes)
        {
            var buffer = new AlignedBuffer(size);
            Assert.Equal(size, buffer.Length);
            Assert.Equal(size, buffer.Span.Length);
            Assert.Equal(-1, buffer.Span.IndexOfAnyExcept(0f));
            ref var first = ref System.Runtime.InteropServices.MemoryMarshal.GetReference(buffer.Span);
            var address = Unsafe.ByteOffset(ref Unsafe.NullRef<float>(), ref first);
            Assert.Equal(0, address % 64);
        }
    }
}
