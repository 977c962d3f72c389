using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Tests.Tensors;

/// <summary>Each operator's derivative against finite differences over random shapes.</summary>
public sealed class DerivativeTests
{
    [Fact]
    public void Sum_difference_and_product_of_equal_shapes() =>
        Laws.Hold(
            Draw.Sizes,
            s =>
            {
                var (x, y) = (Draw.Values(s.Seed, s.M, s.N, s.K), Draw.Values(s.Seed + 1, s.M, s.N, s.K));
                FiniteDifferences.Check(t => t[0] + t[1], x, y);
                FiniteDifferences.Check(t => t[0] - t[1], x, y);
                FiniteDifferences.Check(t => t[0] * t[1], x, y);
                FiniteDifferences.Check(t => t[0] / ((t[1] * t[1]) + 1f), x, y);
            }
        );

    [Fact]
    public void Sum_difference_and_product_with_every_axis_repeated() =>
        Laws.Hold(
            Draw.Sizes,
            s =>
            {
                int[][] shapes =
                [
                    [s.K],
                    [1],
                    [s.N, s.K],
                    [s.N, 1],
                    [1, s.K],
                    [s.M, 1, s.K],
                    [s.M, 1, 1],
                    [1, s.N, 1],
                ];
                var full = Draw.Values(s.Seed, s.M, s.N, s.K);
                foreach (var shape in shapes)
                {
                    var part = Draw.Values(s.Seed + 1, shape);
                    FiniteDifferences.Check(t => t[0] + t[1], full, part);
                    FiniteDifferences.Check(t => t[0] + t[1], part, full);
                    FiniteDifferences.Check(t => t[0] - t[1], full, part);
                    FiniteDifferences.Check(t => t[0] - t[1], part, full);
                    FiniteDifferences.Check(t => t[0] * t[1], full, part);
                    FiniteDifferences.Check(t => t[0] * t[1], part, full);
                    FiniteDifferences.Check(t => t[0] / ((t[1] * t[1]) + 1f), full, part);
                    FiniteDifferences.Check(t => t[0] / ((t[1] * t[1]) + 1f), part, full);
                }
                FiniteDifferences.Check(t => t[0] * t[1], Draw.Values(s.Seed, s.M, 1), Draw.Values(s.Seed + 1, 1, s.N));
            }
        );

    [Fact]
    public void Scaling_and_shifting() =>
        Laws.Hold(
            Draw.Sizes,
            s => FiniteDifferences.Check(t => 1f - (-t[0] * 0.5f + 2f - 0.25f), Draw.Values(s.Seed, s.M, s.N))
        );

    [Fact]
    public void Activations() =>
        Laws.Hold(
            Draw.Sizes,
            s =>
            {
                var x = Draw.Values(s.Seed, s.M, s.N, s.K);
                FiniteDifferences.Check(t => Tensor.Tanh(t[0]), x);
                FiniteDifferences.Check(t => Tensor.Sigmoid(t[0]), x);
                FiniteDifferences.Check(t => Tensor.Relu(t[0]), x);
            }
        );

    [Fact]
    public void Matrix_product() =>
        Laws.Hold(
            Draw.Sizes,
            s =>
            {
                var b = Draw.Values(s.Seed + 1, s.K, s.N);
                FiniteDifferences.Check(t => Tensor.MatMul(t[0], t[1]), Draw.Values(s.Seed, s.M, s.K), b);
                FiniteDifferences.Check(t => Tensor.MatMul(t[0], t[1]), Draw.Values(s.Seed, 2, s.M, s.K), b);
            }
        );

    [Fact]
    public void Matrix_product_whose_right_operand_was_computed_or_serves_many_times() =>
        Laws.Hold(
            Draw.Sizes,
            s =>
            {
                var (x, w) = (Draw.Values(s.Seed, s.M, s.K), Draw.Values(s.Seed + 1, s.K, s.K));
                FiniteDifferences.Check(t => Tensor.MatMul(t[0], Tensor.Tanh(t[1])), x, w);
                FiniteDifferences.Check(t => Tensor.MatMul(Tensor.Tanh(Tensor.MatMul(t[0], t[1] * 0.3f)), t[1]), x, w);
                FiniteDifferences.Check(t => Tensor.MatMul(Tensor.Tanh(Tensor.MatMul(t[0], t[1])), t[1]), x, w);
                FiniteDifferences.Check(t => Tensor.MatMul(t[0], t[0]), w);
            }
        );

    [Fact]
    public void Linear_map_and_lookup() =>
        Laws.Hold(
            Draw.Sizes,
            s =>
            {
                var (weight, bias) = (Draw.Values(s.Seed + 1, s.N, s.K), Draw.Values(s.Seed + 2, s.N));
                FiniteDifferences.Check(
                    t => Tensor.Linear(t[0], t[1], t[2]),
                    Draw.Values(s.Seed, 2, s.M, s.K),
                    weight,
                    bias
                );
                var indices = Draw.Indices(s.Seed, 6, s.N);
                FiniteDifferences.Check(t => Tensor.Tanh(Tensor.Lookup(t[0], indices)), weight);
            }
        );

    [Fact]
    public void Transpose_reshape_and_slice() =>
        Laws.Hold(
            Draw.Sizes,
            s =>
            {
                var x = Draw.Values(s.Seed, s.M, s.N, s.K);
                FiniteDifferences.Check(t => Tensor.Transpose(t[0]), Draw.Values(s.Seed, s.M, s.N));
                FiniteDifferences.Check(t => Tensor.Tanh(t[0].Reshape(s.K, -1)), x);
                FiniteDifferences.Check(t => t[0][s.M - 1] * t[0][0], x);
                FiniteDifferences.Check(t => Tensor.Tanh(t[0].Slice(s.M / 2, s.M - (s.M / 2))), x);
            }
        );

    [Fact]
    public void Concatenate_along_each_axis() =>
        Laws.Hold(
            Draw.Sizes,
            s =>
            {
                var x = Draw.Values(s.Seed, s.M, s.N, s.K);
                FiniteDifferences.Check(t => Tensor.Concatenate(t), x, Draw.Values(s.Seed + 1, 2, s.N, s.K));
                FiniteDifferences.Check(t => Tensor.Concatenate(t, 1), x, Draw.Values(s.Seed + 1, s.M, 3, s.K));
                FiniteDifferences.Check(
                    t => Tensor.Concatenate([t[0], t[1], t[0]], -1),
                    x,
                    Draw.Values(s.Seed + 1, s.M, s.N, 1)
                );
            }
        );

    [Fact]
    public void Sum_and_mean() =>
        Laws.Hold(
            Draw.Sizes,
            s =>
            {
                var x = Draw.Values(s.Seed, s.M, s.N, s.K);
                FiniteDifferences.Check(t => t[0].Sum(), x);
                FiniteDifferences.Check(t => (t[0] * t[0]).Mean(), x);
            }
        );

    [Fact]
    public void Dropout() =>
        Laws.Hold(
            Draw.Sizes,
            s =>
            {
                var x = Draw.Values(s.Seed, s.M, s.N, s.K);
                var masks = new RandomStream(s.Seed, 1);
                FiniteDifferences.Check(t => Tensor.Dropout(t[0], 0.3, masks), x);
                FiniteDifferences.Check(t => Tensor.Dropout(Tensor.Tanh(t[0]), 0.6, masks), x);
            }
        );

    [Fact]
    public void Losses() =>
        Laws.Hold(
            Draw.Sizes,
            s =>
            {
                var labels = Draw.Indices(s.Seed, s.M, s.N);
                var logits = Draw.Values(s.Seed, s.M, s.N);
                FiniteDifferences.Check(t => Tensor.SoftmaxCrossEntropy(t[0], labels), logits);
                FiniteDifferences.Check(t => Tensor.SoftmaxCrossEntropy(t[0], labels) * 3f, logits);
                FiniteDifferences.Check(t => Tensor.SquaredLoss(t[0], t[1]), logits, Draw.Values(s.Seed + 1, s.M, s.N));
            }
        );

    [Fact]
    public void A_value_that_is_used_several_times_gets_the_sum() =>
        Laws.Hold(
            Draw.Sizes,
            s =>
                FiniteDifferences.Check(
                    t =>
                    {
                        var h = Tensor.Tanh(t[0]);
                        return ((h + h) * h) - (h + (h + t[0]));
                    },
                    Draw.Values(s.Seed, s.M, s.N)
                )
        );
}
