using System.Text;
using Recurrent.Cli.Hosting;

namespace Recurrent.Cli.Tests.Hosting;

public sealed class StandardOutputTests
{
    [Fact]
    public void Passes_everything_on()
    {
        using var interruption = new Interruption();
        using var inner = new MemoryStream();
        using var writer = StandardOutput.TextOf(StandardOutput.Reporting(inner, interruption));
        writer.NewLine = "\n";
        writer.Write('a');
        writer.Write("b");
        writer.Write(['c', 'd'], 1, 1);
        writer.WriteLine("e");
        writer.WriteLine();
        writer.Write($"{1}");
        Assert.Equal("abde\n\n1", Encoding.UTF8.GetString(inner.ToArray()));
    }

    [Fact]
    public void A_reader_that_goes_away_is_an_interruption()
    {
        using var interruption = new Interruption();
        var writes = 0;
        using var inner = new OutputStream(_ =>
        {
            if (++writes > 1)
            {
                throw new IOException("Broken pipe", 32);
            }
        });
        using var writer = StandardOutput.TextOf(StandardOutput.Reporting(inner, interruption));
        writer.WriteLine("one");
        Assert.Equal(0, interruption.Signal);
        writer.WriteLine("two");
        writer.WriteLine("three");
        Assert.Equal((Interruption.BrokenPipe, 2), (interruption.Signal, writes));
    }

    [Fact]
    public void Any_other_trouble_is_one_sentence()
    {
        using var interruption = new Interruption();
        using var inner = new OutputStream(_ => throw new IOException("No space left on device"));
        using var output = StandardOutput.Reporting(inner, interruption);
        Assert.Equal(
            "Cannot write to standard output (No space left on device); redirect it somewhere else.",
            Assert.Throws<FailureException>(() => output.Write("one"u8)).Message
        );
    }
}
