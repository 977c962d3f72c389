using Recurrent.Cli.Arguments;
using Recurrent.Cli.Hosting;
using Recurrent.Datasets;
using Recurrent.Files;
using Recurrent.Text;

namespace Recurrent.Cli.Input;

/// <summary>A text that the user named: a dataset, files, or standard input.</summary>
internal sealed class TextSource
{
    private const string StandardInput = "-";
    private readonly Func<CancellationToken, Stream> _open;
    private string _stem = ""; // of the model's file, where the text is in several

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

    /// <summary>The files it is read from; none if it is not in files.</summary>
    public IReadOnlyList<string> Files { get; private init; } = [];

    /// <summary>
    /// Whether it can be opened again, to the same text: what is in files can, but for pipes, which have no length.
    /// </summary>
    public bool IsInFiles => Files.Count > 0 && Files.All(SharedFile.HasContent);

    /// <summary>Prompts that the text continues in many ways; null for the user's own text.</summary>
    public IReadOnlyList<string>? Prompts { get; private init; }

    /// <summary>The file for a model of this text, if the user names none.</summary>
    public string ModelPath
    {
        get
        {
            var first = Files.Count > 1 ? _stem : Name;
            var stem = Path.GetFileNameWithoutExtension(first);
            return (stem.Length > 0 ? stem : first) + ".safetensors";
        }
    }

    /// <summary>Finds the text of a name, or of several.</summary>
    /// <param name="text">What the user named.</param>
    /// <param name="options">The way in which its bytes are read.</param>
    /// <param name="context">The source of standard input.</param>
    /// <exception cref="UsageException">Standard input is a terminal, or named together with files.</exception>
    /// <exception cref="FailureException">There is no such text.</exception>
    public static TextSource Find(TextNames text, CorpusOptions options, CliContext context)
    {
        var source = text.Names is [var name] ? FindOne(name, options, context) : FindFiles(text.Names, options);
        return text.RecordName is null ? source : source.OfRecords(text, options);
    }

    private static TextSource FindOne(string name, CorpusOptions options, CliContext context)
    {
        if (name == StandardInput)
        {
            return FromInput(context);
        }
        if (Dataset.Find(name) is { } dataset)
        {
            if (Path.Exists(name))
            {
                context.Error.WriteLine(
                    $"{name} is read as the dataset; for the file of that name in this folder, write ./{name}."
                );
            }
            return new(dataset.Name, dataset.Name, cancellation => new MemoryStream(ReadWaiting(dataset, cancellation)))
            {
                Prompts = dataset.Prompts,
            };
        }
        return FindFiles([name], options);
    }

    private static TextSource FindFiles(IReadOnlyList<string> names, CorpusOptions options)
    {
        if (names.Count > 1 && names.Contains(StandardInput))
        {
            throw new UsageException("- means standard input, which cannot be joined with files; give one of them.");
        }
        if (names.Count > 1 && names.FirstOrDefault(name => Dataset.Find(name) is not null) is { } dataset)
        {
            throw new UsageException(
                $"{dataset} is a dataset, which cannot be joined with files; give it alone, or ./{dataset} for a file."
            );
        }
        string[] files = [.. names.SelectMany(FilesNamed.By).Distinct(StringComparer.Ordinal)];
        var (first, stem) = (files[0], StemOf(names[0], files[0]));
        return files.Length == 1
            ? new(Path.GetFileName(first), first, _ => TextFile.OpenRead(first)) { Files = files }
            : new(
                names.Count == 1 ? names[0] : $"{names[0]} and {names.Count - 1} more",
                $"the text of {files.Length:#,0} files",
                _ => Documents.OpenFiles(files, options)
            )
            {
                Files = files,
                _stem = stem,
            };
    }

    /// <summary>The text of each row or line of this one.</summary>
    private TextSource OfRecords(TextNames text, CorpusOptions options)
    {
        IEnumerable<(string Origin, Func<CancellationToken, Stream> Open)> sources =
            Files.Count == 0
                ? [(Origin, _open)]
                : Files.Select(file => (file, (Func<CancellationToken, Stream>)(_ => TextFile.OpenRead(file))));
        return new(
            Name,
            $"{text.RecordName} of {Origin}",
            cancellation => Documents.Open(sources.SelectMany(Read), options)
        )
        {
            Files = Files,
            _stem = _stem,
        };

        IEnumerable<string> Read((string Origin, Func<CancellationToken, Stream> Open) source)
        {
            using var stream = source.Open(CancellationToken.None);
            using var bytes = new PieceStream(Documents.Decoded(stream, source.Origin, options.Encoding));
            using var reader = new StreamReader(bytes);
            var records = text.Column is { } column
                ? Records.OfColumn(reader, source.Origin, column)
                : Records.OfField(reader, source.Origin, text.Field!);
            foreach (var record in text.IsOfModel ? Explained(records, text) : records)
            {
                yield return record;
            }
        }
    }

    /// <summary>The records, with another way out where nobody asked for them.</summary>
    private static IEnumerable<string> Explained(IEnumerable<string> records, TextNames text)
    {
        using var each = records.GetEnumerator();
        while (MoveNext())
        {
            yield return each.Current;
        }

        bool MoveNext()
        {
            try
            {
                return each.MoveNext();
            }
            catch (FailureException error)
            {
                throw new FailureException(
                    $"{error.Message.TrimEnd('.')}; or take the file as it is, and not the {text.RecordName} that the "
                        + $"model was trained on, with --{text.Kept[0].Key} \"\".",
                    error
                );
            }
        }
    }

    /// <summary>The name of a model of several files: that of their folder, or of the first file.</summary>
    private static string StemOf(string name, string first) =>
        Path.GetFileName(Path.GetFullPath(Directory.Exists(name) ? Path.TrimEndingDirectorySeparator(name) : first));

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

    private static TextSource FromInput(CliContext context)
    {
        if (context.Ranks is { } ranks)
        {
            throw new UsageException(
                $"- means standard input, which one of the {ranks.Count} ranks alone could read; give a file instead."
            );
        }
        if (context.OpenInput is not { } open)
        {
            throw new UsageException(
                "- means standard input, which is a terminal; pipe a text in, as in cat my.txt | recurrent train "
                    + "- ."
            );
        }
        return new("text", "standard input", _ => open());
    }
}
