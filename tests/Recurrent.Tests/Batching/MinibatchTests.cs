using Recurrent.Batching;

namespace Recurrent.Tests.Batching;

public sealed class MinibatchTests
{
    [Fact]
    public void Holds_what_it_was_made_of()
    {
        int[] x = [1, 2, 3, 4, 5, 6];
        int[] y = [2, 3, 4, 5, 6, 7];
        var minibatch = new Minibatch(2, 3, x, y);
        Assert.Equal((2, 3), (minibatch.Batch, minibatch.Steps));
        Assert.Equal(x, minibatch.X.ToArray());
        Assert.Equal(y, minibatch.Y.ToArray());
    }

    [Fact]
    public void Arrays_of_another_shape_are_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => new Minibatch(2, 3, new int[6], new int[5]));
        Assert.StartsWith(
            "y holds 5 tokens and must hold batch 2 x steps 3 = 6",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.Throws<ArgumentException>(() => new Minibatch(2, 3, new int[7], new int[6]));
        Assert.Throws<ArgumentException>(() => new Minibatch(65536, 65536, default, default));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Minibatch(0, 3, default, default));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Minibatch(2, 0, default, default));
    }
}
