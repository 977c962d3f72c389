using Recurrent.Tensors;

namespace Recurrent.Tests.Tensors;

public sealed class TensorPoolTests
{
    [Fact]
    public void What_was_made_in_a_scope_cannot_be_read_after_it()
    {
        var pool = new TensorPool();
        Tensor inside;
        using (pool.OpenScope())
        {
            inside = Tensor.Zeros(3) + 1f;
            Assert.Equal([1f, 1, 1], inside.ToArray());
        }
        Assert.Throws<ObjectDisposedException>(() => inside.ToArray());
    }

    [Fact]
    public void Scopes_nest_and_give_back_only_their_own()
    {
        var pool = new TensorPool();
        using var outer = pool.OpenScope();
        var kept = Tensor.Zeros(2) + 5f;
        using (pool.OpenScope())
        {
            _ = kept * 2f;
        }
        var reused = Tensor.Zeros(2) + 7f;
        Assert.Equal([5f, 5], kept.ToArray());
        Assert.Equal([7f, 7], reused.ToArray());
    }

    [Fact]
    public void Steady_state_takes_no_new_memory_for_values()
    {
        var pool = new TensorPool();
        var w = Draw.Values(1, 200, 200).RequireGradient();
        var x = Draw.Values(2, 50, 200);
        void Step()
        {
            using var scope = pool.OpenScope();
            w.ClearGradient();
            var h = x;
            for (var t = 0; t < 5; t++)
            {
                h = Tensor.Tanh(Tensor.MatMul(h, w));
            }
            h.Sum().Backward();
        }
        Step();
        Step();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Step();
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(bytes < 20_000, $"A step allocated {bytes} bytes; its values take {14 * 50 * 200 * 4}.");
    }

    [Fact]
    public void Gradients_are_the_same_with_and_without_a_pool()
    {
        float[] Gradient(bool pooled)
        {
            var w = Draw.Values(1, 6, 6).RequireGradient();
            var pool = new TensorPool();
            for (var pass = 0; pass < 3; pass++)
            {
                using var scope = pooled ? (IDisposable)pool.OpenScope() : null;
                var h = Tensor.Tanh(Tensor.MatMul(Draw.Values(2, 4, 6), w));
                Tensor.MatMul(h + h * h, w).Mean().Backward();
            }
            return w.Gradient!.ToArray();
        }
        Assert.Equal(Gradient(pooled: false), Gradient(pooled: true));
    }
}
