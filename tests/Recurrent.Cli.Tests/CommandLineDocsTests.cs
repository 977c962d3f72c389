using System.Diagnostics;
using System.Text;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Tests.Support;
using Recurrent.Tests;

namespace Recurrent.Cli.Tests;

/// <summary>
/// docs/cli.md, which below its mark is made of the verbs and their options. To write it again, run this with
/// RECURRENT_UPDATE_GOLDEN=1 in the environment.
/// </summary>
public sealed class CommandLineDocsTests
{
    private const string Mark = "<!-- Made of the options themselves, by CommandLineDocsTests: do not edit. -->\n";
    private const int Width = 120;

    [Fact]
    public void Has_every_verb_and_every_option_as_the_help_has_them()
    {
        var path = Repository.PathOf("docs/cli.md");
        var text = File.ReadAllText(path).ReplaceLineEndings("\n");
        var byHand = text[..(text.IndexOf(Mark, StringComparison.Ordinal) + Mark.Length)];
        var expected = byHand + string.Concat(Root().Subcommands.Cast<Verb>().Select(Section));
        if (Environment.GetEnvironmentVariable("RECURRENT_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, text = expected);
        }
        Assert.Equal(expected, text);
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    public async Task The_completion_is_read_by_the_shell(string shell)
    {
        Assert.SkipUnless(File.Exists($"/bin/{shell}"), $"There is no {shell} here.");
        var script = File.ReadAllText(Repository.PathOf("docs/cli.md")).Split($"```{shell}\n")[1].Split("```")[0];
        using var process = Process.Start(
            new ProcessStartInfo($"/bin/{shell}", ["-n"])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardError = true,
            }
        )!;
        await process.StandardInput.WriteAsync(script);
        process.StandardInput.Close();
        Assert.Equal("", await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    private static Verb Root()
    {
        using var runner = new CliRunner();
        return new Application(runner.Context(TextWriter.Null, TextWriter.Null)).CreateRoot();
    }

    private static string Section(Verb verb)
    {
        var text = new StringBuilder($"\n## {verb.Name}\n\n{Wrapped(Escaped(verb.Description!), "")}\n```\n");
        var column = verb.Examples.Max(example => example.Line.Length);
        foreach (var (line, does) in verb.Examples)
        {
            text.Append($"{line.PadRight(column)}  # {does}\n");
        }
        text.Append("```\n\n");
        foreach (var argument in verb.Arguments)
        {
            text.Append(Wrapped($"- `{argument.Name}`: {Escaped(argument.Description!)}", "  "));
        }
        foreach (var option in verb.Options.Where(option => !option.Hidden))
        {
            if (verb.Headings.Count > 1 && verb.Headings.TryGetValue(option.Name, out var heading))
            {
                text.Append($"\n### {heading.TrimEnd(':')}\n\n");
            }
            var value = option.HelpName is { } name ? $" {name.Replace("| ", "|")}" : "";
            var byDefault =
                option.HasDefaultValue && $"{option.GetDefaultValue()}" is { Length: > 0 } given and not "False"
                    ? $" [default: {given}]"
                    : "";
            text.Append(Wrapped($"- `{option.Name}{value}`: {Escaped(option.Description + byDefault)}", "  "));
        }
        return text.ToString();
    }

    private static string Escaped(string text) => text.Replace(@"\", @"\\").Replace("<", @"\<").Replace("*", @"\*");

    private static string Wrapped(string paragraph, string indent)
    {
        var text = new StringBuilder();
        var length = 0;
        foreach (var word in paragraph.Split(' '))
        {
            var fits = length + 1 + word.Length <= Width;
            text.Append(
                    length == 0 ? ""
                    : fits ? " "
                    : $"\n{indent}"
                )
                .Append(word);
            length =
                length == 0 ? word.Length
                : fits ? length + 1 + word.Length
                : indent.Length + word.Length;
        }
        return text.Append('\n').ToString();
    }
}
