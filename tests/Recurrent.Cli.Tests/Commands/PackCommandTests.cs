using System.Text.Json.Nodes;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Tests.Support;
using Recurrent.Compression;
using Recurrent.Formats;

namespace Recurrent.Cli.Tests.Commands;

public sealed class PackCommandTests : IDisposable
{
    private static readonly byte[] s_text = [.. "The miller sang.\r\n麵 "u8, 0xFF, 0];

    private readonly TemporaryFolder _folder = new();
    private readonly string _model = OldFiles.PathOf("lstm.safetensors");
    private readonly string _text;

    public PackCommandTests() => _text = _folder.Write("my.txt", s_text);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("gru")]
    [InlineData("gru-words")]
    [InlineData("lstm-bytes")]
    public void A_text_comes_back(string model)
    {
        _folder.Write("mine.txt", [.. Enumerable.Repeat(s_text, 50).SelectMany(text => text)]);
        var (text, path) = (_folder["mine.txt"], OldFiles.PathOf($"{model}.safetensors"));
        var bytes = File.ReadAllBytes(text);
        var packed = CliRunner.Plain("pack", path, text, "-o", text + ".packed");
        Assert.Equal((0, ""), (packed.ExitCode, packed.Error));
        var length = new FileInfo(text + ".packed").Length;
        Assert.StartsWith(
            $"packed: {text}.packed, {length:#,0} bytes instead of {bytes.Length:#,0}, {8.0 * length / 1100:0.000} bits per character\ngzip: ",
            packed.Out
        );
        var file = new FileInfo(path).Length;
        Assert.Equal(
            $"with the model: {length + file:#,0} bytes, {file:#,0} of them the model's, once for all texts",
            packed.Lines[2]
        );
        Assert.StartsWith("spelled out: ", packed.Lines[3]);
        File.Delete(text);
        var unpacked = CliRunner.Plain("unpack", path, text + ".packed", "-o", text);
        Assert.Equal($"unpacked: {text}, {bytes.Length:#,0} bytes from {length:#,0}\n", unpacked.Out);
        Assert.Equal(bytes, File.ReadAllBytes(text));
    }

    [Fact]
    public async Task Names_that_are_not_given_are_in_this_folder()
    {
        var texts = Directory.CreateDirectory(_folder["texts"]).FullName;
        File.WriteAllBytes(Path.Combine(texts, "a.txt"), s_text);
        var recurrent = RecurrentProcess.CommandLine;
        var result = await RecurrentProcess.ShellAsync(
            $"{recurrent} pack {_model} texts/a.txt -q && {recurrent} unpack {_model} a.txt.packed -q",
            _folder.Path
        );
        Assert.Equal(new CliResult(0, "", ""), result);
        Assert.Equal(["a.txt", "a.txt.packed", "my.txt", "texts"], _folder.Names);
        Assert.Equal(s_text, File.ReadAllBytes(_folder["a.txt"]));
    }

    [Fact]
    public void Pipes_take_bytes_and_nothing_else()
    {
        using var packed = new MemoryStream();
        using var packing = new CliRunner { Input = s_text, OutBytes = packed };
        Assert.Equal(new CliResult(0, "", ""), packing.Run("pack", _model, "-"));
        using var text = new MemoryStream();
        using var unpacking = new CliRunner { Input = packed.ToArray(), OutBytes = text };
        Assert.Equal(new CliResult(0, "", ""), unpacking.Run("unpack", _model, "-"));
        Assert.Equal(s_text, text.ToArray());
    }

    [Fact]
    public void A_terminal_gets_no_packed_text_and_no_text_that_it_would_obey()
    {
        using var terminal = new CliRunner { OutIsTerminal = true };
        terminal
            .Run("pack", _model, _text, "-o", "-")
            .AssertFailed(2, "A packed text is not for a terminal; redirect it, or name a file with -o.");
        CliRunner.Plain(
            "pack",
            _model,
            _folder.Write("odd.txt", "é\u001B[2J\n"),
            "-o",
            _folder["odd.txt.packed"],
            "-q"
        );
        Assert.Equal("é\\u001B[2J\n", terminal.Run("unpack", _model, _folder["odd.txt.packed"], "-o", "-").Out);
    }

    [Fact]
    public void Json_has_the_sizes()
    {
        var model = TrainedModel.Load(_model);
        var packed = JsonNode.Parse(CliRunner.Plain("pack", _model, _text, "-o", $"{_text}.packed", "--json").Out)!;
        Assert.Equal(
            (_text, $"{_text}.packed", 24, 22, new FileInfo($"{_text}.packed").Length),
            (
                (string?)packed["text"],
                (string?)packed["packed"],
                (int)packed["textBytes"]!,
                (int)packed["characters"]!,
                (long)packed["packedBytes"]!
            )
        );
        Assert.Equal(new TextPacker(model).ModelHash, (string?)packed["modelHash"]);
        Assert.Equal(new FileInfo(_model).Length, (long)packed["modelBytes"]!);
        Assert.InRange((int)packed["gzipBytes"]!, 20, 60);
        Assert.InRange((int)packed["brotliBytes"]!, 20, 60);
        var unpacked = JsonNode.Parse(
            CliRunner.Plain("unpack", _model, $"{_text}.packed", "-o", _folder["again"], "--json").Out
        )!;
        Assert.Equal((string?)packed["bitsPerCharacter"]!.ToJsonString(), unpacked["bitsPerCharacter"]!.ToJsonString());
        Assert.Null(unpacked["gzipBytes"]);
        Assert.Equal(
            (string?)packed["modelHash"],
            (string?)JsonNode.Parse(CliRunner.Plain("inspect", _model, "--json").Out)!["modelHash"]
        );
    }

    [Fact]
    public void No_file_is_lost_unless_asked()
    {
        string[] pack = ["pack", _model, _text, "-o", $"{_text}.packed"];
        string[] unpack = ["unpack", _model, $"{_text}.packed", "-o", _text];
        CliRunner.Plain([.. pack, "--quiet"]);
        AssertThere(CliRunner.Plain(pack), $"{_text}.packed");
        AssertThere(CliRunner.Plain(unpack), _text);
        Assert.Equal(new CliResult(0, "", ""), CliRunner.Plain([.. unpack, "-f", "-q"]));
        Assert.Equal(new CliResult(0, "", ""), CliRunner.Plain([.. pack, "--force", "--quiet"]));
        foreach (var read in new[] { _text, _model })
        {
            CliRunner
                .Plain("pack", _model, _text, "-f", "-o", read)
                .AssertFailed(2, $"{read} is a file that is read, and would be lost; name another with -o.");
        }
        Assert.Equal(s_text, File.ReadAllBytes(_text));

        static void AssertThere(CliResult result, string path) =>
            result.AssertFailed(
                1,
                $"{path} is there already and would be lost; name another file with -o, or replace it with --force."
            );
    }

    [Fact]
    public void A_damaged_text_and_one_of_another_model_write_nothing()
    {
        CliRunner.Plain("pack", _model, _text, "-o", _folder["p"], "-q");
        var bytes = File.ReadAllBytes(_folder["p"]);
        var (path, output) = (_folder.Write("cut", bytes[..^9]), _folder["out"]);
        CliRunner
            .Plain("unpack", _model, path, "-o", output)
            .AssertFailed(
                1,
                $"Cannot unpack {path}: the packed text is cut short or damaged; get the whole file again."
            );
        CliRunner
            .Plain("unpack", _model, _text, "-o", output)
            .AssertFailed(1, $"Cannot unpack {_text}: this is not a packed text; give one that was packed.");
        var other = CliRunner.Plain("unpack", OldFiles.PathOf("gru.safetensors"), _folder["p"], "-o", output);
        Assert.StartsWith($"Cannot unpack {_folder["p"]}: the text was packed by the model ", other.Error);
        Assert.Equal(["cut", "my.txt", "p"], _folder.Names);
    }

    [Fact]
    public void A_signal_leaves_nothing_behind()
    {
        using var runner = new CliRunner();
        runner.Interruption.Protect();
        runner.Interruption.Receive(Interruption.Interrupt);
        Assert.Equal(new CliResult(130, "", ""), runner.Run("pack", _model, _text, "-o", _folder["p"]));
        Assert.Equal(["my.txt"], _folder.Names);
    }

    [Fact]
    public void Models_that_cannot_pack_say_why()
    {
        foreach (var verb in new[] { "pack", "unpack" })
        {
            var letters = OldFiles.PathOf("scratch.safetensors");
            CliRunner
                .Plain(verb, letters, _text, "-o", _folder["out"])
                .AssertFailed(
                    1,
                    $"{letters} knows letters alone, without their case (--normalize letters), so that the rest of a text would be lost; train one without it."
                );
            var ahead = OldFiles.PathOf("lstm-bidirectional.safetensors");
            CliRunner
                .Plain(verb, ahead, _text, "-o", _folder["out"])
                .AssertFailed(
                    1,
                    $"{ahead} holds a bidirectional model, which reads ahead and so cannot pack a text; train one without --bidirectional."
                );
        }
    }

    [Fact]
    public void What_makes_no_sense_is_refused()
    {
        Refuse("--json prints something and --quiet nothing; give only one of them.", "pack", _text, "--json", "-q");
        Refuse(
            "--json prints on standard output, where the result goes; name a file with -o.",
            "pack",
            _text,
            "--json",
            "-o",
            "-"
        );
        Refuse("The name of the file to write is empty; give one, such as -o my.txt.", "pack", _text, "-o", "");
        Refuse(
            $"{_text} does not end in .packed, which would tell the name of the text; name it with -o.",
            "unpack",
            _text
        );
        Refuse("- means standard input, which is a terminal; pipe a packed text in.", "unpack", "-");
        _folder.Write("b.txt", "b");
        Refuse($"{_folder.Path} is 2 files; pack each for itself.", "pack", _folder.Path);
        CliRunner
            .Plain("unpack", _model, _folder["none.packed"], "-o", _folder["none"])
            .AssertFailed(1, $"There is no file {_folder["none.packed"]}; check the path.");

        void Refuse(string sentence, string verb, params string[] more) =>
            CliRunner.Plain([verb, _model, .. more]).AssertFailed(2, sentence);
    }

    [Fact]
    public void A_folder_of_texts_is_read_without_the_packed_ones()
    {
        CliRunner.Plain("pack", _model, _folder.Write("my.txt", "abc"), "-q", "-o", _folder["my.txt.packed"]);
        Assert.Equal(["my.txt", "my.txt.packed"], _folder.Names);
        Assert.Contains("3 characters", CliRunner.Plain("vocabulary", _folder.Path).Out);
    }
}
