using System.CommandLine;
using System.CommandLine.Completions;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Input;
using Recurrent.Datasets;
using Recurrent.Evaluation;
using Recurrent.Text;

namespace Recurrent.Cli.Commands;

/// <summary>The verb <c>pack</c>: from a text to as few bytes as a model predicts it in.</summary>
internal static class PackCommand
{
    /// <summary>Creates the verb.</summary>
    public static Verb Create(CliContext context)
    {
        var verb = new Verb(
            "pack",
            "Pack a text into as few bits as the model predicts it in, so that unpack gives it back to the byte.",
            ("recurrent pack story.safetensors my.txt", "into my.txt.packed"),
            ("recurrent pack story.safetensors story -o story.packed", "the built-in story"),
            ("recurrent pack story.safetensors my.txt --adapt", "learning as it reads"),
            ("cat my.txt | recurrent pack story.safetensors - > my.packed", "from a pipe into another")
        );
        var arguments = new PackingArguments(
            verb,
            $"The packed text to write, or - for standard output. [default: the text's name and "
                + $"{FilesNamed.PackedExtension}, in this folder; standard output for standard input]"
        );
        var text = new Argument<string>("TEXT|DATASET|-")
        {
            HelpName = "TEXT|DATASET|-",
            Description =
                $"A text file, a dataset ({DatasetNames.List("or")}), or - for standard input. Any bytes come back, "
                + "but what the model has never seen takes more of them.",
        };
        text.CompletionSources.Add(_ => Dataset.All.Select(dataset => new CompletionItem(dataset.Name)));
        UsageError.RequireNames(text, verb, "text");
        verb.Arguments.Add(text);
        var adapt = new Option<bool>("--adapt")
        {
            Description =
                "Let a copy of the model learn from the text while it packs it: shorter, and slower, to unpack as "
                + "well. The packed text says so itself.",
        };
        verb.Options.Add(adapt);
        arguments.AddOptions(verb);
        verb.SetAction(parsed =>
        {
            var name = parsed.GetRequiredValue(text);
            var source = TextSource.Find(new TextNames([name]), new CorpusOptions(), context);
            if (source.Files.Count > 1)
            {
                throw new UsageException($"{name} is {source.Files.Count} files; pack each for itself.");
            }
            var file = source.Files is [var only] ? only : null;
            var output = arguments.Output(
                parsed,
                () => name == PackingArguments.Standard ? name : source.Name + FilesNamed.PackedExtension,
                file
            );
            if (output == PackingArguments.Standard && context.OutIsTerminal)
            {
                throw new UsageException("A packed text is not for a terminal; redirect it, or name a file with -o.");
            }
            var packer = arguments.Packer(parsed, parsed.GetValue(adapt));
            var others = Baselines.Compressors.ToDictionary(one => one.Name, _ => 0L);
            var cancellation = context.Interruption.Token;
            var size = PackingArguments.Write(
                output,
                packed =>
                {
                    using var bytes = source.OpenRead(cancellation);
                    using var measured = new PieceStream(Measured(bytes, others));
                    return packer.Pack(measured, packed, cancellation);
                },
                context
            );
            arguments.Report(parsed, size, (file ?? name, output, IsPacked: true), packer, others, context);
            return ExitCode.Success;
        });
        return verb;
    }

    /// <summary>The pieces of a text, which compressors read, too.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> Measured(Stream text, Dictionary<string, long> sizes)
    {
        var compressors = Baselines
            .Compressors.Select(one => one.Into(new OutputStream(bytes => sizes[one.Name] += bytes.Length)))
            .ToList();
        var buffer = new byte[1 << 14];
        while (text.Read(buffer) is > 0 and var count)
        {
            compressors.ForEach(compressor => compressor.Write(buffer, 0, count));
            yield return buffer.AsMemory(0, count);
        }
        compressors.ForEach(compressor => compressor.Dispose());
    }
}
