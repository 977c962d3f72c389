using Recurrent.Cli.Commands;
using Recurrent.Cli.Output;
using Recurrent.Evaluation;

namespace Recurrent.Cli.Tests.Commands;

/// <summary>
/// Which part of a text <c>evaluate</c> measures, also where it has more tokens than an array can hold.
/// </summary>
public sealed class EvaluatedPartTests
{
    private const long Tokens = 6_000_000_000;

    [Fact]
    public void What_was_held_out_lies_behind_what_was_trained_on() =>
        Assert.Equal(
            (5_999_000_000, 1_000_000, MeasuredPart.HeldOut),
            ModelsText.PartOf(Tokens, trained: 5_999_000_000, heldOut: 1_000_000, share: null)
        );

    [Fact]
    public void Of_a_text_that_was_not_held_out_the_end_is_measured()
    {
        Assert.Equal(
            (5_999_500_000, 500_000, MeasuredPart.TrainedOn),
            ModelsText.PartOf(Tokens, trained: Tokens, heldOut: 0, share: null)
        );
        Assert.Equal(
            (5_400_000_000, 600_000_000, MeasuredPart.End),
            ModelsText.PartOf(Tokens, trained: 0, heldOut: 0, share: 0.1)
        );
    }

    [Fact]
    public void Another_text_is_measured_whole() =>
        Assert.Equal(
            (0, 1_000_000_000, MeasuredPart.Whole),
            ModelsText.PartOf(1_000_000_000, trained: 0, heldOut: 0, share: null)
        );

    [Fact]
    public void No_more_is_measured_than_memory_can_hold()
    {
        var most = Array.MaxLength - Baselines.MaxTraining;
        Assert.Equal(
            (3_000_000_000, most, MeasuredPart.HeldOut),
            ModelsText.PartOf(Tokens, trained: 3_000_000_000, heldOut: 3_000_000_000, share: null)
        );
        Assert.Equal(
            (Tokens - most, most, MeasuredPart.End),
            ModelsText.PartOf(Tokens, trained: 0, heldOut: 0, share: 1)
        );
    }
}
