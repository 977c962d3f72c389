using System.Text;
using Recurrent.Compression;
using Recurrent.Decoding;
using Recurrent.Evaluation;
using Recurrent.Formats;
using Recurrent.Text;
using Recurrent.Training;
using Decoder = Recurrent.Models.Decoder;

namespace Recurrent;

/// <summary>
/// A trained model of text, ready for use: trained or loaded, it writes texts, scores lines and is saved. It never
/// changes, and any number of threads may use it at once: each call gets the text or the score that it gets alone.
/// </summary>
/// <example>
/// <code>
/// var model = TextModel.Train("names.txt");
/// Console.WriteLine(model.Generate());
/// model.Save("names.safetensors");
/// </code>
/// </example>
public sealed class TextModel
{
    private static readonly UTF8Encoding s_utf8 = new(
        encoderShouldEmitUTF8Identifier: false,
        throwOnInvalidBytes: true
    );

    private readonly Decoder _decoder;
    private readonly LineScorer _scorer;
    private readonly TextEmbedder _embedder;
    private readonly Lazy<TextPacker> _packer; // not every model can pack

    /// <summary>Freezes a model as it is now.</summary>
    /// <param name="trained">A model that reads left to right.</param>
    /// <exception cref="ArgumentException">The model reads from both ends.</exception>
    /// <example>
    /// <code>
    /// var imported = new TextModel(TrainedModel.ImportPyTorch("weights.safetensors", "vocabulary.json"));
    /// </code>
    /// </example>
    public TextModel(TrainedModel trained)
    {
        _decoder = ModelEvaluator.RequireReadsForward(trained).CreateDecoder();
        Trained = trained;
        _scorer = new LineScorer(_decoder, trained.Codec);
        _embedder = new TextEmbedder(_decoder, trained.Codec);
        _packer = new(() => new TextPacker(trained));
    }

    /// <summary>The model, its vocabulary and the summary of its training.</summary>
    /// <example>
    /// <code>
    /// Console.WriteLine(model.Trained.Training.ValidationPerplexity);
    /// model.Trained.WithoutCounts().ExportOnnx("names.onnx");
    /// </code>
    /// </example>
    public TrainedModel Trained { get; }

    /// <summary>
    /// Trains a model on a text file, as the command line does: every character counts, and the settings suit the text
    /// unless the options say otherwise. The same text and settings give the same model on every machine.
    /// </summary>
    /// <param name="path">The file, of UTF-8 text.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Is told of each epoch; null for nobody.</param>
    /// <param name="cancellationToken">
    /// Stops the training between two minibatches; what was trained is kept where the options name a checkpoint.
    /// </param>
    /// <exception cref="IOException">The file is missing, is a folder, or cannot be read.</exception>
    /// <exception cref="TextFormatException">The file is empty, binary, or not UTF-8.</exception>
    /// <exception cref="ArgumentException">The text is too short, or the settings do not fit it.</exception>
    /// <exception cref="ModelFileException">The checkpoint cannot be read, or is another run's.</exception>
    /// <exception cref="TrainingDivergedException">The learning rate is far too high for the text.</exception>
    /// <exception cref="OperationCanceledException">The training was stopped.</exception>
    /// <example>
    /// <code>
    /// var model = TextModel.Train(
    ///     "names.txt",
    ///     new() { Budget = TimeSpan.FromSeconds(30) },
    ///     new Progress&lt;EpochReport&gt;(epoch =&gt; Console.WriteLine(epoch.ValidationPerplexity)),
    ///     cancellationToken
    /// );
    /// </code>
    /// </example>
    public static TextModel Train(
        string path,
        TextModelOptions? options = null,
        IProgress<EpochReport>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        var reading = options?.From is { } from ? new CorpusOptions().Like(from.Trained.Codec) : new();
        using var corpus = Corpus.FromFile(path, reading, cancellationToken);
        return Train(corpus, options, progress, cancellationToken);
    }

    /// <summary>Trains a model on a text that was read already, in whatever way.</summary>
    /// <param name="corpus">The text.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Is told of each epoch; null for nobody.</param>
    /// <param name="cancellationToken">
    /// Stops the training between two minibatches; what was trained is kept where the options name a checkpoint.
    /// </param>
    /// <exception cref="ArgumentException">The text is too short, or the settings do not fit it.</exception>
    /// <exception cref="ModelFileException">The checkpoint cannot be read, or is another run's.</exception>
    /// <exception cref="TrainingDivergedException">The learning rate is far too high for the text.</exception>
    /// <exception cref="OperationCanceledException">The training was stopped.</exception>
    /// <example>
    /// <code>
    /// var words = new CorpusOptions { Tokenizer = Tokenizer.Words };
    /// var model = TextModel.Train(Corpus.FromText(text, words));
    /// </code>
    /// </example>
    public static TextModel Train(
        Corpus corpus,
        TextModelOptions? options = null,
        IProgress<EpochReport>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(corpus);
        options ??= new TextModelOptions();
        if (options.From is { } from)
        {
            corpus = corpus.ForModel(from.Trained.Codec, options.ExtendVocabulary);
        }
        var session = new TrainingSession(corpus, options.PlanFor(corpus), options.Session);
        session.Resume();
        try
        {
            foreach (var report in session.Run(cancellationToken))
            {
                progress?.Report(report);
            }
        }
        catch (OperationCanceledException)
        {
            session.SaveCheckpoint();
            throw;
        }
        session.SaveCheckpoint(); // so that the same call again has nothing left to train
        return new TextModel(session.Finish());
    }

    /// <summary>Loads a model from a file.</summary>
    /// <param name="path">A file that <see cref="Save"/> or the command line wrote.</param>
    /// <exception cref="ModelFileException">
    /// The file is missing or unreadable; or it is empty, cut short, damaged, of another kind, or of a newer version.
    /// </exception>
    /// <exception cref="ArgumentException">The model reads from both ends.</exception>
    /// <example>
    /// <code>
    /// var model = TextModel.Load("names.safetensors");
    /// </code>
    /// </example>
    public static TextModel Load(string path) => new(TrainedModel.Load(path));

    /// <summary>
    /// Saves the model to a file, all of it or nothing: after an error or a crash an old file is as it was.
    /// </summary>
    /// <param name="path">The file to create, or a model file to replace; its folder must exist.</param>
    /// <exception cref="ModelFileException">A file that is not a model file is there.</exception>
    /// <exception cref="IOException">The file cannot be written; the message names the path and the cause.</exception>
    /// <example>
    /// <code>
    /// model.Save("names.safetensors");
    /// </code>
    /// </example>
    public void Save(string path) => Trained.Save(path);

    /// <summary>Writes a text.</summary>
    /// <param name="prompt">The text to continue; where it is empty, a text begins as those of the training do.</param>
    /// <param name="length">Number of tokens to add, 0 or more, or null for 300 characters.</param>
    /// <param name="sampling">How tokens are chosen; null for the defaults: the same text each time.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>The added text, without the prompt.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    /// <example>
    /// <code>
    /// var name = model.Generate(sampling: new() { Seed = 7, StopStrings = ["\n"] });
    /// </code>
    /// </example>
    public string Generate(
        string prompt = "",
        int? length = null,
        SamplingOptions? sampling = null,
        CancellationToken cancellationToken = default
    ) => Writer(sampling).Generate(prompt, length, cancellationToken);

    /// <summary>Writes several texts side by side, which is faster than one after the other.</summary>
    /// <param name="prompts">The texts to continue; each has draws of its own, by its place in the list.</param>
    /// <param name="length">Number of tokens to add to each, 0 or more, or null for 300 characters.</param>
    /// <param name="sampling">How tokens are chosen; null for the defaults: the same texts each time.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>The added texts, without the prompts.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    /// <example>
    /// <code>
    /// var names = model.GenerateAll(["", "", "An"], sampling: new() { StopStrings = ["\n"] });
    /// </code>
    /// </example>
    public IReadOnlyList<string> GenerateAll(
        IReadOnlyList<string> prompts,
        int? length = null,
        SamplingOptions? sampling = null,
        CancellationToken cancellationToken = default
    ) => Writer(sampling).GenerateAll(prompts, length, cancellationToken);

    /// <summary>Writes a text, piece by piece as it comes.</summary>
    /// <param name="prompt">The text to continue; may be empty.</param>
    /// <param name="length">Number of tokens to add, 0 or more, or null for 300 characters.</param>
    /// <param name="sampling">How tokens are chosen; null for the defaults.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>Pieces that add up to the text of <see cref="Generate"/>; a token may give none.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    /// <example>
    /// <code>
    /// foreach (var piece in model.Stream("the miller ", length: 100))
    /// {
    ///     Console.Write(piece);
    /// }
    /// </code>
    /// </example>
    public IEnumerable<string> Stream(
        string prompt = "",
        int? length = null,
        SamplingOptions? sampling = null,
        CancellationToken cancellationToken = default
    ) => Writer(sampling).Stream(prompt, length, cancellationToken);

    /// <summary>Writes a text, piece by piece as it comes, without holding up the caller's thread.</summary>
    /// <param name="prompt">The text to continue; may be empty.</param>
    /// <param name="length">Number of tokens to add, 0 or more, or null for 300 characters.</param>
    /// <param name="sampling">How tokens are chosen; null for the defaults.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>The pieces that <see cref="Stream"/> gives.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    /// <example>
    /// <code>
    /// await foreach (var piece in model.StreamAsync("the miller ", length: 100))
    /// {
    ///     Console.Write(piece);
    /// }
    /// </code>
    /// </example>
    public IAsyncEnumerable<string> StreamAsync(
        string prompt = "",
        int? length = null,
        SamplingOptions? sampling = null,
        CancellationToken cancellationToken = default
    ) => Writer(sampling).StreamAsync(prompt, length, cancellationToken);

    /// <summary>Measures how surprising a line is.</summary>
    /// <param name="line">The line, without its end.</param>
    /// <returns>Its bits; <see cref="LineScore.BitsPerCharacter"/> is high for an odd line.</returns>
    /// <example>
    /// <code>
    /// var odd = model.Score("Xqzkw").BitsPerCharacter &gt; 4;
    /// </code>
    /// </example>
    public LineScore Score(string line) => ScoreAll([line])[0];

    /// <summary>Measures how surprising lines are, read side by side.</summary>
    /// <param name="lines">The lines, without their ends.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>What each takes, in the order of the lines.</returns>
    /// <example>
    /// <code>
    /// var oddest = model.ScoreAll(File.ReadAllLines("names.txt")).MaxBy(score =&gt; score.BitsPerCharacter);
    /// </code>
    /// </example>
    public IReadOnlyList<LineScore> ScoreAll(
        IReadOnlyList<string> lines,
        CancellationToken cancellationToken = default
    ) => _scorer.Score(lines, cancellationToken);

    /// <summary>
    /// Turns texts into vectors, near each other for texts alike in how they are written: the mean of the top layer's
    /// hidden state over a text's tokens, of length 1; of several networks that of the first.
    /// </summary>
    /// <param name="texts">The texts.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>A vector (hidden size) for each; zeros for a text without tokens.</returns>
    /// <example>
    /// <code>
    /// var vectors = model.Embed(["Anna", "Hannah"]);
    /// var similarity = vectors[0].Zip(vectors[1], (a, b) =&gt; a * b).Sum();
    /// </code>
    /// </example>
    public IReadOnlyList<float[]> Embed(IReadOnlyList<string> texts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return _embedder.Embed(texts, cancellationToken);
    }

    /// <summary>
    /// Packs a text by what the model expects in it: the better it predicts a text, the fewer the bytes. Only this
    /// model, of which any copy will do, can unpack it. For streams there is <see cref="TextPacker"/>.
    /// </summary>
    /// <param name="text">The text, with any characters.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>The packed text.</returns>
    /// <exception cref="ArgumentException">
    /// The model knows letters alone (<see cref="Normalization.Letters"/>), or half a surrogate pair is in the text.
    /// </exception>
    /// <example>
    /// <code>
    /// byte[] packed = model.Pack("the miller sang a song");
    /// Console.WriteLine(model.Unpack(packed)); // the miller sang a song
    /// </code>
    /// </example>
    public byte[] Pack(string text, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        using var packed = new MemoryStream();
        _packer.Value.Pack(new MemoryStream(s_utf8.GetBytes(text)), packed, cancellationToken);
        return packed.ToArray();
    }

    /// <summary>Unpacks a text.</summary>
    /// <param name="packed">What <see cref="Pack"/> gave, or the command line wrote.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>The text; what is not UTF-8 in a file becomes U+FFFD.</returns>
    /// <exception cref="InvalidDataException">
    /// These bytes are not a packed text, or they are damaged, cut short, or of another model.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// The model knows letters alone (<see cref="Normalization.Letters"/>).
    /// </exception>
    /// <example>
    /// <code>
    /// var text = model.Unpack(File.ReadAllBytes("my.txt.packed"));
    /// </code>
    /// </example>
    public string Unpack(byte[] packed, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(packed);
        using var text = new MemoryStream();
        _packer.Value.Unpack(new MemoryStream(packed), text, cancellationToken);
        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }

    private TextGenerator Writer(SamplingOptions? sampling) => new(_decoder, Trained.Codec, sampling);
}
