using Recurrent.Cli.Arguments;
using Recurrent.Datasets;
using Recurrent.Text;

namespace Recurrent.Cli.Input;

/// <summary>A text that the user named: a dataset, a file, or the standard input.</summary>
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

    /// <summary>What the text is called: a dataset or a file without its folder.</summary>
    public string Name { get; }

    /// <summary>What errors call it.</summary>
    public string Origin { get; }

    /// <summary>The file it is read from; null where it is none.</summary>
    public string? Path { get; private init; }

    /// <summary>Beginnings that the text continues in many ways; null for the user's own text.</summary>
    public IReadOnlyList<string>? Prefixes { get; private init; }

    /// <summary>The file that a model of this text is written to where the user names none.</summary>
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
    /// <param name="context">Where the standard input comes from.</param>
    /// <exception cref="UsageException">The standard input is a terminal.</exception>
    /// <exception cref="FailureException">There is no such thing.</exception>
    public static TextSource Find(string name, CliContext context)
    {
        if (name == StandardInput)
        {
            return FromInput(context.OpenInput);
        }
        if (Dataset.Find(name) is { } dataset)
        {
            return new(
                dataset.Name,
                dataset.Name,
                cancellation => new MemoryStream(ReadWaiting(dataset, cancellation))
            )
            {
                Prefixes = dataset.Prefixes,
            };
        }
        if (!File.Exists(name) && !Directory.Exists(name))
        {
            throw new FailureException(
                $"\"{name}\" is neither a file nor a dataset; check the path, or take one of the datasets, "
                    + $"{DatasetNames.List("or")}."
            );
        }
        return new(System.IO.Path.GetFileName(name), name, _ => TextFile.OpenRead(name)) { Path = name };
    }

    /// <summary>Opens it, to be read once from its beginning to its end.</summary>
    public Stream OpenRead(CancellationToken cancellationToken) => _open(cancellationToken);

    /// <summary>Opens it, to be read more than once; what can be read only once is kept in memory.</summary>
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
    /// Waits for a dataset on the thread that then trains: after an await that would be one of the pool's, which the workers
    /// and the timers need.
    /// </summary>
    private static byte[] ReadWaiting(Dataset dataset, CancellationToken cancellationToken) =>
        dataset.ReadAsync(cancellationToken: cancellationToken).GetAwaiter().GetResult();

    private static TextSource FromInput(Func<Stream>? open)
    {
        if (open is null)
        {
            throw new UsageException(
                "- is the standard input and that is the terminal; pipe a text in, as in cat my.txt | recurrent train - ."
            );
        }
        return new("text", "the standard input", _ => open());
    }
}
