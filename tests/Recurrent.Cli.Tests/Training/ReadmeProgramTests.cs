using Recurrent.Cli.Tests.Support;
using Recurrent.Formats;
using Recurrent.Tests.Docs;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Cli.Tests.Training;

/// <summary>README's program writes the file that the command line writes.</summary>
[Collection("Console and current folder")]
public sealed class ReadmeProgramTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Write(int verses) =>
        _folder.Write(
            "my.txt",
            string.Concat(Enumerable.Range(0, verses).Select(i => $"The miller sang verse {i % 37} of his song.\n"))
        );

    [Fact]
    public void Its_file_is_that_of_the_command_line_byte_for_byte()
    {
        var (text, model) = (Write(verses: 32), _folder["cli.safetensors"]);
        var result = CliRunner.Plain("train", text, "--out", model);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        var (folder, console) = (Environment.CurrentDirectory, Console.Out);
        Environment.CurrentDirectory = _folder.Path;
        Console.SetOut(TextWriter.Null);
        try
        {
            Snippets.Train();
        }
        finally
        {
            Console.SetOut(console);
            Environment.CurrentDirectory = folder;
        }
        Assert.Equal("my.txt", TrainedModel.Load(model).Training.Text);
        Assert.Equal(File.ReadAllBytes(model), File.ReadAllBytes(_folder["my.safetensors"]));
    }

    [Fact]
    public void So_is_that_of_a_plan_of_ones_own_with_a_best_epoch_before_the_last()
    {
        var (text, model) = (Write(verses: 300), _folder["cli.safetensors"]);
        string[] options = [.. "--hidden 12 --epochs 6 --lr 0.3 --min-frequency 2 --max-tokens 11000".Split(' ')];
        var result = CliRunner.Plain(["train", text, "--out", model, .. options]);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        var corpus = Corpus.FromFile(
            text,
            new CorpusOptions
            {
                Normalization = Normalization.None,
                MinFrequency = 2,
                MaxTokens = 11_000,
            },
            TestContext.Current.CancellationToken
        );
        var plan = TrainingPlan.For(corpus.Sequence.Length, corpus.Vocabulary.Count);
        plan = plan with
        {
            Model = plan.Model with { HiddenSize = 12 },
            Trainer = plan.Trainer with { Epochs = 6, LearningRate = 0.3 },
        };
        var session = new TrainingSession(corpus, plan);
        Assert.Equal(6, session.Run(TestContext.Current.CancellationToken).Count());
        session.Finish().Save(_folder["library.safetensors"]);
        Assert.NotEqual(6, TrainedModel.Load(model).Training.Epochs);
        Assert.Equal(File.ReadAllBytes(model), File.ReadAllBytes(_folder["library.safetensors"]));
    }
}

/// <summary>Tests that set what the whole process shares run alone.</summary>
[CollectionDefinition("Console and current folder", DisableParallelization = true)]
public sealed class ConsoleCollection;
