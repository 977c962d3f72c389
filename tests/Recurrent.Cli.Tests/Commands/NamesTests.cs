using Recurrent.Cli.Tests.Support;
using Recurrent.Formats;

namespace Recurrent.Cli.Tests.Commands;

/// <summary>Names of files that could be taken for something else: links, options, datasets.</summary>
public sealed class NamesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Model => _folder["model.safetensors"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_link_whose_target_does_not_exist_yet_is_written_through()
    {
        File.CreateSymbolicLink(_folder["first"], "second");
        File.CreateSymbolicLink(_folder["second"], "target.safetensors");
        var result = CliRunner.Plain(Tiny.Train(_folder["first"], 1, "--no-report"));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(["first", "second", "target.safetensors"], _folder.Names);
        Assert.Equal("second", new FileInfo(_folder["first"]).LinkTarget);
        Assert.Equal(1, TrainedModel.Load(_folder["target.safetensors"]).Training.Epochs);
    }

    [Fact]
    public void Links_that_lead_back_to_themselves_are_said()
    {
        const string Loop = "its links lead back to themselves; name the file itself.";
        File.CreateSymbolicLink(_folder["a"], "b");
        File.CreateSymbolicLink(_folder["b"], "a");
        var a = _folder["a"];
        CliRunner.Plain("train", a).AssertFailed(1, $"Cannot read {a}: {Loop}");
        CliRunner.Plain("inspect", a).AssertFailed(1, $"Cannot read {a}: {Loop}");
        CliRunner.Plain("import", a, "--vocabulary", a).AssertFailed(1, $"Cannot read {a}: {Loop}");
        CliRunner.Plain(Tiny.Train(a)).AssertFailed(1, $"Cannot write {a}: {Loop}");
        CliRunner.Plain(Tiny.Train(Model));
        CliRunner.Plain("export", Model, "--onnx", a).AssertFailed(1, $"Cannot write {a}: {Loop}");
        CliRunner.Plain("generate", Model, "--prompt-file", a).AssertFailed(1, $"Cannot read {a}: {Loop}");
    }

    [Fact]
    public void After_a_double_dash_a_name_may_begin_with_a_dash()
    {
        CliRunner
            .Plain("vocabulary", "--", "-no-such.txt")
            .AssertFailed(
                1,
                "\"./-no-such.txt\" is neither a file, a folder nor a dataset; check the path, or give a dataset: "
                    + "story, time-machine or war-of-the-worlds."
            );
        CliRunner
            .Plain("vocabulary", "-no-such.txt")
            .AssertFailed(2, "There is no option -no-such.txt; recurrent vocabulary --help shows how it is used.");
    }

    [Fact]
    public async Task A_file_with_the_name_of_a_dataset_is_pointed_to()
    {
        _folder.Write("story", "aaaa");
        var vocabulary = $"{RecurrentProcess.CommandLine} vocabulary";
        var dataset = await RecurrentProcess.ShellAsync($"{vocabulary} story", _folder.Path);
        Assert.Equal(
            (0, "story is read as the dataset; for the file of that name in this folder, write ./story.\n"),
            (dataset.ExitCode, dataset.Error)
        );
        var file = await RecurrentProcess.ShellAsync($"{vocabulary} ./story", _folder.Path);
        Assert.Equal((0, ""), (file.ExitCode, file.Error));
        Assert.NotEqual(dataset.Out, file.Out);
    }
}
