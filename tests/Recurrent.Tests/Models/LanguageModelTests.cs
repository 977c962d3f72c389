using Recurrent.Models;
using Recurrent.Randomness;

namespace Recurrent.Tests.Models;

public sealed class LanguageModelTests
{
    public static TheoryData<string> Kinds => [.. LanguageModel.Kinds];

    [Fact]
    public void TheKindsAreThese() =>
        Assert.Equal(["rnn-scratch", "rnn", "gru", "lstm"], LanguageModel.Kinds);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void AModelOfEachKindHasTheShapesThatItsKindSays(string kind)
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
        Assert.True(LanguageModel.Find(kind)!.IsWhole(model));
        Assert.True(
            LanguageModel
                .Find(kind)!
                .IsWhole(LanguageModel.Find(kind)!.Restore(configuration, model.Parameters))
        );
    }

    [Fact]
    public void AModelIsDrawnFromItsStream()
    {
        var configuration = new ModelConfiguration { VocabularySize = 5, HiddenSize = 3 };
        var stream = new RandomStream(1, 0);

        var weights = LanguageModel.Create(configuration, stream).Parameters[0].Value;

        Assert.Equal(new RnnFromScratch(configuration, stream).Parameters[0].Value.Values, weights.Values);
    }

    [Fact]
    public void AnUnknownKindIsNamedWithThoseThatAre()
    {
        var configuration = new ModelConfiguration { Kind = "transformer", VocabularySize = 5 };

        var error = Assert.Throws<ArgumentException>(() => LanguageModel.Create(configuration, default));

        Assert.StartsWith(
            "There is no kind of model \"transformer\"; choose rnn-scratch, rnn, gru, lstm.",
            error.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void AModelTooLargeForTensorsIsRefusedBeforeAnythingIsAllocated()
    {
        var configuration = new ModelConfiguration { VocabularySize = 200_000, HiddenSize = 16_384 };

        var error = Assert.Throws<ArgumentException>(() => LanguageModel.Create(configuration, default));

        Assert.StartsWith(
            "With a vocabulary of 200000 entries and a hidden size of 16384 a parameter has more values than the most "
                + "possible, 2147483647; choose a smaller one.",
            error.Message,
            StringComparison.Ordinal
        );
    }
}
