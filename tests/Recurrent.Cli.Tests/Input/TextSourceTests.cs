using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;
using Recurrent.Cli.Tests.Support;
using Recurrent.Formats;
using Recurrent.Text;

namespace Recurrent.Cli.Tests.Input;

/// <summary>
/// What the user may name as a text: files, folders and patterns, columns and fields, in any encoding.
/// </summary>
public sealed class TextSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Folder => Path.Combine(_folder.Path, "texts");

    [Fact]
    public void A_folder_a_pattern_and_the_files_themselves_are_the_same_text_in_the_order_of_paths()
    {
        Write("b.txt", "bee\nbee\n");
        Write("a.txt", "ay\nay");
        Write("sub/c.txt", "see\r\nsee\r\n");
        Write("sub/notes.md", "dee\n");
        Write("B.txt", "capital\n");
        Write(".hidden", "hidden");

        var expected = Corpus.HashOf("capital\n\nay\nay\n\nbee\nbee\n\nsee\nsee\n\ndee\n"u8);
        Assert.Equal(expected, HashOf(Folder));
        Assert.Equal(
            expected,
            HashOf([.. new[] { "B.txt", "a.txt", "b.txt", "sub/c.txt", "sub/notes.md" }.Select(PathOf)])
        );
        Assert.Equal(Corpus.HashOf("capital\n\nay\nay\n\nbee\nbee\n"u8), HashOf(PathOf("*.txt")));
        Assert.Equal(Corpus.HashOf("capital\n\nay\nay\n\nbee\nbee\n\nsee\nsee\n"u8), HashOf(PathOf("**/?.txt")));
        Assert.Equal(Corpus.HashOf("see\nsee\n"u8), HashOf(PathOf("sub/?.txt")));
        CliRunner
            .Plain("vocabulary", PathOf("*.log"))
            .AssertFailed(1, $"There is no file that matches {PathOf("*.log")}; check the pattern.");
    }

    [Fact]
    public void What_a_training_writes_into_a_folder_is_none_of_its_text()
    {
        Write("a.txt", string.Concat(Enumerable.Repeat("ay bee see\n", 60)));
        Write("b.txt", "dee\n");
        var expected = HashOf(Folder);
        string[] train = [.. Tiny.Train(PathOf("m.safetensors"), 2, Folder), "--keep", "1"];
        foreach (var _ in Enumerable.Range(0, 2))
        {
            var result = CliRunner.Plain(train);
            Assert.Equal((0, ""), (result.ExitCode, result.Error));
            Assert.True(File.Exists(PathOf("m.safetensors.checkpoint")) && File.Exists(PathOf("m.report.html")));
            Assert.Equal(expected, HashOf(Folder));
            Assert.Equal(expected, HashOf(PathOf("*")));
        }
        CliRunner
            .Plain("vocabulary", PathOf("m.safetensors"))
            .AssertFailed(
                1,
                $"{PathOf("m.safetensors")} is a model file, not text; give a text here, and the model where a model "
                    + "belongs."
            );
    }

    [Fact]
    [UnsupportedOSPlatform("windows")] // which protects folders in another way
    public void A_folder_that_may_not_be_read_is_not_passed_over()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "The system lets root read protected folders.");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows protects folders in another way.");
        Write("a.txt", "ay\n");
        Write("sub/b.txt", "bee\n");
        File.SetUnixFileMode(PathOf("sub"), UnixFileMode.None);
        try
        {
            CliRunner
                .Plain("vocabulary", Folder)
                .AssertFailed(
                    1,
                    $"Cannot read all of {Folder}: there is no permission to read a folder in it; allow reading, or "
                        + "name the files."
                );
        }
        finally
        {
            File.SetUnixFileMode(
                PathOf("sub"),
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            );
        }
    }

    // python3 -c "import csv,sys; csv.writer(sys.stdout).writerows([['id','text'],[1,'a, b'],[2,'say \"hi\"'],
    //   [3,'two\nlines'],[4,''],[5,'end']])" wrote the first of these, and csv.reader reads the same from the others.
    [Theory]
    [InlineData("id,text\r\n1,\"a, b\"\r\n2,\"say \"\"hi\"\"\"\r\n3,\"two\nlines\"\r\n4,\r\n5,end\r\n")]
    [InlineData("id;text;more\n1;\"a, b\";\n2;\"say \"\"hi\"\"\";x\n3;\"two\nlines\";\n4;\n5;end")]
    public void A_column_of_a_table_is_the_text(string csv)
    {
        Write("t.csv", csv);
        Assert.Equal(
            Corpus.HashOf("a, b\nsay \"hi\"\n\ntwo\nlines\n\nend\n"u8),
            HashOf(PathOf("t.csv"), "--column", "text")
        );
        CliRunner
            .Plain("vocabulary", PathOf("t.csv"), "--column", "txt")
            .AssertFailed(
                1,
                $"{PathOf("t.csv")} has no column \"txt\"; choose one of those it has: id, text{(csv[2] == ';' ? ", more" : "")}."
            );
    }

    [Theory]
    [InlineData("id,note,note\n1,a,b\n")]
    [InlineData("\"id\";note;note\n1;a;b\n")]
    public void Only_the_column_that_is_named_must_be_there_once(string csv)
    {
        Write("t.csv", csv);
        Assert.Equal(Corpus.HashOf("1\n"u8), HashOf(PathOf("t.csv"), "--column", "id"));
        CliRunner
            .Plain("vocabulary", PathOf("t.csv"), "--column", "note")
            .AssertFailed(1, $"{PathOf("t.csv")} has 2 columns \"note\"; rename all but one of them.");
        Write("t.csv", "\n" + csv);
        CliRunner
            .Plain("vocabulary", PathOf("t.csv"), "--column", "id")
            .AssertFailed(1, $"The first row of {PathOf("t.csv")} is empty; name the columns there.");
    }

    [Theory]
    [InlineData("""{"text":"a\ud800"}""", "text")]
    [InlineData("""{"\ud800":"a"}""", "body")]
    public void Json_that_is_not_unicode_text_is_refused(string line, string field)
    {
        Write("t.jsonl", $"{{\"text\":\"a\"}}\n{line}\n");
        CliRunner
            .Plain("vocabulary", PathOf("t.jsonl"), "--field", field)
            .AssertFailed(
                1,
                $"There is half a surrogate pair in line 2 of {PathOf("t.jsonl")}, which is not Unicode text; write the "
                    + "character whole, or leave the line out."
            );
    }

    [Fact]
    public void A_field_of_json_lines_is_the_text()
    {
        Write(
            "t.jsonl",
            "{\"text\":\"a\\u00e9\",\"n\":1}\n\n{\"n\":2}\r\n{\"text\":null}\n{\"text\":\"two\\nlines\"}\n"
        );
        Assert.Equal(Corpus.HashOf("aé\n\ntwo\nlines\n"u8), HashOf(PathOf("t.jsonl"), "--field", "text"));
        Assert.Equal(Corpus.HashOf("1\n2\n"u8), HashOf(PathOf("t.jsonl"), "--field", "n"));
        CliRunner
            .Plain("vocabulary", PathOf("t.jsonl"), "--field", "body")
            .AssertFailed(1, $"{PathOf("t.jsonl")} has no field \"body\"; choose one of those it has: text, n.");
        Write("t.json", "[\n{\"text\":\"a\"}\n]\n");
        CliRunner
            .Plain("vocabulary", PathOf("t.json"), "--field", "text")
            .AssertFailed(
                1,
                $"{PathOf("t.json")} is not JSON lines: line 1 is not a JSON object; "
                    + "give a file with one object on each line."
            );
        CliRunner
            .Plain("vocabulary", PathOf("t.json"), "--field", "text", "--column", "text")
            .AssertFailed(
                2,
                "--column is for CSV files and --field for JSON lines; give only the one that the text is."
            );
    }

    [Fact]
    public void Records_may_be_in_any_encoding_and_come_from_a_pipe()
    {
        using var runner = new CliRunner { Input = Encoding.Latin1.GetBytes("id,text\n1,Früh\n") };
        var result = runner.Run("vocabulary", "-", "--column", "text", "--encoding", "latin1", "--json");
        Assert.Equal(Corpus.HashOf("Früh\n"u8), Hash(result));
    }

    [Fact]
    public void The_same_text_from_windows_makes_the_same_model_to_the_byte()
    {
        var lines = string.Concat(Enumerable.Range(0, 60).Select(i => $"café {i % 7}\n"));
        var crlf = lines.Replace("\n", "\r\n", StringComparison.Ordinal);
        var cr = lines.Replace('\n', '\r');
        var expected = Model("lf", Encoding.UTF8.GetBytes(lines));
        Assert.Equal(expected, Model("crlf", Encoding.UTF8.GetBytes(crlf)));
        Assert.Equal(expected, Model("cr", Encoding.UTF8.GetBytes(cr)));
        Assert.Equal(expected, Model("utf16", [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(crlf)]));
        Assert.NotEqual(expected, Model("kept", Encoding.UTF8.GetBytes(crlf), "--line-ends", "keep"));
        Assert.DoesNotContain("\\r", CliRunner.Plain("generate", _folder["crlf.safetensors"]).Out);

        byte[] Model(string name, byte[] text, params string[] more)
        {
            Directory.CreateDirectory(Path.Combine(Folder, name));
            File.WriteAllBytes(PathOf($"{name}/my.txt"), text);
            string[] options = ["--hidden", "8", "--embedding", "4", "--epochs", "2", "--no-report", "--threads", "1"];
            var model = _folder[$"{name}.safetensors"];
            var result = CliRunner.Plain(["train", PathOf($"{name}/my.txt"), "--out", model, .. options, .. more]);
            Assert.True(result.ExitCode == 0, result.Error);
            return File.ReadAllBytes(model);
        }
    }

    [Fact]
    public void A_text_in_several_files_trains_a_model_that_is_named_like_it()
    {
        Write("a.txt", string.Concat(Enumerable.Repeat("the tide was out\n", 20)));
        Write("b.txt", string.Concat(Enumerable.Repeat("the miller sang\n", 20)));
        var result = CliRunner.Plain(Tiny.Train(_folder["m.safetensors"], 2, Folder));
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(Folder, TrainedModel.Load(_folder["m.safetensors"]).Training.Text);
    }

    private string PathOf(string name) => Path.Combine(Folder, name).Replace('\\', '/');

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        File.WriteAllText(PathOf(name), text);
    }

    private static string HashOf(params string[] arguments) =>
        Hash(CliRunner.Plain(["vocabulary", .. arguments, "--json"]));

    private static string Hash(CliResult result)
    {
        Assert.True(result.ExitCode == 0, result.Error);
        using var json = JsonDocument.Parse(result.Out);
        return json.RootElement.GetProperty("hash").GetString()!;
    }
}
