using Recurrent.Layers;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Tests.Tensors;

namespace Recurrent.Tests.Layers;

public sealed class RecurrentLayersTests
{
    private static readonly RandomStream s_random = new(5, 0);

    private static readonly RecurrentOptions s_options = new()
    {
        InputSize = 4,
        HiddenSize = 3,
        Layers = 2,
        Bidirectional = true,
    };

    [Fact]
    public void Parameters_have_PyTorchs_names_and_shapes()
    {
        var names = new RecurrentLayers("gru", s_options, s_random).Parameters.Select(p => $"{p.Name} {p.Value.Shape}");
        Assert.Equal(
            [
                "weight_ih_l0 (9, 4)",
                "weight_hh_l0 (9, 3)",
                "bias_ih_l0 (9)",
                "bias_hh_l0 (9)",
                "weight_ih_l0_reverse (9, 4)",
                "weight_hh_l0_reverse (9, 3)",
                "bias_ih_l0_reverse (9)",
                "bias_hh_l0_reverse (9)",
                "weight_ih_l1 (9, 6)",
                "weight_hh_l1 (9, 3)",
                "bias_ih_l1 (9)",
                "bias_hh_l1 (9)",
                "weight_ih_l1_reverse (9, 6)",
                "weight_hh_l1_reverse (9, 3)",
                "bias_ih_l1_reverse (9)",
                "bias_hh_l1_reverse (9)",
            ],
            names
        );
    }

    [Fact]
    public void Initial_values_are_PyTorchs_or_normal_with_biases_of_zero()
    {
        var options = s_options with { HiddenSize = 50 };
        foreach (var (_, value) in new RecurrentLayers("lstm", options, s_random).Parameters)
        {
            var bound = 1 / MathF.Sqrt(50);
            Assert.All(value.ToArray(), x => Assert.InRange(x, -bound, bound));
            Assert.Equal(bound * bound / 3, Variance(value), bound * bound / 8);
        }
        foreach (
            var (name, value) in new RecurrentLayers(
                "lstm",
                options with
                {
                    InitialDeviation = 0.01,
                },
                s_random
            ).Parameters
        )
        {
            Assert.Equal(name.Contains("bias") ? 0 : 1e-4, Variance(value), 1e-5);
        }

        static double Variance(Tensor x) => x.ToArray().Average(value => (double)value * value);
    }

    [Fact]
    public void The_same_stream_gives_the_same_layers_and_none_is_like_another()
    {
        var options = s_options with { InputSize = 6 };
        var (first, second) = (
            new RecurrentLayers("rnn", options, s_random),
            new RecurrentLayers("rnn", options, s_random)
        );
        Assert.Equal(Values(first), Values(second));
        Assert.Distinct(Values(first).Chunk(6).Select(values => values[0]));

        static float[] Values(RecurrentLayers layers) => [.. layers.Parameters.SelectMany(p => p.Value.ToArray())];
    }

    [Fact]
    public void Dropout_stands_between_layers_and_is_off_without_a_stream()
    {
        var options = s_options with { HiddenSize = 40, Layers = 1, Dropout = 0.5 };
        var x = Draw.Values(1, 7, 5, 4);
        var one = new RecurrentLayers("lstm", options, s_random);
        Assert.Equal(Output(one, null), Output(one, new RandomStream(1, 1))); // nothing is between
        var two = new RecurrentLayers("lstm", options with { Layers = 2 }, s_random);
        Assert.Equal(
            Output(new RecurrentLayers("lstm", two.Options with { Dropout = 0 }, s_random), null),
            Output(two, null)
        );
        Assert.NotEqual(Output(two, null), Output(two, new RandomStream(1, 1)));
        Assert.NotEqual(Output(two, new RandomStream(1, 2)), Output(two, new RandomStream(1, 1)));
        Assert.Equal(Output(two, new RandomStream(1, 1)), Output(two, new RandomStream(1, 1)));
        Assert.DoesNotContain(0, Output(two, new RandomStream(1, 1))); // what the last layer gives is whole

        float[] Output(RecurrentLayers layers, RandomStream? dropout) =>
            layers.Forward(x, layers.ZeroState(5), dropout).Output.ToArray();
    }

    [Fact]
    public void Gradients_flow_through_what_was_dropped()
    {
        var layers = new RecurrentLayers("gru", s_options with { Dropout = 0.4 }, s_random);
        Tensor[] operands = [.. layers.Parameters.Select(parameter => parameter.Value), Draw.Values(2, 3, 2, 4)];
        FiniteDifferences.Check(
            t => layers.Forward(t[^1], layers.ZeroState(2), new RandomStream(3, 3)).Output,
            operands
        );
    }

    [Fact]
    public void An_embedding_is_read_the_same_whether_its_entries_or_its_tokens_are_fewer()
    {
        var layers = new RecurrentLayers("lstm", s_options, s_random);
        var tokens = Indices.From([0, 3, 2, 2, 1, 3], 3, 2);
        foreach (var entries in (int[])[4, 6, 7, 100])
        {
            var embedding = new Embedding(entries, 4, s_random.Fork(9));
            var vectors = embedding.Forward(tokens);
            var expected = layers.Forward(vectors, layers.ZeroState(2)).Output;
            var output = layers.Forward(tokens, layers.ZeroState(2), embedding).Output;
            Assert.Equal(expected.ToArray(), output.ToArray());
        }
    }

    [Fact]
    public void What_does_not_fit_is_named()
    {
        var layers = new RecurrentLayers("lstm", s_options, s_random);
        var state = layers.ZeroState(2);
        Assert.Contains(
            "(steps, batch, 4) and has (3, 2, 5)",
            Refused(() => layers.Forward(Tensor.Zeros(3, 2, 5), state))
        );
        Assert.Contains(
            "has 2 rows and the input, (3, 1, 4), has 1",
            Refused(() => layers.Forward(Tensor.Zeros(3, 1, 4), state))
        );
        Assert.Contains(
            "must have 8 tensors and has 2",
            Refused(() => layers.Forward(Tokens(1, 2), [state[0], state[1]]))
        );
        Assert.Contains(
            "Tensor 7 of the state must have shape (2, 3) and has (2, 4)",
            Refused(() => layers.Forward(Tokens(1, 2), [.. state.SkipLast(1), Tensor.Zeros(2, 4)]))
        );
        Assert.Contains(
            "shape (steps, 2), for the 2 rows of the state, with at least one step, and have (1, 3)",
            Refused(() => layers.Forward(Tokens(1, 2, 3), state))
        );
        Assert.Contains("and have (0, 2)", Refused(() => layers.Forward(Indices.From([], 0, 2), state)));
        Assert.Contains(
            "for the 0 rows of the state, with at least one step, and have (1, 0)",
            Refused(() => layers.Forward(Tokens(), layers.ZeroState(0)))
        );
        Assert.Contains("0 to 3", Refused(() => layers.Forward(Tokens(1, 4), state)));
        Assert.Contains(
            "must have vectors of 4 values and has 5",
            Refused(() => layers.Forward(Tokens(1, 2), state, new Embedding(9, 5, s_random)))
        );

        static Indices Tokens(params int[] step) => Indices.From(step, 1, step.Length);
        static string Refused(Action forward) => Assert.ThrowsAny<ArgumentException>(forward).Message;
    }

    [Fact]
    public void Options_out_of_range_name_the_value_and_the_bounds()
    {
        Assert.StartsWith(
            "InputSize is 0 and must be a whole number of at least 1.",
            Refused(() => s_options with { InputSize = 0 })
        );
        Assert.StartsWith(
            "HiddenSize is 16,385 and must be a whole number from 1 to 16,384.",
            Refused(() => s_options with { HiddenSize = 16385 })
        );
        Assert.StartsWith(
            "Layers is 65 and must be a whole number from 1 to 64.",
            Refused(() => s_options with { Layers = 65 })
        );
        Assert.StartsWith(
            "Dropout is 1 and must be a number from 0 to below 1.",
            Refused(() => s_options with { Dropout = 1 })
        );
        Assert.StartsWith("Dropout is NaN", Refused(() => s_options with { Dropout = double.NaN }));
        Assert.StartsWith(
            "InitialDeviation is 0 and must be a number above 0",
            Refused(() => s_options with { InitialDeviation = 0 })
        );

        static string Refused(Func<RecurrentOptions> options) =>
            Assert.Throws<ArgumentOutOfRangeException>(options).Message;
    }
}
