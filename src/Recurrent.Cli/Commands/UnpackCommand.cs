using System.CommandLine;
using System.Text;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Input;
using Recurrent.Text;

namespace Recurrent.Cli.Commands;

/// <summary>The verb <c>unpack</c>: from a packed text to the text.</summary>
internal static class UnpackCommand
{
    /// <summary>Creates the verb.</summary>
    public static Verb Create(CliContext context)
    {
        var verb = new Verb(
            "unpack",
            "Unpack a text that pack has packed, with the same model, to the same bytes.",
            ("recurrent unpack story.safetensors my.txt.packed", "into my.txt"),
            ("recurrent unpack story.safetensors my.txt.packed -o - | less", "to read it"),
            ("recurrent unpack story.safetensors - < my.packed > my.txt", "from a pipe into another")
        );
        var arguments = new PackingArguments(
            verb,
            $"The text to write, or - for standard output. [default: the name without {FilesNamed.PackedExtension}, "
                + "in this folder; standard output for standard input]"
        );
        var packed = new Argument<string>("FILE")
        {
            HelpName = "FILE",
            Description = "A text that recurrent pack wrote, or - for standard input.",
        };
        UsageError.RequireNames(packed, verb, "text");
        verb.Arguments.Add(packed);
        arguments.AddOptions(verb);
        verb.SetAction(parsed =>
        {
            var name = parsed.GetRequiredValue(packed);
            var isStandard = name == PackingArguments.Standard;
            if (isStandard && context.OpenInput is null)
            {
                throw new UsageException("- means standard input, which is a terminal; pipe a packed text in.");
            }
            var output = arguments.Output(parsed, () => isStandard ? name : TextName(name), isStandard ? null : name);
            using var bytes = isStandard ? context.OpenInput!() : TextFile.OpenRead(name);
            var packer = arguments.Packer(parsed);
            try
            {
                var size = PackingArguments.Write(
                    output,
                    text =>
                        packer.Unpack(
                            bytes,
                            output == PackingArguments.Standard && context.OutIsTerminal ? Printed(context.Out) : text,
                            context.Interruption.Token
                        ),
                    context
                );
                arguments.Report(parsed, size, (output, name, IsPacked: false), packer, others: null, context);
            }
            catch (InvalidDataException error)
            {
                throw new FailureException(
                    $"Cannot unpack {name}: {char.ToLowerInvariant(error.Message[0])}{error.Message[1..]}",
                    error
                );
            }
            return ExitCode.Success;
        });
        return verb;
    }

    private static string TextName(string packed) =>
        packed.EndsWith(FilesNamed.PackedExtension, StringComparison.OrdinalIgnoreCase)
        && Path.GetFileName(packed)[..^FilesNamed.PackedExtension.Length] is { Length: > 0 } name
            ? name
            : throw new UsageException(
                $"{packed} does not end in {FilesNamed.PackedExtension}, which would tell the name of the text; name "
                    + "it with -o."
            );

    /// <summary>A terminal, which obeys some characters.</summary>
    private static OutputStream Printed(TextWriter terminal)
    {
        var decoder = Encoding.UTF8.GetDecoder(); // keeps the beginning of a character
        return new OutputStream(bytes =>
        {
            var characters = new char[bytes.Length + 1];
            var count = decoder.GetChars(bytes, characters, flush: false);
            terminal.Write(PrintableText.Lines(new string(characters, 0, count)));
        });
    }
}
