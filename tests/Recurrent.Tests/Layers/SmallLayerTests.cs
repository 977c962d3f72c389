using Recurrent.Layers;
using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Tests.Layers;

/// <summary>Linear, Embedding and Dropout.</summary>
public sealed class SmallLayerTests
{
    private static readonly RandomStream s_random = new(2, 0);

    [Fact]
    public void A_linear_map_multiplies_and_adds()
    {
        var linear = new Linear(2, 3, s_random);
        linear.Weight.Write([1, 2, 3, 4, 5, 6]);
        linear.Bias.Write([10, 20, 30]);
        var y = linear.Forward(Tensor.From([1, 1, 0, 2], 2, 2));
        Assert.Equal([13f, 27, 41, 14, 28, 42], y.ToArray());
    }

    [Fact]
    public void A_linear_map_starts_as_PyTorchs_or_normal()
    {
        var values = new Linear(100, 30, s_random).Weight.ToArray();
        Assert.All(values, value => Assert.InRange(value, -0.1f, 0.1f));
        Assert.Equal(0.1 / Math.Sqrt(3), Deviation(values), 2e-3);
        var normal = new Linear(100, 30, s_random, initialDeviation: 0.5);
        Assert.Equal(0.5, Deviation(normal.Weight.ToArray()), 0.02);
        Assert.All(normal.Bias.ToArray(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void An_embedding_gives_the_vectors_of_tokens_and_starts_from_N_0_1()
    {
        var embedding = new Embedding(50, 40, s_random);
        Assert.Equal((50, 40), (embedding.Entries, embedding.Size));
        Assert.Equal(1, Deviation(embedding.Weight.ToArray()), 0.05);
        var vectors = embedding.Forward(Indices.From([7, 0, 7], 3, 1));
        Assert.Equal([3, 1, 40], vectors.Shape.ToArray());
        Assert.Equal(embedding.Weight[7].ToArray(), vectors[2].ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => embedding.Forward(Indices.From([50], 1, 1)));
        var narrow = new Embedding(50, 40, s_random, initialDeviation: 0.1);
        Assert.Equal(0.1, Deviation(narrow.Weight.ToArray()), 0.005);
    }

    [Fact]
    public void Only_the_vectors_that_were_read_are_learned()
    {
        var embedding = new Embedding(4, 2, s_random);
        embedding.Forward(Indices.From([1, 3, 1], 3, 1)).Sum().Backward();
        Assert.Equal([0f, 0, 2, 2, 0, 0, 1, 1], embedding.Weight.Gradient!.ToArray());
    }

    [Fact]
    public void Dropout_drops_while_training_only()
    {
        var x = Tensor.From([.. Enumerable.Repeat(3f, 100)], 100);
        Assert.Same(x, new Dropout(0.5).Forward(x, null));
        Assert.Same(x, new Dropout(0).Forward(x, s_random));
        var dropped = new Dropout(0.75).Forward(x, s_random).ToArray();
        Assert.Equal([0f, 12], dropped.Distinct().Order());
    }

    [Fact]
    public void Sizes_out_of_range_are_named()
    {
        Assert.StartsWith("inputs is 0", Refused(() => new Linear(0, 1, s_random)));
        Assert.StartsWith("outputs is -1", Refused(() => new Linear(1, -1, s_random)));
        Assert.StartsWith("initialDeviation is 0", Refused(() => new Linear(1, 1, s_random, 0)));
        Assert.StartsWith("entries is 0", Refused(() => new Embedding(0, 1, s_random)));
        Assert.StartsWith("size is 0", Refused(() => new Embedding(1, 0, s_random)));
        Assert.StartsWith("initialDeviation is NaN", Refused(() => new Embedding(1, 1, s_random, double.NaN)));
        Assert.StartsWith("probability is 1", Refused(() => new Dropout(1)));

        static string Refused(Func<object> make) => Assert.Throws<ArgumentOutOfRangeException>(make).Message;
    }

    private static double Deviation(float[] values) => Math.Sqrt(values.Average(value => (double)value * value));
}
