using Recurrent.Formats.Onnx;
using Recurrent.Formats.Safetensors;
using Recurrent.Models;
using Recurrent.Models.Counts;

namespace Recurrent.Formats;

/// <summary>Models in the Open Neural Network Exchange format (https://onnx.ai), see docs/exchange.md.</summary>
/// <remarks>
/// The file is Protocol Buffers, written by <see cref="ProtobufMessage"/> and read by <see cref="ProtobufReader"/>: it
/// takes only numbers and bytes. A library and a compiler for them would be much to depend on, and would copy the
/// weights.
/// </remarks>
internal static class OnnxFile
{
    private const int IrVersion = 8; // of ONNX 1.12, which opset 17 came with
    private const int Opset = 17;
    private const string Producer = "recurrent";

    private static readonly OutputFile s_output = new("Recurrent has not exported", "choose another name", IsOurs);

    /// <summary>See <see cref="TrainedModel.ExportOnnx"/>.</summary>
    public static void Export(TrainedModel trained, string path)
    {
        ArgumentNullException.ThrowIfNull(trained);
        s_output.Write(path, stream => MessageOf(trained).WriteTo(stream));
    }

    /// <summary>See <see cref="TrainedModel.ImportOnnx"/>.</summary>
    public static TrainedModel Import(string path, string vocabularyPath, Action<string>? note)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentException.ThrowIfNullOrEmpty(vocabularyPath);
        note ??= _ => { };
        var (configuration, parameters) = InputFile.Read(
            path,
            stream => OnnxImport.Read(BytesOf(stream), Path.GetDirectoryName(Path.GetFullPath(path))!, note)
        );
        return PyTorchWeights.WithVocabulary(configuration, parameters, vocabularyPath, note);
    }

    private static byte[] BytesOf(Stream stream)
    {
        if (stream.Length > Array.MaxLength)
        {
            throw new FormatError(
                $"it takes {stream.Length:#,0} bytes and ONNX allows {int.MaxValue:#,0}",
                "name another"
            );
        }
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static ProtobufMessage MessageOf(TrainedModel trained)
    {
        const string WayOut = "choose a smaller one";
        try
        {
            var message = Beginning()
                .Add(7, OnnxModel.Of(RecurrentOf(trained.Model)).ToMessage())
                .Add(8, new ProtobufMessage().Add(1, "").Add(2, Opset))
                .Add(14, new ProtobufMessage().Add(1, "text").Add(2, ModelFile.TextOf(trained.Codec).ToArray()));
            return message.Length <= int.MaxValue
                ? message
                : throw new FormatError(
                    $"it would take {message.Length:#,0} bytes and ONNX allows {int.MaxValue:#,0}",
                    WayOut
                );
        }
        catch (OverflowException error)
        {
            throw new FormatError(
                $"a layer has more weights than an ONNX file can hold, {int.MaxValue:#,0} bytes",
                WayOut,
                error
            );
        }
    }

    private static RecurrentLanguageModel RecurrentOf(ILanguageModel model) =>
        model switch
        {
            RecurrentLanguageModel { Configuration.Features: not null } => throw new FormatError(
                "the model has context features, whose hashes no operator of ONNX computes",
                "export one that was trained without --features"
            ),
            RecurrentLanguageModel recurrent => recurrent,
            RnnFromScratch { IsStandard: true } scratch => ScratchAsRecurrent.Of(scratch),
            MixedModel { Second: not NGramModel } => throw new FormatError(
                "the model is the mean of several networks, and ONNX files are of one",
                "export one of its Networks, in a TrainedModel of its own"
            ),
            MixedModel => throw new FormatError(
                "the model has counts, which ONNX has nothing for",
                "export its network alone, by WithoutCounts()"
            ),
            _ => throw new FormatError(
                "the model computes in a way of its own",
                $"export one of the kinds {string.Join(", ", LanguageModel.Kinds)}"
            ),
        };

    /// <summary>The fields that every file of ours begins with.</summary>
    private static ProtobufMessage Beginning() => new ProtobufMessage().Add(1, IrVersion).Add(2, Producer);

    private static bool IsOurs(Stream stream)
    {
        using var beginning = new MemoryStream();
        Beginning().WriteTo(beginning);
        var found = new byte[beginning.Length];
        var count = stream.ReadAtLeast(found, found.Length, throwOnEndOfStream: false);
        return found.AsSpan(0, count).SequenceEqual(beginning.ToArray());
    }
}
