using Recurrent.Cli.Tests.Support;

namespace Recurrent.Cli.Tests.Commands;

/// <summary>A place that takes no model is known before the training, and what stands there stays.</summary>
public sealed class BadDestinationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_missing_folder()
    {
        var result = CliRunner.Plain(Tiny.Train(_folder["none/model.safetensors"]));
        Assert.Equal(1, result.ExitCode);
        Assert.Equal("", result.Out);
        Assert.Contains($"the folder {_folder["none"]} does not exist", result.Error);
    }

    [Fact]
    public void A_folder() => Assert.Contains("it is a folder", CliRunner.Plain(Tiny.Train(_folder.Path)).Error);

    [Theory]
    [InlineData("model.safetensors.checkpoint")]
    [InlineData("model.report.html")]
    public void A_folder_in_the_place_of_what_stands_beside_the_model(string name)
    {
        Directory.CreateDirectory(_folder[name]);
        CliRunner
            .Plain(Tiny.Train(_folder["model.safetensors"], 3, "--resume"))
            .AssertFailed(1, $"Cannot write {_folder[name]}: it is a folder; name a file inside it, or move it away.");
        Assert.Equal(name, Path.GetFileName(Assert.Single(Directory.GetFileSystemEntries(_folder.Path))));
    }

    [Fact]
    public void A_text_of_the_users()
    {
        var path = _folder.Write("my.txt", "precious");
        var result = CliRunner.Plain(Tiny.Train(path));
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("would be lost", result.Error);
        Assert.Equal("precious", File.ReadAllText(path));
    }

    [Fact]
    public void The_text_itself_even_where_it_is_a_model()
    {
        var model = _folder["model.safetensors"];
        CliRunner.Plain(Tiny.Train(model));
        var bytes = File.ReadAllBytes(model);
        CliRunner
            .Plain(Tiny.Train(model, 3, model, "--tokens", "bytes", "--normalize", "none"))
            .AssertFailed(1, $"{model} is the text itself; name another file with --out.");
        Assert.Equal(bytes, File.ReadAllBytes(model));
    }
}
