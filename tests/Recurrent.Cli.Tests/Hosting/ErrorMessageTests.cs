using Recurrent.Cli.Hosting;
using Recurrent.Training;

namespace Recurrent.Cli.Tests.Hosting;

public sealed class ErrorMessageTests
{
    [Fact]
    public void Memory_that_is_not_enough_says_what_to_make_smaller() =>
        Assert.Equal(
            ("There is not enough memory; choose a smaller --hidden, --batch or --steps, or a shorter text.", 1),
            ErrorMessage.Of(Record.Exception(() => new byte[int.MaxValue])!)
        );

    [Fact]
    public void A_card_with_too_little_memory_says_so_itself() =>
        Assert.Equal(("It is full.", 1), ErrorMessage.Of(new InsufficientMemoryException("It is full.")));

    [Fact]
    public void A_training_that_diverged_says_so_itself() =>
        Assert.Equal(("It is NaN.", 1), ErrorMessage.Of(new TrainingDivergedException("It is NaN.")));

    [Fact]
    public void Anything_else_is_a_mistake_of_ours_and_says_so()
    {
        var (sentence, exitCode) = ErrorMessage.Of(new InvalidOperationException("It broke."));
        Assert.Equal(1, exitCode);
        Assert.StartsWith("Unexpected InvalidOperationException: It broke. ", sentence);
        Assert.EndsWith("please report it together with the command line.", sentence);
    }
}
