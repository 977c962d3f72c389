using Recurrent.Cli.Arguments;
using Recurrent.Cli.Hosting;
using Recurrent.Datasets;
using Recurrent.Text;

namespace Recurrent.Cli.Input;

/// <summary>A text that the user named: a dataset, a file, or standard input.</summary>
internal sealed class TextSource
{
    private const string StandardInput = "-";
    private readonly Func<CancellationToken, Stream> _open;

    private TextSource(string name, string origin, Func<CancellationToken, Stream> open)
    {
        Name = name;
        Origin = origin;
        _open = open;
    }

    /// <summary>The name of the text: of a dataset, or of a file without its folder.</summary>
    public string Name { get; }

    /// <summary>The name of the text in error messages.</summary>
    public string Origin { get; }

    /// <summary>The file it is read from; null if it is not a file.</summary>
    public string? Path { get; private init; }

    /// <summary>Prompts that the text continues in many ways; null for the user's own text.</summary>
    public IReadOnlyList<string>? Prompts { get; private init; }

    /// <summary>The file for a model of this text, if the user names none.</summary>
    public string ModelPath
    {
        get
        {
            var stem = System.IO.Path.GetFileNameWithoutExtension(Name);
            return (stem.Length > 0 ? stem : Name) + ".safetensors";
        }
    }

    /// <summary>Finds the text of a name.</summary>
    /// <param name="name">A dataset's name, a path, or - .</param>
    /// <param name="context">The source of standard input.</param>
    /// <exception cref="UsageException">Standard input is a terminal.</exception>
    /// <exception cref="FailureException">There is no such text.</exception>
    public static TextSource Find(string name, CliContext context)
    {
        if (name == StandardInput)
        {
            return FromInput(context.OpenInput);
        }
        if (Dataset.Find(name) is { } dataset)
        {
            return new(dataset.Name, dataset.Name, cancellation => new MemoryStream(ReadWaiting(dataset, cancellation)))
            {
                Prompts = dataset.Prompts,
            };
        }
        if (!File.Exists(name) && !Directory.Exists(name))
        {
            throw new FailureException(
                $"\"{name}\" is neither a file nor a dataset; check the path, or give a dataset: "
                    + $"{DatasetNames.List("or")}."
            );
        }
        return new(System.IO.Path.GetFileName(name), name, _ => TextFile.OpenRead(name)) { Path = name };
    }

    /// <summary>Opens the text for reading once, from its beginning to its end.</summary>
    public Stream OpenRead(CancellationToken cancellationToken) => _open(cancellationToken);

    /// <summary>
    /// Opens the text for reading more than once; a source that can be read only once is kept in memory.
    /// </summary>
    public Stream OpenRereadable(CancellationToken cancellationToken)
    {
        var stream = OpenRead(cancellationToken);
        if (stream.CanSeek)
        {
            return stream;
        }
        using (stream)
        {
            var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            bytes.Position = 0;
            return bytes;
        }
    }

    /// <summary>
    /// Waits for a dataset on the thread that then trains: after an await that would be one of the pool's, which the
    /// workers and the timers need.
    /// </summary>
    private static byte[] ReadWaiting(Dataset dataset, CancellationToken cancellationToken) =>
        dataset.ReadAsync(cancellationToken: cancellationToken).GetAwaiter().GetResult();

    private static TextSource FromInput(Func<Stream>? open)
    {
        if (open is null)
        {
            throw new UsageException(
                "- means standard input, which is a terminal; pipe a text in, as in cat my.txt | recurrent train "
                    + "- ."
            );
        }
        return new("text", "standard input", _ => open());
    }
}
