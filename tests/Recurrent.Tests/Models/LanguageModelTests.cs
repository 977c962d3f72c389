using Recurrent.Models;
using Recurrent.Randomness;

namespace Recurrent.Tests.Models;

public sealed class LanguageModelTests
{
    public static TheoryData<string> Kinds => [.. LanguageModel.Kinds];

    [Fact]
    public void The_kinds_are_these() =>
        Assert.Equal(
            ["rnn-scratch", "rnn", "rnn-relu", "gru", "gru-reset-before", "lstm", "mingru", "minlstm"],
            LanguageModel.Kinds
        );

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_model_of_each_kind_has_the_shapes_that_its_kind_says(string kind)
    {
        var configuration = new ModelConfiguration
        {
            Kind = kind,
            VocabularySize = 5,
            HiddenSize = 3,
        };

        var model = LanguageModel.Create(configuration, new RandomStream(1, 0));

        Assert.Equal(kind, model.Configuration.Kind);
        Assert.Equal(
            LanguageModel.Find(kind)!.ShapesOf(configuration),
            model.Parameters.Select(parameter => new ParameterShape(parameter.Name, parameter.Value.Shape))
        );
        Assert.True(LanguageModel.Find(kind)!.CanRestore(model));
        Assert.True(
            LanguageModel.Find(kind)!.CanRestore(LanguageModel.Find(kind)!.Restore(configuration, model.Parameters))
        );
    }

    [Fact]
    public void A_model_is_drawn_from_its_stream()
    {
        var configuration = new ModelConfiguration { VocabularySize = 5, HiddenSize = 3 };
        var stream = new RandomStream(1, 0);

        var weights = LanguageModel.Create(configuration, stream).Parameters[0].Value;

        Assert.Equal(new RnnFromScratch(configuration, stream).Parameters[0].Value.ToArray(), weights.ToArray());
    }

    [Fact]
    public void An_unknown_kind_is_named_with_those_that_are()
    {
        var configuration = new ModelConfiguration { Kind = "transformer", VocabularySize = 5 };

        var error = Assert.Throws<ArgumentException>(() => LanguageModel.Create(configuration, default));

        Assert.StartsWith(
            "There is no kind of model \"transformer\"; choose rnn-scratch, rnn, rnn-relu, gru, "
                + "gru-reset-before, lstm, mingru, minlstm.",
            error.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_model_too_large_for_tensors_is_refused_before_anything_is_allocated()
    {
        var configuration = new ModelConfiguration { VocabularySize = 200_000, HiddenSize = 16_384 };

        var error = Assert.Throws<ArgumentException>(() => LanguageModel.Create(configuration, default));

        Assert.StartsWith(
            "With a vocabulary of 200,000 entries and a hidden size of 16,384 a parameter has more values than the most "
                + "possible, 2,147,483,647; choose a smaller one.",
            error.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void One_line_makes_a_model_of_each_kind()
    {
        var rnn = LanguageModel.Create("rnn", 28);
        Assert.Equal(
            new ModelConfiguration
            {
                Kind = "rnn",
                VocabularySize = 28,
                HiddenSize = 256,
            },
            rnn.Configuration
        );
        var created = LanguageModel.Create(rnn.Configuration, RandomStream.Parameters(1));
        Assert.Equal(created.Parameters[1].Value.ToArray(), rnn.Parameters[1].Value.ToArray());
        foreach (var kind in LanguageModel.Kinds)
        {
            var (first, second) = (LanguageModel.Create(kind, 5, 6), LanguageModel.Create(kind, 5, 6, seed: 2));
            Assert.Equal(kind, first.Configuration.Kind);
            Assert.NotEqual(first.Parameters[0].Value.ToArray(), second.Parameters[0].Value.ToArray());
        }
        Assert.Throws<ArgumentException>(() => LanguageModel.Create("rnn-sine", 5, 6));
    }

    public static TheoryData<ModelConfiguration> MoreThanPlain
    {
        get
        {
            var plain = new ModelConfiguration { VocabularySize = 5, HiddenSize = 3 };
            return
            [
                plain with
                {
                    Layers = 2,
                },
                plain with
                {
                    Bidirectional = true,
                },
                plain with
                {
                    Dropout = 0.1,
                },
                plain with
                {
                    EmbeddingSize = 3,
                },
                plain with
                {
                    TiedWeights = true,
                },
                plain with
                {
                    InitialDeviation = 0.01,
                },
            ];
        }
    }

    [Theory]
    [MemberData(nameof(MoreThanPlain))]
    public void The_model_from_scratch_takes_no_more_than_its_sizes(ModelConfiguration configuration)
    {
        const string Message = "The model rnn-scratch has one layer in one direction over one-hot input";
        Assert.StartsWith(
            Message,
            Assert.Throws<ArgumentException>(() => LanguageModel.Create(configuration, default)).Message,
            StringComparison.Ordinal
        );
        Assert.StartsWith(
            Message,
            Assert.Throws<ArgumentException>(() => new RnnFromScratch(configuration, default)).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(0, false, 3)]
    [InlineData(4, false, 3)]
    [InlineData(3, true, 6)]
    public void Tied_weights_need_an_embedding_as_long_as_the_outputs_input(
        int embedding,
        bool bidirectional,
        int needed
    )
    {
        var configuration = new ModelConfiguration
        {
            Kind = "lstm",
            VocabularySize = 5,
            HiddenSize = 3,
            EmbeddingSize = embedding,
            Bidirectional = bidirectional,
            TiedWeights = true,
        };

        var error = Assert.Throws<ArgumentException>(() => LanguageModel.Create(configuration, default));

        Assert.StartsWith(
            $"Tied weights need an embedding as long as the output's input, {needed}, and its size is {embedding}; "
                + $"set EmbeddingSize to {needed}, or leave TiedWeights out.",
            error.Message,
            StringComparison.Ordinal
        );
    }
}
