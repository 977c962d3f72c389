using Recurrent.Text;

namespace Recurrent.Datasets;

/// <summary>A named text to train on; <see cref="All"/> lists them.</summary>
/// <example>
/// <code>
/// var corpus = await Dataset.TimeMachine.ReadCorpusAsync(CorpusOptions.Book); // downloaded once
/// </code>
/// </example>
public abstract class Dataset
{
    private protected Dataset(string name, string description, IReadOnlyList<string> prompts)
    {
        Name = name;
        Description = description;
        Prompts = prompts;
    }

    /// <summary>
    /// <c>story</c>: an English short story written for this project, embedded in the library.
    /// </summary>
    public static Dataset Story { get; } =
        new EmbeddedDataset(
            "story",
            "The Book of High Water, a short story written for this project (embedded, works offline)",
            ["the miller ", "the tide "],
            "story.txt"
        );

    /// <summary>
    /// <c>time-machine</c>: H. G. Wells's novel of 1895, in the edition that <i>Dive into Deep Learning</i> trains on,
    /// downloaded once from that book's own data site.
    /// </summary>
    /// <remarks>
    /// The file has 178,979 bytes and the SHA-256
    /// <c>8424dbd9532ac81f7e5f0b6add90e6952baea29158309d7d1bf3884f4e12c516</c>. The book publishes its SHA-1,
    /// <c>090b5e7e70c295757f55df93cb0a180b9691891a</c>, in its section on text preprocessing.
    /// </remarks>
    public static Dataset TimeMachine { get; } =
        new DownloadedDataset(
            "time-machine",
            "The Time Machine by H. G. Wells, 1895 (downloaded once, 175 KiB)",
            ["time traveller ", "traveller "],
            new ChecksummedFile(
                new Uri("https://d2l-data.s3-accelerate.amazonaws.com/timemachine.txt"),
                "timemachine.txt",
                "8424dbd9532ac81f7e5f0b6add90e6952baea29158309d7d1bf3884f4e12c516"
            )
        );

    /// <summary>
    /// <c>war-of-the-worlds</c>: H. G. Wells's novel of 1898, a second book by the author of <i>The Time Machine</i>,
    /// downloaded once from Project Gutenberg (book 36), without that site's header and footer.
    /// </summary>
    /// <remarks>
    /// Project Gutenberg corrects its copies now and then, so the bytes may change; a downloaded copy is kept as it is.
    /// </remarks>
    public static Dataset WarOfTheWorlds { get; } =
        new DownloadedDataset(
            "war-of-the-worlds",
            "The War of the Worlds by H. G. Wells, 1898 (downloaded once from Project Gutenberg, some 360 KiB)",
            ["the martians ", "the martian "],
            new GutenbergFile(
                new Uri("https://www.gutenberg.org/cache/epub/36/pg36.txt"),
                "pg36.txt",
                "The War of the Worlds"
            )
        );

    /// <summary>All datasets; the first one is the default.</summary>
    public static IReadOnlyList<Dataset> All { get; } = [Story, TimeMachine, WarOfTheWorlds];

    /// <summary>Finds the dataset with a name, or returns null if there is none; the name is case-sensitive.</summary>
    /// <param name="name">A name such as <c>time-machine</c>.</param>
    public static Dataset? Find(string name) => All.FirstOrDefault(dataset => dataset.Name == name);

    /// <summary>The name, in lower case, such as <c>time-machine</c>.</summary>
    public string Name { get; }

    /// <summary>One line that says what it is and where it comes from.</summary>
    public string Description { get; }

    /// <summary>Two prompts, normalised to letters, that the text itself continues in many ways.</summary>
    public IReadOnlyList<string> Prompts { get; }

    /// <summary>
    /// Reads the text's bytes, UTF-8, as published, without a publisher's header and footer. A text that is not
    /// embedded is downloaded on first use, and kept.
    /// </summary>
    /// <param name="cacheFolder">
    /// The folder for downloaded texts, created if missing. The default is the user's own cache folder:
    /// <c>$XDG_CACHE_HOME/recurrent</c> or <c>~/.cache/recurrent</c> on Linux,
    /// <c>~/Library/Caches/recurrent</c> on macOS, <c>%LOCALAPPDATA%\recurrent\cache</c> on Windows. Embedded
    /// texts do not use it.
    /// </param>
    /// <param name="cancellationToken">Stops a download.</param>
    /// <exception cref="DatasetException">
    /// The text cannot be downloaded or kept; the message says which file to put where instead.
    /// </exception>
    /// <exception cref="OperationCanceledException">
    /// <paramref name="cancellationToken"/> was cancelled.
    /// </exception>
    public abstract Task<byte[]> ReadAsync(string? cacheFolder = null, CancellationToken cancellationToken = default);

    /// <summary>Makes a corpus of the text.</summary>
    /// <param name="options">How; with every default unless given.</param>
    /// <param name="cacheFolder">Where downloaded texts are kept, see <see cref="ReadAsync"/>.</param>
    /// <param name="cancellationToken">Stops a download and the reading.</param>
    /// <exception cref="DatasetException">The text cannot be downloaded or kept; the message says which file
    /// to put where instead.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was
    /// cancelled.</exception>
    public async Task<Corpus> ReadCorpusAsync(
        CorpusOptions? options = null,
        string? cacheFolder = null,
        CancellationToken cancellationToken = default
    ) => Corpus.FromBytes(await ReadAsync(cacheFolder, cancellationToken), Name, options);
}
