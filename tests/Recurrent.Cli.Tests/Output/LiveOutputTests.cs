using Recurrent.Cli.Hosting;
using Recurrent.Cli.Output;
using Recurrent.Cli.Tests.Support;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Cli.Tests.Output;

public sealed class LiveOutputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Screen Train(int width, int height, bool color = true, int epochs = 25)
    {
        using var runner = new CliRunner { Terminal = new Terminal(() => width, () => height, color) };
        var result = runner.Run(Tiny.Train(_folder["model.safetensors"], epochs));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        return Screen.Show(result.Out, width, height);
    }

    // Without the last line: how the model's path is broken depends on where the temporary folder is.
    private static string Shown(Screen screen) =>
        string.Concat(
            screen
                .Rows.TakeWhile(row => !row.StartsWith("report saved: ", StringComparison.Ordinal))
                .Select(row => $"{row}|\n")
        );

    [Fact]
    public void Leaves_the_curve_the_sample_and_the_result_on_the_screen() =>
        Golden.Check("train-live-100x30.txt", Shown(Train(100, 30)));

    [Fact]
    public void Fits_a_terminal_of_40_columns_and_20_rows()
    {
        var screen = Train(40, 20);
        Golden.Check("train-live-40x20.txt", Shown(screen));
    }

    [Theory]
    [InlineData(80, 24)]
    [InlineData(50, 24)]
    public void Shows_validation_the_best_epoch_and_the_learning_rate(int width, int height)
    {
        using var runner = new CliRunner { Terminal = new Terminal(() => width, () => height, Color: true) };
        string[] options = "--validation 0.2 --schedule cosine --optimizer adam --lr 0.05".Split(' ');
        var result = runner.Run(Tiny.Train(_folder["model.safetensors"], 25, options));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Golden.Check($"train-live-validated-{width}x{height}.txt", Shown(Screen.Show(result.Out, width, height)));
    }

    [Fact]
    public void Shows_that_it_is_at_work_before_the_first_epoch_is_over()
    {
        var time = new SteppingTime();
        var corpus = Corpus.FromText(new string('a', 2000));
        var plan = new TrainingPlan(
            new ModelConfiguration { VocabularySize = corpus.Vocabulary.Count, HiddenSize = 4 },
            new TrainerOptions { Epochs = 7 }
        );
        var session = new TrainingSession(corpus, plan, new() { Prompts = ["a"], Time = time });
        using var writer = new StringWriter();
        using (
            var output = new LiveOutput(writer, TextWriter.Null, new Terminal(() => 60, () => 24, Color: false), time)
        )
        {
            output.Started(session);
            time.Ring();
            Assert.Equal(2, writer.ToString().Split("\e[J").Length - 1);
            var rows = Screen.Show(writer.ToString(), 60, 24).Rows;
            Assert.StartsWith("epoch 1/7 ───", rows[2]);
            Assert.Equal("perplexity -  0 tokens/s", rows[3]);
        }
        var painted = writer.ToString();
        time.Ring();
        Assert.Equal(painted, writer.ToString());
    }

    [Fact]
    public void Each_of_several_networks_has_a_curve_of_its_own()
    {
        using var runner = new CliRunner { Terminal = new Terminal(() => 70, () => 24, Color: false) };
        var result = runner.Run(Tiny.Train(_folder["model.safetensors"], 9, "--networks", "2"));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        var rows = Screen.Show(result.Out, 70, 24).Rows;
        Assert.Single(rows, row => row.StartsWith("network 2 of 2, epoch 9/9 ━━━", StringComparison.Ordinal));
        Assert.Single(rows, row => row.StartsWith("     1    ", StringComparison.Ordinal) && row.EndsWith('9'));
        Assert.DoesNotContain(rows, row => row.EndsWith("18", StringComparison.Ordinal));
    }

    [Fact]
    public void A_terminal_that_fails_stops_the_training_and_the_model_is_saved()
    {
        var painted = 0;
        using var output = new FailingWriter(
            0,
            () =>
            {
                if (painted++ > 0)
                {
                    throw new IOException("The terminal is gone.");
                }
            }
        );
        CliRunner? runner = null;
        using (runner = new CliRunner { Out = output, Terminal = new Terminal(() => 80, () => 24, Color: true) })
        {
            // The first frame is painted; the timer's thread meets the error, and the next report tells of it.
            runner.Time.RingAtReading(10);
            var result = runner.Run(Tiny.Train(_folder["model.safetensors"], 1000));
            Assert.Equal(1, result.ExitCode);
            Assert.StartsWith("The terminal is gone; the model so far is saved in ", result.Error);
        }
        Assert.InRange(TrainedModel.Load(_folder["model.safetensors"]).Training.Epochs, 1, 10);
    }

    [Theory]
    [InlineData(20, 6)]
    [InlineData(10, 3)]
    [InlineData(3, 2)]
    [InlineData(1, 1)]
    public void Survives_a_terminal_of_any_size(int width, int height) => Train(width, height);

    [Fact]
    public void Without_colour_there_are_none() =>
        Assert.DoesNotContain(
            Train(80, 24, color: false).Styles.SelectMany(style => style.Split(';')),
            style => style is [('3' or '4' or '9'), _]
        );

    [Fact]
    public void With_colour_there_are_some() =>
        Assert.Contains("36", Train(80, 24).Styles.SelectMany(style => style.Split(';')));
}
