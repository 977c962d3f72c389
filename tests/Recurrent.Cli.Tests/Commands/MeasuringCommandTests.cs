using System.Text;
using System.Text.Json;
using Recurrent.Cli.Tests.Support;
using Recurrent.Evaluation;
using Recurrent.Formats;

namespace Recurrent.Cli.Tests.Commands;

/// <summary>The verbs evaluate and score.</summary>
public sealed class MeasuringCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _model;

    public MeasuringCommandTests()
    {
        _model = _folder["model.safetensors"];
        CliRunner.Plain(Tiny.Train(_model, 5));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Evaluate_prints_the_model_beside_the_baselines()
    {
        var result = CliRunner.Plain("evaluate", _model, "story");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        string[] first = [.. result.Lines.Skip(2).Select(line => line.Split(' ')[0])];
        string[] expected =
        [
            .. "model uniform unigram 2-gram 3-gram 4-gram 5-gram 6-gram 7-gram 8-gram gzip brotli 95% the".Split(' '),
        ];
        Assert.Equal(expected, first);
        Assert.Contains(" on story, the last ", result.Lines[0]);
        Assert.Matches(@"^the \d-gram is better than the model by \d\.\d{4} bits per character, ", result.Lines[^1]);
    }

    [Fact]
    public void Evaluate_prints_what_the_library_measures_as_json()
    {
        var text = new string([.. Enumerable.Range(0, 3000).Select(i => "the tide was out "[i * i % 17])]);
        var path = _folder.Write("text.txt", Encoding.UTF8.GetBytes(text));
        var result = CliRunner.Plain("evaluate", _model, path, "--json", "--validation", "1");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        using var json = JsonDocument.Parse(result.Out);
        var root = json.RootElement;
        var trained = TrainedModel.Load(_model);
        var expected = ModelEvaluator.Measure(trained, text, TestContext.Current.CancellationToken);
        Assert.Equal(expected.BitsPerCharacter, root.GetProperty("bitsPerCharacter").GetDouble());
        Assert.Equal(expected.BitsPerByte, root.GetProperty("bitsPerByte").GetDouble());
        Assert.Equal(expected.Perplexity, root.GetProperty("perplexity").GetDouble());
        Assert.Equal(expected.Tokens, root.GetProperty("tokens").GetInt32());
        var interval = root.GetProperty("confidence95").GetProperty("perplexity");
        Assert.InRange(expected.Perplexity, interval[0].GetDouble(), interval[1].GetDouble());
        Assert.Equal(
            ["uniform", "gzip", "brotli"],
            root.GetProperty("baselines").EnumerateArray().Select(one => one.GetProperty("name").GetString())
        );
    }

    [Theory]
    [InlineData("characters", "0")]
    [InlineData("bytes", "2000")]
    public void Evaluate_finds_the_lines_that_the_training_held_out(string tokens, string maxTokens)
    {
        // Two kinds of lines: had it measured others than those held out, the perplexity would be another.
        string[] lines = [.. Enumerable.Range(0, 300).Select(i => i % 3 == 0 ? $"the tide {i}" : $"no {i * i}")];
        var text = _folder.Write("lines.txt", string.Join('\n', lines) + "\n");
        var log = CliRunner.Plain([
            "train",
            text,
            .. "--validation 0.2 --validation-lines --seed 5 --epochs 3 --hidden 16 --batch 1 --no-report".Split(' '),
            .. $"--tokens {tokens} --max-tokens {maxTokens} --out {_model}".Split(' '),
        ]);
        Assert.Equal(0, log.ExitCode);
        var trained = TrainedModel.Load(_model).Training;
        var heldOut = log.Out.Split(" for validation)")[0].Split('(')[^1];
        using var json = JsonDocument.Parse(CliRunner.Plain("evaluate", _model, text, "--json").Out);
        var root = json.RootElement;
        Assert.Equal("heldOut", root.GetProperty("part").GetString());
        Assert.Equal(heldOut, $"{root.GetProperty("tokens")}");
        Assert.Equal(trained.ValidationPerplexity!.Value, root.GetProperty("perplexity").GetDouble(), 0.02);
        Assert.Contains(
            "6-gram", // learnt from the others
            root.GetProperty("baselines").EnumerateArray().Select(one => one.GetProperty("name").GetString())
        );
    }

    [Fact]
    public void N_grams_learn_from_several_files()
    {
        _folder.Write("a.txt", "the tide was out\n");
        _folder.Write("b.txt", "the tide was in\n");
        _folder.Write("both.txt", "the tide was out\n\nthe tide was in\n");
        var unseen = _folder.Write("unseen.txt", "was the tide in");
        string Measured(params string[] training) =>
            CliRunner
                .Plain([
                    "evaluate",
                    _model,
                    unseen,
                    .. training.SelectMany(name => (string[])["--training", _folder[name]]),
                ])
                .Out;
        Assert.Contains("6-gram", Measured("both.txt"));
        Assert.Equal(Measured("both.txt"), Measured("a.txt", "b.txt"));
        Assert.NotEqual(Measured("both.txt"), Measured("a.txt"));
    }

    [Theory]
    [InlineData("--column", "t.csv", "id,text\n{0}", "1,the tide was out\n")]
    [InlineData("--field", "t.jsonl", "{0}", "{{\"id\":1,\"text\":\"the tide was out\"}}\n")]
    public void Columns_and_fields_are_kept_for_evaluate_and_going_on(
        string option,
        string name,
        string table,
        string row
    )
    {
        row = row.Replace("{{", "{").Replace("}}", "}");
        var text = _folder.Write(name, table.Replace("{0}", string.Concat(Enumerable.Repeat(row, 100))));
        var (model, on) = (_folder["m.safetensors"], _folder["on.safetensors"]);
        string[] small = "--epochs 2 --batch 4 --steps 8 --no-report".Split(' ');
        Assert.Equal(
            0,
            CliRunner.Plain(["train", text, option, "text", "--hidden", "8", "-o", model, .. small]).ExitCode
        );
        Assert.Contains(new(option[2..], "text"), TrainedModel.Load(model).Training.Settings);
        var given = CliRunner.Plain("evaluate", model, text, option, "text");
        Assert.Equal((0, ""), (given.ExitCode, given.Error));
        Assert.Equal(given.Out, CliRunner.Plain("evaluate", model, text).Out);
        Assert.Equal(0, CliRunner.Plain(["train", text, "--from", model, "-o", on, .. small]).ExitCode);
        Assert.Contains(new(option[2..], "text"), TrainedModel.Load(on).Training.Settings);

        var plain = _folder.Write("plain.txt", "the tide was in\nthe tide was out\n");
        var refused = CliRunner.Plain("evaluate", model, plain);
        Assert.Equal(1, refused.ExitCode);
        Assert.EndsWith(
            "; or take the file as it is, and not the "
                + $"{option[2..]} text that the model was trained on, with {option} \"\".\n",
            refused.Error
        );
        Assert.Equal(0, CliRunner.Plain("evaluate", model, plain, option, "").ExitCode);
    }

    [Fact]
    public void A_checkpoint_says_that_it_is_of_a_column()
    {
        var text = _folder.Write("t.csv", "text\n" + string.Concat(Enumerable.Repeat("the tide was out\n", 100)));
        string[] train =
        [
            "train",
            text,
            .. $"--epochs 2 --batch 4 --steps 8 --hidden 8 --keep 1 -o {_model}".Split(' '),
        ];
        Assert.Equal(0, CliRunner.Plain([.. train, "--column", "text"]).ExitCode);
        Assert.Contains(
            ": it is of a training run with column text; give the settings it was begun with, or ",
            CliRunner.Plain([.. train, "--resume"]).Error
        );
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1001")]
    public void Evaluate_measures_what_the_training_held_out(string maxTokens)
    {
        string[] options = ["--max-tokens", maxTokens, "--epochs", "2", "--hidden", "16", "--threads", "1"];
        var log = CliRunner.Plain([
            "train",
            "story",
            "--validation",
            "0.3",
            "--batch",
            "1",
            "--out",
            _model,
            .. options,
        ]);
        var trained = TrainedModel.Load(_model);
        var corpus = (long)trained.Codec.Vocabulary.Frequencies.Sum();
        var heldOut = (int)((maxTokens == "0" ? corpus : 1001) * 0.3);
        Assert.Contains($"({heldOut:#,0} for validation)", log.Out);

        var result = CliRunner.Plain("evaluate", _model, "story");
        Assert.Contains($" on story, the {heldOut:#,0} tokens that its training run held out: ", result.Lines[0]);
        using var json = JsonDocument.Parse(CliRunner.Plain("evaluate", _model, "story", "--json").Out);
        Assert.Equal("heldOut", json.RootElement.GetProperty("part").GetString());
        // Up to the first token, which validation does not predict, it is the validation perplexity.
        Assert.Equal(
            trained.Training.ValidationPerplexity!.Value,
            json.RootElement.GetProperty("perplexity").GetDouble(),
            trained.Training.ValidationPerplexity!.Value * 0.02
        );

        Assert.Contains(
            "all 100 tokens: ",
            CliRunner.Plain("evaluate", _model, _folder.Write("other.txt", new string('a', 100))).Out
        );
        Assert.Contains(
            maxTokens == "0" ? ", which it was trained on: " : " tokens: ",
            CliRunner.Plain("evaluate", _model, "story", "--validation", "0.4").Lines[0]
        );
    }

    [Fact]
    public void Evaluate_measures_another_text_whole_beside_n_grams_of_the_training_text()
    {
        var other = _folder.Write("other.txt", string.Concat(Enumerable.Repeat("the tide was out\n", 100)));
        var alone = CliRunner.Plain("evaluate", _model, other);
        Assert.Contains("on other.txt, all 1,600 tokens: 1,600 characters", alone.Lines[0]);
        Assert.DoesNotContain("gram ", alone.Out);
        Assert.Equal(
            "n-grams are left out: they learn from the training text, which --training can name",
            alone.Lines[^1]
        );

        var beside = CliRunner.Plain("evaluate", _model, other, "--training", "story");
        Assert.Equal(alone.Lines[2], beside.Lines[2]); // the model
        Assert.Contains(beside.Lines, line => line.StartsWith("6-gram", StringComparison.Ordinal));
        Assert.DoesNotContain("left out", beside.Out);
    }

    [Fact]
    public void Evaluate_says_where_the_model_has_seen_the_text()
    {
        CliRunner.Plain([
            .. "train --validation 0 --max-tokens 0 --epochs 1 --hidden 16 --threads 1 --out".Split(' '),
            _model,
        ]);
        Assert.Contains(", which it was trained on: ", CliRunner.Plain("evaluate", _model, "story").Lines[0]);
    }

    [Fact]
    public void Evaluate_says_where_a_text_is_too_short()
    {
        var path = _folder.Write("short.txt", "abc"u8.ToArray());
        Assert.Contains("too short for a confidence interval", CliRunner.Plain("evaluate", _model, path).Out);
        CliRunner
            .Plain("evaluate", _model, _folder.Write("none.txt", "123"u8.ToArray()))
            .AssertFailed(
                1,
                $"{_folder["none.txt"]} has no token for the model to read; give a text with at least one letter."
            );
        CliRunner
            .Plain("evaluate", _model, path, "--validation", "0")
            .AssertFailed(
                2,
                "--validation is \"0\" and must be a number above 0 and at most 1; "
                    + "recurrent evaluate --help shows how it is used."
            );
    }

    [Fact]
    public void Score_prints_each_line_in_order_after_its_bits()
    {
        string[] lines = [.. Enumerable.Range(0, 300).Select(i => i % 7 == 0 ? "" : $"the tide {i} was out")];
        using var runner = Runner(string.Join('\n', lines));
        var result = runner.Run("score", _model);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        var expected = new LineScorer(TrainedModel.Load(_model))
            .Score(lines, TestContext.Current.CancellationToken)
            .Select(score => $"{score.BitsPerCharacter:0.0000}\t{score.Line}\n");
        Assert.Equal(string.Concat(expected), result.Out);
    }

    [Fact]
    public void Score_as_json_gives_what_a_line_is_made_of()
    {
        using var runner = Runner("the tide\r\n\ncaf\u00E9\n");
        var lines = runner.Run("score", _model, "--json").Lines;
        Assert.Equal(3, lines.Length);
        using var json = JsonDocument.Parse(lines[0]);
        Assert.Equal("the tide", json.RootElement.GetProperty("line").GetString());
        Assert.Equal(8, json.RootElement.GetProperty("characters").GetInt32());
        Assert.Contains("\"line\":\"caf\u00E9\",\"characters\":3,\"unknown\":0", lines[2]);
    }

    [Fact]
    public void Score_needs_lines_and_takes_none()
    {
        CliRunner
            .Plain("score", _model)
            .AssertFailed(2, "Standard input is a terminal; pipe lines in, as in cat my.txt | recurrent score MODEL.");
        using var runner = Runner("");
        Assert.Equal(new CliResult(0, "", ""), runner.Run("score", _model));
    }

    [Fact]
    public void Score_reads_files_one_after_the_other()
    {
        var (first, second) = (
            _folder.Write("first.txt", "the tide\nout"),
            _folder.Write("second.txt", "the miller\n")
        );
        using var runner = Runner("the tide\nout\nthe miller\n");
        var piped = runner.Run("score", _model);
        Assert.Equal(3, piped.Lines.Length);
        Assert.Equal(piped.Out, CliRunner.Plain("score", _model, first, second).Out);
    }

    [Fact]
    public void Score_says_what_a_file_is_that_is_no_text_and_takes_texts_with_wrong_bytes()
    {
        CliRunner
            .Plain("score", _model, _model)
            .AssertFailed(
                1,
                $"{_model} is a model file, not text; give a text here, and the model where a model belongs."
            );
        using var pipe = new CliRunner { Input = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0] };
        pipe.Run("score", _model)
            .AssertFailed(
                1,
                "standard input is a gzip archive, not text; unpack it with gunzip, and give the text that is in it."
            );
        using var text = new CliRunner { Input = [.. "BM "u8, 0xE9, .. "\nthe\n"u8] };
        Assert.Equal(["BM \uFFFD", "the"], text.Run("score", _model).Lines.Select(line => line.Split('\t')[1]));
        foreach (var wide in (Encoding[])[Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32])
        {
            using var marked = new CliRunner { Input = [.. wide.Preamble, .. wide.GetBytes("the\n")] };
            Assert.EndsWith("\tthe", Assert.Single(marked.Run("score", _model).Lines));
            using var named = new CliRunner { Input = wide.GetBytes("the\n") };
            Assert.EndsWith("\tthe", Assert.Single(named.Run("score", _model, "--encoding", wide.WebName).Lines));
        }
    }

    [Fact]
    public void Score_alerts_of_lines_that_are_odder_than_those_held_out()
    {
        var model = _folder["lines.safetensors"];
        var words = string.Join('\n', Enumerable.Repeat("the tide was out\nthe miller was in", 400));
        var text = _folder.Write("lines.txt", words);
        string[] train = ["train", text, "--out", model, "--no-report", "--threads", "1", "--epochs", "4"];
        Assert.Equal(0, CliRunner.Plain([.. train, "--hidden", "16", "--embedding", "8"]).ExitCode);
        using var odd = Runner("the tide was out\nq%7Zx!\n");
        var result = odd.Run("score", model, "--alert", "0.1");
        Assert.Equal((3, ""), (result.ExitCode, result.Error));
        Assert.EndsWith("\tq%7Zx!", Assert.Single(result.Lines));
        using var usual = Runner("the miller was in\n");
        Assert.Equal(new CliResult(0, "", ""), usual.Run("score", model, "--alert", "0.1"));
        var tooFew = usual.Run("score", model, "--alert", "0.00001");
        Assert.Equal((2, ""), (tooFew.ExitCode, tooFew.Out));
        Assert.StartsWith("--alert is 1E-05 and must be at least 0.0", tooFew.Error);
        Assert.Contains("lines         ", CliRunner.Plain("inspect", model).Out);
        using var json = JsonDocument.Parse(CliRunner.Plain("inspect", model, "--json").Out);
        var training = json.RootElement.GetProperty("training");
        var kept = TrainedModel.Load(model).Training.HeldOutLines!;
        Assert.Equal(kept.Count, training.GetProperty("heldOutLines").GetProperty("count").GetInt32());
        Assert.Equal(
            kept.Thresholds,
            training
                .GetProperty("heldOutLines")
                .GetProperty("thresholds")
                .EnumerateArray()
                .Select(one => (one.GetProperty("rate").GetDouble(), one.GetProperty("bitsPerCharacter").GetDouble()))
        );
    }

    [Fact]
    public void A_model_without_held_out_lines_cannot_alert()
    {
        using var runner = Runner("the\n");
        runner
            .Run("score", _model, "--alert", "0.1")
            .AssertFailed(
                1,
                $"{_model} does not tell how odd usual lines are, because its training run held out fewer than 10 lines or "
                    + "was of an older version; train it again, on a longer text."
            );
    }

    [Theory]
    [InlineData("evaluate", "cannot be measured")]
    [InlineData("score", "cannot be measured")]
    public void A_bidirectional_model_is_refused(string verb, string so)
    {
        var model = _folder["both.safetensors"];
        CliRunner.Plain(Tiny.Train(model, 1, "--model", "rnn", "--bidirectional"));
        using var runner = Runner("the\n");
        var result = runner.Run(verb == "score" ? [verb, model] : [verb, model, "story"]);
        result.AssertFailed(
            1,
            $"{model} holds a bidirectional model, which reads ahead and so {so}; train one without --bidirectional."
        );
        Assert.Equal(0, CliRunner.Plain("inspect", model).ExitCode);
    }

    private static CliRunner Runner(string input) => new() { Input = Encoding.UTF8.GetBytes(input) };
}
