using Recurrent.Text;

namespace Recurrent.Tests.Text;

public sealed class ReadErrorTests
{
    [Fact]
    public void What_may_not_be_read_is_said_in_our_words() =>
        Assert.Equal(
            "there is no permission to read it; allow reading or name another file",
            ReadError.CauseOf(new UnauthorizedAccessException("Access to the path is denied."))
        );

    [Fact]
    public void Links_that_lead_back_to_themselves_are_said_to()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege there.");
        using var folder = new TemporaryFolder();
        File.CreateSymbolicLink(folder["a"], folder["b"]);
        File.CreateSymbolicLink(folder["b"], folder["a"]);
        var error = Assert.Throws<IOException>(() => TextFile.OpenRead(folder["a"]));
        Assert.Equal(
            $"Cannot read {folder["a"]}: its links lead back to themselves; name the file itself.",
            error.Message
        );
    }
}
