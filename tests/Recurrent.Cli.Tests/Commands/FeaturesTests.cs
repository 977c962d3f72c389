using Recurrent.Cli.Tests.Support;
using Recurrent.Emulation;
using Recurrent.Formats;
using Recurrent.Tensors;

namespace Recurrent.Cli.Tests.Commands;

/// <summary>Context features from training to generation, on the command line.</summary>
public sealed class FeaturesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Model => _folder["model.safetensors"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_model_with_them_is_trained_shown_and_written_with()
    {
        var result = Run(null, "--features", "20");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("embedding 8, 20 rows of each context feature", result.Lines[0]);
        var features = TrainedModel.Load(Model).Network.Configuration.Features!;
        Assert.Equal((20, true), (features.Rows, features.HasWords));
        Assert.Contains(
            "features      20 rows of each, dropped with probability 0.2",
            CliRunner.Plain("inspect", Model).Lines
        );
        Assert.Contains("\"features\":{\"rows\":20,", CliRunner.Plain("inspect", Model, "--json").Out);
        Assert.Equal(CliRunner.Plain("generate", Model).Out, CliRunner.Plain("generate", Model).Out);
        Assert.Equal(0, CliRunner.Plain("evaluate", Model, "story").ExitCode);
    }

    [Fact]
    public void Given_alone_the_option_means_the_usual_number_of_rows()
    {
        Assert.Equal(0, Run(null, "--features").ExitCode);
        Assert.Equal(16384, TrainedModel.Load(Model).Network.Configuration.Features!.Rows);
    }

    [Fact]
    public void They_are_refused_where_they_cannot_be()
    {
        Run(null, "--features", "--embedding", "0")
            .AssertFailed(2, "--features are added to an embedding, and --embedding is 0; leave one of them out.");
        CliRunner.Plain(Tiny.Train(Model, 2, "--features", "--model", "rnn-scratch")).AssertFailed(2, NotOfScratch);
        Run(new EmulatedCard(), "--features", "--device", "gpu")
            .AssertFailed(
                1,
                "Context features are not computed on a graphics card, gpu:0, Emulated card; leave out --features or "
                    + "--device."
            );
        Assert.Empty(_folder.Names);
        Assert.EndsWith("; on cpu", Run(new EmulatedCard(), "--features", "20", "--device", "auto").Lines[0]);
    }

    private const string NotOfScratch =
        "--features is not for rnn-scratch, the network of Dive into Deep Learning as it is; choose another --model: "
        + "rnn, rnn-relu, gru, gru-reset-before, lstm, mingru or minlstm.";

    private CliResult Run(EmulatedCard? card, params string[] options)
    {
        using var runner = card is null ? new CliRunner() : new CliRunner { Gpus = new Gpus(() => 1, _ => card) };
        runner.Time.Growth = 1.05; // a card is the faster one
        string[] embedding = options.Contains("--embedding") ? [] : ["--embedding", "8"];
        return runner.Run(Tiny.Train(Model, 2, ["--model", "gru", .. embedding, .. options]));
    }
}
