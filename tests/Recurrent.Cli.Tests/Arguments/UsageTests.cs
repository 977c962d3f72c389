using Recurrent.Cli.Tests.Support;

namespace Recurrent.Cli.Tests.Arguments;

/// <summary>A wrong command line: exit code 2 and one sentence with the way out.</summary>
public sealed class UsageTests
{
    private const string TrainHelp = "; recurrent train --help shows how it is used.";
    private const string GenerateHelp = "; recurrent generate --help shows how it is used.";

    [Theory]
    [InlineData("--hidden", "0", "a whole number from 1 to 16,384")]
    [InlineData("--hidden", "16385", "a whole number from 1 to 16,384")]
    [InlineData("--hidden", "1.5", "a whole number from 1 to 16,384")]
    [InlineData("--hidden", "many", "a whole number from 1 to 16,384")]
    [InlineData("--layers", "0", "a whole number from 1 to 64")]
    [InlineData("--layers", "65", "a whole number from 1 to 64")]
    [InlineData("--dropout", "-0.1", "a number from 0 to below 1")]
    [InlineData("--dropout", "1", "a number from 0 to below 1")]
    [InlineData("--dropout", "NaN", "a number from 0 to below 1")]
    [InlineData("--embedding", "-1", "a whole number from 0 to 32,768")]
    [InlineData("--embedding", "32769", "a whole number from 0 to 32,768")]
    [InlineData("--sigma", "-1", "a number from 0 to 100")]
    [InlineData("--sigma", "101", "a number from 0 to 100")]
    [InlineData("--batch", "0", "a whole number from 1 to 65,536")]
    [InlineData("--batch", "65537", "a whole number from 1 to 65,536")]
    [InlineData("--steps", "-1", "a whole number from 1 to 65,536")]
    [InlineData("--steps", "65537", "a whole number from 1 to 65,536")]
    [InlineData("--epochs", "0", "a whole number from 1 to 1,000,000")]
    [InlineData("--epochs", "1000001", "a whole number from 1 to 1,000,000")]
    [InlineData("--lr", "0", "a number above 0 and at most 1,000")]
    [InlineData("--lr", "-1", "a number above 0 and at most 1,000")]
    [InlineData("--lr", "1001", "a number above 0 and at most 1,000")]
    [InlineData("--lr", "NaN", "a number above 0 and at most 1,000")]
    [InlineData("--lr", "1e999", "a number above 0 and at most 1,000")]
    [InlineData("--clip", "-0.1", "a number from 0 to 1,000,000")]
    [InlineData("--clip", "Infinity", "a number from 0 to 1,000,000")]
    [InlineData("--max-tokens", "-1", "a whole number of at least 0")]
    [InlineData("--max-tokens", "9223372036854775808", "at most 9223372036854775807")]
    [InlineData("--seed", "1.5", "a whole number from -9223372036854775808 to 18446744073709551615")]
    [InlineData("--seed", "18446744073709551616", "a whole number from -9223372036854775808 to 18446744073709551615")]
    [InlineData("--threads", "0", "a whole number from 1 to 256")]
    [InlineData("--threads", "257", "a whole number from 1 to 256")]
    [InlineData("--sampler", "shuffled", "sequential or random")]
    [InlineData("--normalize", "Letters", "none or letters")]
    [InlineData("--lines", "tab", "nothing or space")]
    [InlineData("--tokens", "syllables", "characters or words or bytes")]
    [InlineData("--preset", "paper", "text or book")]
    [InlineData("--budget", "3", "a time such as 30s, 5m or 1.5h, up to 24h")]
    [InlineData(
        "--model",
        "gpt",
        "rnn-scratch or rnn or rnn-relu or gru or gru-reset-before or lstm or mingru or minlstm"
    )]
    public void Names_the_option_the_value_and_the_range(string option, string value, string range) =>
        CliRunner
            .Plain("train", option, value)
            .AssertFailed(2, $"{option} is \"{value}\" and must be {range}{TrainHelp}");

    [Theory]
    [InlineData("--layers", "2")]
    [InlineData("--layers", "1")]
    [InlineData("--dropout", "0.5")]
    [InlineData("--embedding", "16")]
    [InlineData("--tied")]
    [InlineData("--bidirectional")]
    [InlineData("--sigma", "0.01")]
    public void What_the_chapters_network_has_not_needs_another_model(params string[] option) =>
        CliRunner
            .Plain(["train", "--preset", "book", .. option])
            .AssertFailed(
                2,
                $"{option[0]} is not for rnn-scratch, the network of Dive into Deep Learning as it is; "
                    + "choose another --model: rnn, rnn-relu, gru, gru-reset-before, lstm, mingru or "
                    + "minlstm."
            );

    [Theory]
    [InlineData("--hidden", "train", "--hidden", "3", "--hidden", "4")]
    [InlineData("--seed", "generate", "model.safetensors", "--seed", "1", "--seed", "2")]
    public void An_option_that_is_given_twice(string option, params string[] arguments)
    {
        var verb = arguments[0];
        CliRunner
            .Plain(arguments)
            .AssertFailed(
                2,
                $"{option} is given 2 times and must be given once; recurrent {verb} --help shows how it is used."
            );
    }

    [Theory]
    [InlineData(512, 0)]
    [InlineData(512, 64, "--embedding", "64")]
    [InlineData(64, 32, "--embedding", "32", "--hidden", "64")]
    [InlineData(128, 64, "--embedding", "64", "--hidden", "64", "--bidirectional")]
    public void Tied_weights_need_vectors_as_long_as_the_output(int needed, int given, params string[] options) =>
        CliRunner
            .Plain(["train", "--preset", "book", "--model", "gru", "--tied", .. options])
            .AssertFailed(
                2,
                $"--tied needs vectors as long as the layers' output, and --embedding is {given}; "
                    + $"choose --embedding {needed}."
            );

    [Theory]
    [InlineData("--length", "-1", "a whole number from 0 to 1,000,000")]
    [InlineData("--length", "1000001", "a whole number from 0 to 1,000,000")]
    public void Generate_too(string option, string value, string range) =>
        CliRunner
            .Plain("generate", "x.safetensors", option, value)
            .AssertFailed(2, $"{option} is \"{value}\" and must be {range}{GenerateHelp}");

    [Theory]
    [InlineData("There is no option --hiden (did you mean --hidden?)", "--hiden", "64")]
    [InlineData("There is no option --hiden (did you mean --hidden?)", "--hiden=64")]
    [InlineData("There is no option --hiden (did you mean --hidden?)", "story", "--hiden", "64")]
    [InlineData("There is no option --epohcs (did you mean --epochs?)", "--epohcs", "3")]
    [InlineData("There is no option --quantum-foam", "--quantum-foam")]
    [InlineData("--hidden needs a value", "--hidden")]
    [InlineData("--out is empty and must name a file", "--out", "")]
    [InlineData("The name of the text is empty", "")]
    public void Says_what_has_no_place_or_is_missing(string sentence, params string[] arguments) =>
        CliRunner.Plain(["train", .. arguments]).AssertFailed(2, sentence + TrainHelp);

    [Fact]
    public void An_option_that_a_verb_needs_is_named() =>
        CliRunner
            .Plain("import", "weights.pt")
            .AssertFailed(2, "import needs --vocabulary FILE; recurrent import --help shows how it is used.");

    [Fact]
    public void What_has_no_place_is_unexpected() =>
        CliRunner
            .Plain("inspect", "my.safetensors", "more")
            .AssertFailed(2, "Unexpected argument \"more\"; recurrent inspect --help shows how it is used.");

    [Fact]
    public void A_dataset_cannot_be_joined_with_files() =>
        CliRunner
            .Plain("train", "my.txt", "story")
            .AssertFailed(
                2,
                "story is a dataset, which cannot be joined with files; give it alone, or ./story for a file."
            );

    [Fact]
    public void An_option_that_is_given_twice_is_refused() =>
        Assert.Equal(2, CliRunner.Plain("train", "--hidden", "5", "--hidden", "6").ExitCode);

    [Fact]
    public void Generate_needs_a_model() =>
        CliRunner.Plain("generate").AssertFailed(2, $"generate needs a MODEL{GenerateHelp}");

    [Fact]
    public void Vocabulary_needs_a_text() =>
        CliRunner
            .Plain("vocabulary")
            .AssertFailed(2, "vocabulary needs a TEXT|DATASET|-; recurrent vocabulary --help shows how it is used.");

    [Theory]
    [InlineData("There is no verb \"trian\" (did you mean train?)", "trian")]
    [InlineData("There is no verb \"trian\" (did you mean train?)", "trian", "my.txt", "--epochs", "3")]
    [InlineData("There is no verb \"generat\" (did you mean generate?)", "generat")]
    [InlineData(
        "There is no verb \"quantum\", only train, generate, evaluate, compare, score, serve, pack, unpack, inspect, export, import, vocabulary, info, help",
        "quantum"
    )]
    [InlineData("There is no option --versoin (did you mean --version?)", "--versoin")]
    [InlineData("There is no option --bogus", "--bogus")]
    public void Another_verb_or_option_is_answered_with_the_nearest(string sentence, params string[] arguments) =>
        CliRunner.Plain(arguments).AssertFailed(2, sentence + "; recurrent --help shows how it is used.");

    [Theory]
    [InlineData("generate")]
    [InlineData("evaluate")]
    [InlineData("inspect")]
    [InlineData("export")]
    [InlineData("serve")]
    [InlineData("serve", "story.safetensors")]
    [InlineData("compare", "a.safetensors")]
    [InlineData("pack")]
    [InlineData("score")]
    [InlineData("import", "--vocabulary", "v.json")]
    public void An_option_that_does_not_exist_is_not_taken_for_a_file(params string[] arguments) =>
        Assert.StartsWith(
            "There is no option --sesion-dir",
            CliRunner.Plain([.. arguments, "--sesion-dir", "x"]).Error
        );

    [Theory]
    [InlineData("generate", "--temprature", "--temperature")]
    [InlineData("evaluate", "--jsn", "--json")]
    [InlineData("score", "--jsno", "--json")]
    [InlineData("inspect", "--jso", "--json")]
    [InlineData("export", "--onxn", "--onnx")]
    [InlineData("import", "--vocabluary", "--vocabulary")]
    [InlineData("vocabulary", "--tokesn", "--tokens")]
    public void Every_verb_knows_its_nearest_option(string verb, string given, string nearest) =>
        Assert.StartsWith(
            $"There is no option {given} (did you mean {nearest}",
            CliRunner.Plain(verb, "file", given).Error
        );

    [Fact]
    public void A_file_of_arguments_is_no_feature_so_an_at_sign_is_a_name() =>
        Assert.Contains("\"@list\" is neither a file, a folder nor a dataset", CliRunner.Plain("train", "@list").Error);
}
