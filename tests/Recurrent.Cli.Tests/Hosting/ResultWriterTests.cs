using Recurrent.Cli.Hosting;
using Recurrent.Cli.Tests.Support;

namespace Recurrent.Cli.Tests.Hosting;

public sealed class ResultWriterTests
{
    [Fact]
    public void Passes_everything_on()
    {
        using var interruption = new Interruption();
        using var inner = new StringWriter();
        using var writer = new ResultWriter(inner, interruption) { NewLine = "\n" };
        writer.Write('a');
        writer.Write("b");
        writer.Write(['c', 'd'], 1, 1);
        writer.WriteLine("e");
        writer.WriteLine();
        writer.Write($"{1}");
        Assert.Equal("abde\n\n1", inner.ToString());
    }

    [Fact]
    public void A_reader_that_goes_away_is_an_interruption()
    {
        using var interruption = new Interruption();
        using var inner = new FailingWriter(1, () => throw new IOException("Broken pipe", 32));
        using var writer = new ResultWriter(inner, interruption);
        writer.WriteLine("one");
        Assert.Equal(0, interruption.Signal);
        writer.WriteLine("two");
        writer.WriteLine("three");
        Assert.Equal(Interruption.BrokenPipe, interruption.Signal);
    }

    [Fact]
    public void Any_other_trouble_is_one_sentence()
    {
        using var interruption = new Interruption();
        using var inner = new FailingWriter(0, () => throw new IOException("No space left on device"));
        using var writer = new ResultWriter(inner, interruption);
        Assert.Equal(
            "Cannot write to standard output (No space left on device); redirect it somewhere else.",
            Assert.Throws<FailureException>(() => writer.WriteLine("one")).Message
        );
    }
}
