using Recurrent.Cli.Tests.Support;
using Recurrent.Cli.Training;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Text;

namespace Recurrent.Cli.Tests.Training;

public sealed class ModelSaverTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TrainedModel _model;

    public ModelSaverTests()
    {
        var codec = Corpus.FromText("abc").Codec;
        var configuration = new ModelConfiguration { VocabularySize = codec.Vocabulary.Count, HiddenSize = 2 };
        var model = LanguageModel.Create(configuration, RandomStream.Parameters(1));
        _model = new TrainedModel(model, codec, new TrainingSummary());
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Saves_where_it_should()
    {
        Assert.Equal((_folder["model"], null, null), ModelSaver.Save(_model, _folder["model"]));
        TrainedModel.Load(_folder["model"]);
    }

    [Fact]
    public void Saves_elsewhere_where_it_must_and_leaves_what_stands_there()
    {
        var text = _folder.Write("my.txt", "precious");
        var (path, problem, _) = ModelSaver.Save(_model, text);
        Assert.Contains("would be lost", problem);
        Assert.Equal("precious", File.ReadAllText(text));
        TrainedModel.Load(path!);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void Says_what_is_wrong_with_a_model_that_no_file_takes()
    {
        var weights = _model.Model.Parameters[0].Value;
        weights.Write([float.NaN, .. weights.ToArray().AsSpan(1)]);
        var (path, problem, _) = ModelSaver.Save(_model, _folder["model"]);
        Assert.Null(path);
        Assert.Contains("W_xh", problem);
        Assert.Empty(_folder.Names);
    }
}
