using Recurrent.Formats.Safetensors;
using Recurrent.Models;
using Recurrent.Models.Counts;
using Recurrent.Tensors;
using Recurrent.Text;

namespace Recurrent.Formats;

/// <summary>
/// A model, the codec of its text and the summary of its training: all that generation needs. It is kept in one file of
/// the safetensors format, described in docs/formats.md.
/// </summary>
/// <example>
/// <code>
/// var trained = TrainedModel.Load("my.safetensors");
/// Console.WriteLine(new TextGenerator(trained.Model, trained.Codec).Generate("the miller"));
/// </code>
/// </example>
public sealed class TrainedModel
{
    private const string StreamName = "the stream";

    /// <summary>Puts a model and its codec together.</summary>
    /// <param name="model">The model.</param>
    /// <param name="codec">The codec of the text that the model was trained on.</param>
    /// <param name="training">The summary of its training; null if nothing is known.</param>
    /// <exception cref="ArgumentException">The codec's vocabulary has another size than the model's.</exception>
    public TrainedModel(ILanguageModel model, TextCodec codec, TrainingSummary? training = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(codec);
        if (model.Configuration.VocabularySize != codec.Vocabulary.Count)
        {
            throw new ArgumentException(
                $"The model has {model.Configuration.VocabularySize} vocabulary entries and its codec "
                    + $"{codec.Vocabulary.Count}; use the codec that the model was trained with.",
                nameof(codec)
            );
        }
        (Model, Codec, Training) = (model, codec, training ?? new TrainingSummary());
        Networks = NetworksOf(model) is { Length: > 0 } networks ? networks : [model];
    }

    /// <summary>The model.</summary>
    public ILanguageModel Model { get; }

    /// <summary>The networks that the model is a mixture of, counts aside; or the model itself.</summary>
    public IReadOnlyList<ILanguageModel> Networks { get; }

    /// <summary>The network alone: the first of the <see cref="Networks"/>, and the only one of most models.</summary>
    public ILanguageModel Network => Networks[0];

    /// <summary>The parameters of all networks, by the names that they have in the model's file.</summary>
    internal IEnumerable<Parameter> Parameters =>
        Networks.SelectMany(
            (network, i) =>
                network.Parameters.Select(one => new Parameter(ModelFile.PrefixOf(i + 1) + one.Name, one.Value))
        );

    /// <summary>The same without the counts that its network or networks are mixed with.</summary>
    /// <returns>This one, if there are no counts.</returns>
    /// <example>
    /// <code>
    /// trained.WithoutCounts().ExportOnnx("my.onnx"); // ONNX has nothing for counts
    /// </code>
    /// </example>
    public TrainedModel WithoutCounts() =>
        Model is MixedModel { First: var networks, Second: NGramModel }
            ? new(networks, Codec, Training.NetworkValidationPerplexity is null ? Training : OfNetworks)
            : this;

    /// <summary>One of the networks alone; nothing is known of what it measured.</summary>
    /// <param name="number">Its number, from 1.</param>
    internal TrainedModel OnlyNetwork(int number) =>
        new(
            Networks[number - 1],
            Codec,
            Training with
            {
                Perplexity = null,
                ValidationPerplexity = null,
                NetworkValidationPerplexity = null,
                HeldOutLines = null,
            }
        );

    /// <summary>The summary of the networks' training, without what was measured with counts.</summary>
    private TrainingSummary OfNetworks =>
        Training with
        {
            ValidationPerplexity = Training.NetworkValidationPerplexity,
            NetworkValidationPerplexity = null,
            HeldOutLines = null,
        };

    private static ILanguageModel[] NetworksOf(ILanguageModel model) =>
        model switch
        {
            MixedModel mixed => [.. NetworksOf(mixed.First), .. NetworksOf(mixed.Second)],
            NGramModel => [],
            _ => [model],
        };

    /// <summary>The codec that turns text into the model's tokens and back.</summary>
    public TextCodec Codec { get; }

    /// <summary>The summary of its training.</summary>
    public TrainingSummary Training { get; }

    /// <summary>
    /// Throws what <see cref="Save(string, WeightType)"/> would throw for this path now, and leaves no trace; for use
    /// before a long training run.
    /// </summary>
    /// <remarks>
    /// There must be no file yet, an empty one, or a model file: a file of another kind, such as the text that is to be
    /// trained on, is the user's own and never replaced.
    /// </remarks>
    /// <param name="path">The file that is to be created or replaced later; its folder must exist.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="ModelFileException">A file that is not a model file is there.</exception>
    /// <exception cref="IOException">The file cannot be written; the message names the path and the cause.</exception>
    /// <example>
    /// <code>
    /// TrainedModel.CheckDestination("models/my.safetensors"); // throws before hours of training, not after them
    /// </code>
    /// </example>
    public static void CheckDestination(string path) => ModelFile.Output.Check(path);

    /// <summary>
    /// Loads a model from a file. Whatever the file claims, no more is allocated than its size warrants.
    /// </summary>
    /// <param name="path">A file that <see cref="Save(string, WeightType)"/> wrote.</param>
    /// <param name="create">
    /// Makes a model of a kind that Recurrent does not have: with the given configuration and the parameters that
    /// such a model has, whose values are then read from the file. Null where only Recurrent's own kinds are
    /// expected. It should allocate no more than the configuration warrants, which is all that is known of the file's
    /// content by then.
    /// </param>
    /// <param name="device">
    /// Where the parameters of one of Recurrent's own kinds are to be; null for the default device.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="ModelFileException">
    /// The file is missing, a folder or unreadable; or it is empty, cut short, damaged, of another kind, or of a
    /// newer version; or the model of a kind of the caller's own does not have the file's configuration and
    /// parameters.
    /// </exception>
    /// <example>
    /// <code>
    /// var trained = TrainedModel.Load("my.safetensors", device: Device.Cpu(threads: 1));
    /// </code>
    /// </example>
    public static TrainedModel Load(
        string path,
        Func<ModelConfiguration, ILanguageModel>? create = null,
        Device? device = null
    ) => InputFile.Read(path, stream => ModelFile.Read(stream, create, device));

    /// <summary>
    /// Loads a model from a stream. Whatever it claims, no more is allocated than its length warrants.
    /// </summary>
    /// <param name="stream">
    /// A stream that can be read and seeked, such as a <see cref="MemoryStream"/>; the model is all of it from its
    /// position to its end. It is left open.
    /// </param>
    /// <param name="create">Makes a model of a kind that Recurrent does not have; null for none.</param>
    /// <param name="device">
    /// Where the parameters of one of Recurrent's own kinds are to be; null for the default device.
    /// </param>
    /// <exception cref="ArgumentException">The stream cannot be read or not be seeked.</exception>
    /// <exception cref="ModelFileException">
    /// The content is empty, cut short, damaged, of another kind, or of a newer version; or the model of a kind of the
    /// caller's own does not have its configuration and parameters.
    /// </exception>
    /// <exception cref="IOException">The stream fails.</exception>
    public static TrainedModel Load(
        Stream stream,
        Func<ModelConfiguration, ILanguageModel>? create = null,
        Device? device = null
    )
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanRead || !stream.CanSeek)
        {
            throw new ArgumentException(
                "The stream cannot be read or has no length to check the content against; "
                    + "copy it to a MemoryStream first.",
                nameof(stream)
            );
        }
        try
        {
            return ModelFile.Read(stream, create, device);
        }
        catch (FormatError error)
        {
            throw ModelFileException.Reading(StreamName, error);
        }
    }

    /// <summary>
    /// Imports weights that PyTorch has trained, see docs/exchange.md: a state dictionary in a safetensors file or one
    /// of torch.save, with one nn.RNN, nn.GRU or nn.LSTM of any number of layers in one or both directions, one
    /// nn.Linear, and at most one nn.Embedding, under any names. Kind and sizes are told by the shapes. Nothing in a
    /// file is executed, and whatever the files claim, no more is allocated than their sizes warrant.
    /// </summary>
    /// <remarks>
    /// A vocabulary without <see cref="Vocabulary.UnknownToken"/> gets it as one more entry at index 0: its weights are
    /// zeros and its logit is −100, so that it is never written. If it stands elsewhere, it moves to index 0.
    /// </remarks>
    /// <param name="weightsPath">
    /// A safetensors file, or a file of torch.save from PyTorch 1.6 on; weights of float16, bfloat16 and float64 become
    /// float32.
    /// </param>
    /// <param name="vocabularyPath">A JSON file with the token of each index.</param>
    /// <param name="nonlinearity">
    /// That of an nn.RNN, tanh or relu, which no file tells; null for tanh, with a note.
    /// </param>
    /// <param name="note">
    /// Takes a sentence on each thing that was passed over or taken for granted; null to hear of none.
    /// </param>
    /// <example>
    /// <code>
    /// var model = TrainedModel.ImportPyTorch("weights.pt", "vocab.json", note: Console.Error.WriteLine);
    /// model.Save("my.safetensors");
    /// </code>
    /// </example>
    /// <exception cref="ArgumentException">A path is empty, or the nonlinearity is another.</exception>
    /// <exception cref="ModelFileException">
    /// A file is missing or unreadable, damaged, or of another kind; the weights are of a model that cannot be had; or
    /// the vocabulary is of another size than the weights'.
    /// </exception>
    public static TrainedModel ImportPyTorch(
        string weightsPath,
        string vocabularyPath,
        string? nonlinearity = null,
        Action<string>? note = null
    ) => PyTorchWeights.Import(weightsPath, vocabularyPath, nonlinearity, note);

    /// <summary>
    /// Imports a model in the Open Neural Network Exchange format (https://onnx.ai), whatever wrote it, see
    /// docs/exchange.md: tokens or one-hot vectors, at most one embedding, RNN, GRU or LSTM layers that are alike,
    /// and a linear output. Whatever the files claim, no more is allocated than their sizes warrant.
    /// </summary>
    /// <inheritdoc cref="ImportPyTorch" path="/remarks"/>
    /// <example>
    /// <code>
    /// var trained = TrainedModel.ImportOnnx("model.onnx", "vocab.json");
    /// trained.Save("model.safetensors");
    /// </code>
    /// </example>
    /// <param name="path">An ONNX file of opset 7 or later.</param>
    /// <param name="vocabularyPath">A JSON file with the token of each index.</param>
    /// <param name="note">Takes a sentence on each thing that was taken for granted; null to hear of none.</param>
    /// <exception cref="ArgumentException">A path is empty.</exception>
    /// <exception cref="ModelFileException">
    /// A file is missing or unreadable, or damaged; the model computes what Recurrent does not, which the message
    /// names; or the vocabulary is of another size than the model's.
    /// </exception>
    public static TrainedModel ImportOnnx(string path, string vocabularyPath, Action<string>? note = null) =>
        OnnxFile.Import(path, vocabularyPath, note);

    /// <summary>
    /// Saves the model to a file, all of it or nothing: after an error or a crash an old file is as it was.
    /// </summary>
    /// <remarks>
    /// The same model gives the same bytes, whatever the machine, the day and the number of threads. A model of a
    /// kind that Recurrent does not have is saved with its configuration, <see cref="ModelConfiguration.Options"/>
    /// included, and its parameters, and is loaded with a function that makes models of that kind.
    /// </remarks>
    /// <param name="path">
    /// The file to create, or a model file to replace (see <see cref="CheckDestination"/>); its folder must exist.
    /// </param>
    /// <param name="type">
    /// The type of the weights in the file: 16 bits each halve the file, and the model that is loaded is a little less
    /// exact.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="ModelFileException">
    /// A file that is not a model file is there, or this model could not be loaded again: a weight is not finite or
    /// too large for the type, two parameters have one name, or the model is not what the kind in its configuration
    /// says, because it computes with a step or an initial state of the caller's own.
    /// </exception>
    /// <exception cref="IOException">The file cannot be written; the message names the path and the cause.</exception>
    /// <example>
    /// <code>
    /// trained.Save("small.safetensors", WeightType.Float16); // half the size
    /// </code>
    /// </example>
    public void Save(string path, WeightType type = WeightType.Float32) =>
        ModelFile.Output.Write(path, stream => ModelFile.Write(stream, this, type));

    /// <summary>
    /// Writes the model to a stream, as the bytes that <see cref="Save(string, WeightType)"/> puts into a file.
    /// </summary>
    /// <param name="stream">A stream that can be written; it is left open.</param>
    /// <param name="type">The type of the weights there.</param>
    /// <exception cref="ArgumentException">The stream cannot be written.</exception>
    /// <exception cref="ModelFileException">This model could not be loaded again; nothing is written.</exception>
    /// <exception cref="IOException">The stream fails.</exception>
    public void Save(Stream stream, WeightType type = WeightType.Float32)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanWrite)
        {
            throw new ArgumentException("The stream cannot be written; open it for writing.", nameof(stream));
        }
        try
        {
            ModelFile.Write(stream, this, type);
        }
        catch (FormatError error)
        {
            throw ModelFileException.Writing(StreamName, error);
        }
    }

    /// <summary>
    /// Writes the model in the Open Neural Network Exchange format (https://onnx.ai), all of it or nothing: after an
    /// error an old file is as it was. See docs/exchange.md.
    /// </summary>
    /// <remarks>
    /// Inputs: tokens (batch, steps), int64; h_0 (L·D, batch, H) and for an LSTM c_0 (L·D, batch, H). Outputs: logits
    /// (batch, steps, V); h_n and for an LSTM c_n, which are the next h_0 and c_0. Batch and steps may be any. The
    /// metadata hold the vocabulary under "text", as a model file does.
    /// </remarks>
    /// <param name="path">
    /// The file to create, or one of Recurrent's ONNX files to replace; its folder must exist.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="ModelFileException">
    /// Another file is there, ONNX has no operator for the model's cell, the model has counts (see
    /// <see cref="WithoutCounts"/>) or computes in a way of the caller's own, or it is larger than the 2 GiB that the
    /// format can hold.
    /// </exception>
    /// <exception cref="IOException">The file cannot be written; the message names the path and the cause.</exception>
    /// <example>
    /// <code>
    /// trained.WithoutCounts().ExportOnnx("my.onnx");
    /// </code>
    /// </example>
    public void ExportOnnx(string path) => OnnxFile.Export(this, path);
}
