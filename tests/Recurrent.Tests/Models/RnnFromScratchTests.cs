using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Tests.Tensors;

namespace Recurrent.Tests.Models;

public sealed class RnnFromScratchTests
{
    private static readonly ModelConfiguration s_sizes = new() { VocabularySize = 28, HiddenSize = 64 };

    [Fact]
    public void Has_the_parameters_of_the_chapter()
    {
        var model = new RnnFromScratch(s_sizes, RandomStream.Parameters(1));
        Assert.Equal(
            ["W_xh (28, 64)", "W_hh (64, 64)", "b_h (64)", "W_hq (64, 28)", "b_q (28)"],
            model.Parameters.Select(parameter => $"{parameter.Name} {parameter.Value.Shape}")
        );
        foreach (var (name, value) in model.Parameters)
        {
            var deviation = Math.Sqrt((value * value).Mean().ToScalar());
            Assert.Equal(name.StartsWith('b') ? 0 : 0.01, deviation, 1e-3);
        }
    }

    [Fact]
    public void Reads_batch_by_steps_and_gives_steps_times_batch_by_vocabulary()
    {
        var model = new RnnFromScratch(s_sizes, RandomStream.Parameters(1));
        var (logits, state) = model.Forward(new int[10], 2, model.InitialState(2));
        Assert.Equal([10, 28], logits.Shape.ToArray());
        Assert.Equal([2, 64], state.Parts[0].Shape.ToArray());
    }

    [Fact]
    public void Two_halves_with_the_state_carried_give_what_the_whole_gives()
    {
        var model = new RnnFromScratch(s_sizes, RandomStream.Parameters(1));
        int[] tokens = [1, 2, 3, 4, 5, 6];
        var (whole, end) = model.Forward(tokens, 1, model.InitialState(1));
        var (first, middle) = model.Forward(tokens.AsSpan(0, 3), 1, model.InitialState(1));
        var (second, last) = model.Forward(tokens.AsSpan(3), 1, middle);
        float[] halves = [.. first.ToArray(), .. second.ToArray()];
        Assert.Equal(whole.ToArray(), halves);
        Assert.Equal(end.Parts[0].ToArray(), last.Parts[0].ToArray());
    }

    [Fact]
    public void A_row_alone_gives_what_it_gives_in_a_batch()
    {
        var model = new RnnFromScratch(s_sizes, RandomStream.Parameters(1));
        int[] tokens = [1, 2, 3, 7, 8, 9, 4, 5, 6];
        var (batch, _) = model.Forward(tokens, 3, model.InitialState(3));
        var (alone, _) = model.Forward(tokens.AsSpan(3, 3), 1, model.InitialState(1));
        for (var t = 0; t < 3; t++)
        {
            Assert.Equal(
                batch.ToArray().AsSpan(((t * 3) + 1) * 28, 28).ToArray(),
                alone.ToArray().AsSpan(t * 28, 28).ToArray()
            );
        }
    }

    [Fact]
    public void Takes_the_callers_parameters_state_and_step()
    {
        var model = new RnnFromScratch(
            s_sizes with
            {
                HiddenSize = 2,
            },
            RandomStream.Parameters(1),
            parameters: (vocabulary, hidden, random) => [new("scale", Tensor.From([hidden], 1))],
            initialState: (batch, hidden) => new ModelState(Tensor.Zeros(batch, 1) + 100f),
            step: (x, state, parameters) => ((x * parameters[0]) + state.Parts[0], new(state.Parts[0] + 1f))
        );
        var (logits, state) = model.Forward([0, 3], 1, model.InitialState(1));
        float[] read = [.. logits.ToArray()[..4], .. logits.ToArray()[28..32]];
        Assert.Equal([102f, 100, 100, 100, 101, 101, 101, 103], read);
        Assert.Equal(102, state.Parts[0].ToScalar());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16385)]
    public void Refuses_a_hidden_size_out_of_range(int hidden)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => s_sizes with { HiddenSize = hidden });
        Assert.Contains("1 to 16,384", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_tokens_that_make_no_rows() =>
        Assert.Contains(
            "7 indices do not make a matrix of 3 rows and 2 columns",
            Assert.Throws<ArgumentException>(() => TensorHelp.TimeMajor(new int[7], 2)).Message
        );
}
