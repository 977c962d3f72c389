using Recurrent.Tensors;

namespace Recurrent.Tests.Tensors;

public sealed class TensorTests
{
    [Fact]
    public void Holds_a_copy_of_the_values_given()
    {
        float[] values = [1, 2, 3, 4, 5, 6];
        var tensor = Tensor.From(values, 2, 3);
        values[0] = 9;
        Assert.Equal([1f, 2, 3, 4, 5, 6], tensor.ToArray());
        Assert.Equal("(2, 3)", tensor.Shape.ToString());
        Assert.Equal("Tensor(2, 3) [1, 2, 3, 4, 5, 6]", tensor.ToString());
    }

    [Fact]
    public void Normal_values_have_the_standard_deviation_asked_for()
    {
        var values = Draw.Values(1, 1).ToArray();
        Assert.Single(values);
        var drawn = Tensor.Normal(new Recurrent.Randomness.RandomStream(1, 2), 0.01f, 200, 200);
        var mean = (double)drawn.Mean().ToScalar();
        var variance = (drawn * drawn).Mean().ToScalar() - (mean * mean);
        Assert.Equal(0, mean, 2e-4);
        Assert.Equal(0.01, Math.Sqrt(variance), 2e-4);
    }

    [Fact]
    public void Broadcasts_as_NumPy_does()
    {
        var x = Tensor.From([1, 2, 3, 4, 5, 6], 2, 3);
        Assert.Equal([11f, 22, 33, 14, 25, 36], (x + Tensor.From([10, 20, 30], 3)).ToArray());
        Assert.Equal([11f, 22, 33, 14, 25, 36], (Tensor.From([10, 20, 30], 3) + x).ToArray());
        Assert.Equal([9f, 8, 7, 16, 15, 14], (Tensor.From([10, 20], 2, 1) - x).ToArray());
        Assert.Equal([2f, 4, 6, 8, 10, 12], (x * Tensor.From([2], 1)).ToArray());
        var outer = Tensor.From([1, 2], 2, 1) * Tensor.From([3, 4, 5], 1, 3);
        Assert.Equal([3f, 4, 5, 6, 8, 10], outer.ToArray());
        Assert.Equal([2, 2, 3], (Tensor.Zeros(2, 1, 3) + Tensor.Zeros(2, 1)).Shape.ToArray());
    }

    [Fact]
    public void One_hot_puts_a_one_at_each_index()
    {
        var oneHot = Tensor.OneHot([2, 0], 3);
        Assert.Equal([0f, 0, 1, 1, 0, 0], oneHot.ToArray());
        Assert.Equal([2, 1, 4], Tensor.OneHot([3, 1], 4, 2, 1).Shape.ToArray());
    }

    [Fact]
    public void Views_share_the_memory_and_results_do_not()
    {
        var x = Tensor.Zeros(2, 3);
        var (row, flat, copy) = (x[1], x.Reshape(-1), x * 1f);
        x.Write([0, 0, 0, 0, 7, 0]);
        Assert.Equal([0f, 7, 0], row.ToArray());
        Assert.Equal(7, flat.ToArray()[4]);
        Assert.Equal(0, copy.ToArray()[4]);
    }

    [Fact]
    public void Argmax_gives_the_first_of_the_largest_of_each_row() =>
        Assert.Equal([1, 0], Tensor.From([1, 5, 5, 2, 2, 2], 2, 3).ArgMax());

    [Fact]
    public void A_product_uses_a_changed_weight_anew()
    {
        var (x, w) = (Tensor.From([1, 1], 1, 2), Tensor.From([1, 2], 2, 1));
        Assert.Equal(3, Tensor.MatMul(x, w).ToScalar());
        w.Write([5, 2]);
        Assert.Equal(7, Tensor.MatMul(x, w).ToScalar());
    }

    [Fact]
    public void Nothing_is_recorded_in_no_gradient_mode_or_after_detaching()
    {
        var x = Tensor.From([2], 1).RequireGradient();
        using (GradientMode.Disable())
        {
            Assert.False(GradientMode.IsEnabled);
            Assert.False((x * x).RequiresGradient);
        }
        Assert.True(GradientMode.IsEnabled);
        var y = x * x;
        Assert.True(y.RequiresGradient);
        Assert.False(y.Detach().RequiresGradient);
        (y.Detach() * x).Backward();
        Assert.Equal(4, x.Gradient!.ToScalar());
    }

    [Fact]
    public void Gradients_of_several_passes_add_up_until_cleared()
    {
        var x = Tensor.From([3], 1).RequireGradient();
        (x * x).Backward();
        (x * x).Backward();
        Assert.Equal(12, x.Gradient!.ToScalar());
        x.ClearGradient();
        Assert.Null(x.Gradient);
        (x * x).Backward();
        Assert.Equal(6, x.Gradient!.ToScalar());
    }

    [Fact]
    public void A_record_is_used_up_by_one_pass()
    {
        var x = Tensor.From([3], 1).RequireGradient();
        var h = x * x;
        var loss = h.Sum();
        loss.Backward();
        Assert.Contains("Nothing was recorded", Assert.Throws<InvalidOperationException>(loss.Backward).Message);
        Assert.Contains("already went through", Assert.Throws<InvalidOperationException>((h * x).Backward).Message);
    }

    [Fact]
    public void Errors_name_the_shapes()
    {
        var (x, y) = (Tensor.Zeros(2, 3), Tensor.Zeros(4, 5));
        Assert.Contains("(2, 3) and (4, 5)", Assert.Throws<ArgumentException>(() => x + y).Message);
        Assert.Contains("(2, 3) and (4, 5)", Assert.Throws<ArgumentException>(() => Tensor.MatMul(x, y)).Message);
        Assert.Contains("6 elements", Assert.Throws<ArgumentException>(() => x.Reshape(4, -1)).Message);
        Assert.Contains("(2, 3)", Assert.Throws<ArgumentOutOfRangeException>(() => x.Slice(1, 2)).Message);
        Assert.Contains("(2, 3)", Assert.Throws<InvalidOperationException>(x.Backward).Message);
        Assert.Contains("(4, 5)", Assert.Throws<ArgumentException>(() => Tensor.Concatenate([x, y])).Message);
        Assert.Contains("0 to 2", Assert.Throws<ArgumentOutOfRangeException>(() => Tensor.OneHot([3], 3)).Message);
        Assert.Contains("1 labels", Assert.Throws<ArgumentException>(() => Tensor.SoftmaxCrossEntropy(x, [0])).Message);
        Assert.Throws<ArgumentException>(() => Tensor.Zeros(1, 2, 3, 4));
        Assert.Throws<ArgumentException>(() => Tensor.Zeros());
        Assert.Throws<OverflowException>(() => Tensor.Zeros(65536, 65536));
    }

    [Fact]
    public void A_computed_tensor_cannot_be_edited()
    {
        var x = Tensor.From([3], 1).RequireGradient();
        Assert.Throws<InvalidOperationException>(() => (x * x).Write([1]));
        Assert.Throws<InvalidOperationException>(() => (x * x).CopyFrom(x));
        Assert.Throws<InvalidOperationException>(() => (x * x).AddInPlace(x));
        Assert.Throws<ArgumentException>(() => x.Write([1, 2]));
    }
}
