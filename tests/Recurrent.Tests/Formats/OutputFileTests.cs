using Recurrent.Formats;

namespace Recurrent.Tests.Formats;

public sealed class OutputFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_new_file_an_empty_one_and_a_model_may_be_written()
    {
        File.WriteAllText(_folder["empty"], "");
        TinyModel.Create().Save(_folder["model"]);
        File.WriteAllBytes(_folder["newer"], RawSafetensors.Changed(file => file.Metadata["version"] = "2"));

        foreach (var name in (string[])["new", "empty", "model", "newer"])
        {
            TrainedModel.CheckDestination(_folder[name]);
        }

        Assert.Equal(["empty", "model", "newer"], _folder.Names);
        Assert.Equal(TinyModel.Save(TinyModel.Create()), File.ReadAllBytes(_folder["model"]));
    }

    [Fact]
    public void A_damaged_model_may_be_written_over()
    {
        var file = TinyModel.Save(TinyModel.Create());
        File.WriteAllBytes(_folder["model"], file[..^5]);

        TrainedModel.CheckDestination(_folder["model"]);
    }

    [Fact]
    public void Any_other_file_may_not()
    {
        AssertRefused("The Time Machine, by H. G. Wells"u8.ToArray());
        AssertRefused(@"\section{LaTeX}"u8.ToArray());
        AssertRefused("a"u8.ToArray());
        AssertRefused(new byte[100]);
        // Someone else's weights.
        AssertRefused(RawSafetensors.Join("""{"__metadata__":{"format":"pt"}}"""));
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_named()
    {
        var error = Assert.Throws<IOException>(() => TrainedModel.CheckDestination(_folder["missing/model"]));
        Assert.Contains("does not exist; create it first", error.Message, StringComparison.Ordinal);

        error = Assert.Throws<IOException>(() => TrainedModel.CheckDestination(_folder.Path));
        Assert.Contains(
            "it is a folder; name a file inside it, or move it away",
            error.Message,
            StringComparison.Ordinal
        );

        Assert.Throws<ArgumentException>(() => TrainedModel.CheckDestination(""));
    }

    private void AssertRefused(byte[] content)
    {
        var path = _folder["mine"];
        File.WriteAllBytes(path, content);

        var error = Assert.Throws<ModelFileException>(() => TrainedModel.CheckDestination(path));

        Assert.Equal(
            $"Cannot write {path}: a file that is not a model is there and would be lost; choose another name.",
            error.Message
        );
        Assert.Equal(content, File.ReadAllBytes(path));
    }
}
