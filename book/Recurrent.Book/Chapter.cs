using System.Runtime.CompilerServices;
using System.Text;
using Recurrent.Datasets;
using Recurrent.Pictures;

namespace Recurrent.Book;

/// <summary>
/// What all chapters share: their options, the text that they read, where their pictures go, and headings in what they
/// print.
/// </summary>
/// <remarks>Standard output is the same bytes on every machine; what is not goes to standard error.</remarks>
public sealed class Chapter
{
    private const string Usage = "options: --quick, --text FILE, --another FILE, --pictures FOLDER, --chinese";
    private const int LeastLetters = 2_000; // of a text, so that every chapter finds its minibatches in it
    private static readonly UTF8Encoding s_utf8 = new(
        encoderShouldEmitUTF8Identifier: false,
        throwOnInvalidBytes: true
    );
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private readonly string? _textPath;
    private readonly string? _anotherPath;
    private readonly string _pictureFolder;
    private readonly Translation? _chinese;

    private Chapter(bool quick, string? textPath, string? anotherPath, string pictureFolder, Translation? chinese) =>
        (Quick, _textPath, _anotherPath, _pictureFolder, _chinese) = (
            quick,
            textPath,
            anotherPath,
            pictureFolder,
            chinese
        );

    /// <summary>Whether seconds matter more than results: a short run on the embedded story, for trying out.</summary>
    public bool Quick { get; }

    /// <summary>Reads a chapter's command line; a wrong one ends the program with a message and exit code 2.</summary>
    /// <param name="args">
    /// The arguments: <c>--quick</c>, <c>--text FILE</c>, <c>--another FILE</c>, <c>--pictures FOLDER</c> and
    /// <c>--chinese</c>, none of them needed.
    /// </param>
    /// <param name="program">The path of the chapter's source, whose name is the chapter's.</param>
    public static Chapter Open(string[] args, [CallerFilePath] string program = "")
    {
        ArgumentNullException.ThrowIfNull(args);
        Console.OutputEncoding = Encoding.UTF8;
        var (quick, pictureFolder, isChinese) = (false, "pictures", false);
        var (textPath, anotherPath) = ((string?)null, (string?)null);
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--quick":
                    quick = true;
                    break;
                case "--chinese":
                    isChinese = true;
                    break;
                case "--text" when i + 1 < args.Length:
                    textPath = args[++i];
                    break;
                case "--another" when i + 1 < args.Length:
                    anotherPath = args[++i];
                    break;
                case "--pictures" when i + 1 < args.Length:
                    pictureFolder = args[++i];
                    break;
                default:
                    Fail($"\"{args[i]}\" is not an option or lacks its value; {Usage}.");
                    break;
            }
        }
        var name = Path.GetFileNameWithoutExtension(program);
        var chinese = Translation.Of(name);
        if (isChinese)
        {
            if (chinese is null)
            {
                Fail($"{name} has no Chinese words yet; leave out --chinese, or add book/zh-CN/{name}.txt.");
            }
            Console.SetOut(new TranslatingWriter(Console.Out, chinese!));
        }
        return new Chapter(quick, textPath, anotherPath, pictureFolder, chinese);
    }

    /// <summary>Begins a section of the output.</summary>
    /// <param name="title">Its heading.</param>
    public static void Section(string title)
    {
        Console.WriteLine();
        Console.WriteLine($"== {title}");
    }

    /// <summary>
    /// Writes a picture into the folder of <c>--pictures</c>, by default <c>pictures</c> where the program was started;
    /// beside it, where the chapter has Chinese words, the same with those, as <c>NAME.zh-CN.svg</c>.
    /// </summary>
    /// <param name="name">Its name without the ending <c>.svg</c>.</param>
    /// <param name="picture">The picture.</param>
    public void Show(string name, Picture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        var path = Path.Combine(Directory.CreateDirectory(_pictureFolder).FullName, $"{name}.svg");
        picture.Save(path);
        Console.Error.WriteLine(path);
        if (_chinese is not null)
        {
            picture.Translated(_chinese.Line).Save(Path.ChangeExtension(path, ".zh-CN.svg"));
        }
        Console.WriteLine($"picture: {name}.svg");
    }

    /// <summary>
    /// The text to read: the file of <c>--text</c>; otherwise The Time Machine, kept or downloaded; otherwise, and with
    /// <c>--quick</c>, the embedded story. Prints which.
    /// </summary>
    public BookText ReadText()
    {
        var text = Read(_textPath, Dataset.TimeMachine);
        Console.WriteLine($"text: {text.Title}, {text.Content.Length:N0} characters");
        return text;
    }

    /// <summary>
    /// Another text beside that one: the file of <c>--another</c>; otherwise a dataset, kept or downloaded; where it is
    /// not at hand, and with <c>--quick</c>, the embedded story. Prints which.
    /// </summary>
    /// <param name="dataset">The dataset.</param>
    public BookText ReadAnother(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        var text = Read(_anotherPath, dataset);
        Console.WriteLine($"another text: {text.Title}, {text.Content.Length:N0} characters");
        return text;
    }

    private BookText Read(string? path, Dataset dataset)
    {
        if (path is not null)
        {
            var text = new BookText(ReadFile(path));
            if (text.Letters < LeastLetters)
            {
                Fail(
                    $"{path} has {text.Letters:N0} letters and the chapters need {LeastLetters:N0}; give a longer text."
                );
            }
            return text;
        }
        if (!Quick)
        {
            try
            {
                using var patience = new CancellationTokenSource(s_patience);
                return Decode(dataset, patience.Token);
            }
            catch (Exception e) when (e is DatasetException or OperationCanceledException)
            {
                Console.Error.WriteLine(e.Message);
                Console.WriteLine($"{dataset.Name} is not at hand; the story that comes with the library will do.");
            }
        }
        return Decode(Dataset.Story, CancellationToken.None);
    }

    private static BookText Decode(Dataset dataset, CancellationToken cancellationToken) =>
        new(Decode(dataset.ReadAsync(cancellationToken: cancellationToken).GetAwaiter().GetResult(), dataset.Name));

    private static string Decode(byte[] bytes, string origin)
    {
        try
        {
            var text = s_utf8.GetString(bytes);
            text = text.StartsWith('\uFEFF') ? text[1..] : text; // a byte order mark
            return text.Length == 0
                    ? throw new InvalidDataException($"{origin} is empty; give a text with at least one character.")
                : text.Contains('\0') ? throw new InvalidDataException($"{origin} is binary; convert it to UTF-8 text.")
                : text;
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException($"{origin} is not UTF-8; convert it to UTF-8 text.", e);
        }
    }

    private static string ReadFile(string path)
    {
        try
        {
            return Decode(File.ReadAllBytes(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            Fail(e.Message);
            throw;
        }
    }

    private static void Fail(string message)
    {
        Console.Error.WriteLine(message);
        Environment.Exit(2);
    }
}
