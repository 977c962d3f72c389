using System.CommandLine;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Output;
using Recurrent.Compression;
using Recurrent.Files;
using Recurrent.Text;

namespace Recurrent.Cli.Arguments;

/// <summary>What <c>pack</c> and <c>unpack</c> have alike: a model, a file to write, and a report of sizes.</summary>
internal sealed class PackingArguments
{
    /// <summary>The name of standard input and of standard output.</summary>
    public const string Standard = "-";

    private readonly ModelFileArgument _model;
    private readonly Option<string?> _output;
    private readonly Option<bool> _force = new("--force", "-f") { Description = "Replace a file that is there." };
    private readonly Option<bool> _json = JsonOption.Create();
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Print nothing but errors." };

    /// <summary>Adds the model to a verb; the options come by <see cref="AddOptions"/>.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="output">The help of the file to write.</param>
    public PackingArguments(Verb verb, string output)
    {
        _model = new ModelFileArgument(verb);
        _output = new Option<string?>("--out", "-o") { Description = output, HelpName = "FILE" };
    }

    /// <summary>Adds the options to the verb.</summary>
    public void AddOptions(Verb verb)
    {
        verb.Options.Add(_output);
        verb.Options.Add(_force);
        verb.Options.Add(_json);
        verb.Options.Add(_quiet);
    }

    /// <summary>The path of the file to write, checked; or -.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="byDefault">The file where none is named.</param>
    /// <param name="input">The file that is read; null for none.</param>
    /// <exception cref="UsageException">It is the file that is read, or the options contradict each other.</exception>
    /// <exception cref="FailureException">A file is there that nobody asked to replace.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public string Output(ParseResult parsed, Func<string> byDefault, string? input)
    {
        var path = parsed.GetValue(_output) ?? byDefault();
        if (parsed.GetValue(_json) && parsed.GetValue(_quiet))
        {
            throw new UsageException("--json prints something and --quiet nothing; give only one of them.");
        }
        if (path == Standard)
        {
            return parsed.GetValue(_json)
                ? throw new UsageException(
                    "--json prints on standard output, where the result goes; name a file with -o."
                )
                : path;
        }
        if (path.Length == 0)
        {
            throw new UsageException("The name of the file to write is empty; give one, such as -o my.txt.");
        }
        foreach (var read in new[] { input, _model.Path(parsed) })
        {
            if (read is not null && AtomicFile.FinalTarget(read) == AtomicFile.FinalTarget(path))
            {
                throw new UsageException($"{path} is a file that is read, and would be lost; name another with -o.");
            }
        }
        AtomicFile.CheckWritable(path);
        return parsed.GetValue(_force) || !SharedFile.HasContent(path)
            ? path
            : throw new FailureException(
                $"{path} is there already and would be lost; name another file with -o, or replace it with --force."
            );
    }

    /// <summary>Makes a packer of the model.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="adapts">Whether the model is to learn from a text that it packs.</param>
    /// <exception cref="FailureException">The model cannot pack.</exception>
    public TextPacker Packer(ParseResult parsed, bool adapts = false)
    {
        var trained = _model.LoadForward(parsed, "cannot pack a text");
        return trained.Codec.Normalizer.Normalization == Normalization.None
            ? new TextPacker(trained) { Adapts = adapts }
            : throw new FailureException(
                $"{_model.Path(parsed)} knows letters alone, without their case (--normalize letters), so that the "
                    + "rest of a text would be lost; train one without it."
            );
    }

    /// <summary>Writes a file, or standard output, all of it or nothing.</summary>
    /// <param name="path">A file, or -.</param>
    /// <param name="write">Writes it.</param>
    /// <param name="context">The source of signals, which leave no part of a file behind.</param>
    public static PackedSize Write(string path, Func<Stream, PackedSize> write, CliContext context)
    {
        context.Interruption.Protect();
        if (path == Standard)
        {
            return write(context.OutBytes);
        }
        PackedSize? size = null;
        AtomicFile.Write(path, stream => size = write(stream));
        return size!;
    }

    /// <summary>Says how large both are, unless nobody wants to know or the result is on standard output.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="size">The sizes.</param>
    /// <param name="names">The text and the packed text.</param>
    /// <param name="packer">The packer.</param>
    /// <param name="others">What compressors make of the text; none when unpacking.</param>
    /// <param name="context">Where to print.</param>
    public void Report(
        ParseResult parsed,
        PackedSize size,
        (string Text, string Packed, bool IsPacked) names,
        TextPacker packer,
        IReadOnlyDictionary<string, long>? others,
        CliContext context
    )
    {
        var written = names.IsPacked ? names.Packed : names.Text;
        if (written == Standard || parsed.GetValue(_quiet))
        {
            return;
        }
        var model = new FileInfo(_model.Path(parsed)).Length;
        if (parsed.GetValue(_json))
        {
            JsonLine.Write(
                context.Out,
                new PackedJson(
                    names.Text,
                    names.Packed,
                    packer.ModelHash,
                    size.TextBytes,
                    size.Characters,
                    size.SpelledBytes,
                    size.Adapts,
                    size.PackedBytes,
                    size.BitsPerCharacter,
                    model,
                    others?["gzip"],
                    others?["brotli"]
                )
            );
            return;
        }
        var path = PrintableText.OneLine(written);
        if (!names.IsPacked)
        {
            context.Out.WriteLine($"unpacked: {path}, {size.TextBytes:#,0} bytes from {size.PackedBytes:#,0}");
            return;
        }
        context.Out.WriteLine(
            $"packed: {path}, {size.PackedBytes:#,0} bytes instead of {size.TextBytes:#,0}, "
                + $"{size.BitsPerCharacter:0.000} bits per character{(size.Adapts ? ", adaptive" : "")}"
        );
        context.Out.WriteLine(string.Join(", ", others!.Select(other => $"{other.Key}: {other.Value:#,0} bytes")));
        context.Out.WriteLine(
            $"with the model: {size.PackedBytes + model:#,0} bytes, {model:#,0} of them the model's, once for all texts"
        );
        if (size.SpelledBytes > 0)
        {
            context.Out.WriteLine($"spelled out: {size.SpelledBytes:#,0} bytes, which the model has never seen");
        }
    }
}
