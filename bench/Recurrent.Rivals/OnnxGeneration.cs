using Microsoft.ML.OnnxRuntime;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Throughput;

namespace Recurrent.Rivals;

/// <summary>ONNX Runtime on the file that <c>recurrent export</c> writes, every input and output bound once.</summary>
internal static class OnnxGeneration
{
    private const int CharactersPerTurn = 100;

    /// <summary>Characters per second of all streams together, the most likely one each time.</summary>
    public static double Measure(string kind, int hidden, int layers, int vocabulary, int streams, int threads)
    {
        using var session = Open(kind, hidden, layers, vocabulary, threads);
        using var run = new RunOptions();
        var tokens = new long[streams];
        var logits = new float[streams * vocabulary];
        long[] shape = [layers, streams, hidden];
        string[] names = kind == "lstm" ? ["h", "c"] : ["h"];

        // The state after one character is the state before the next: two bindings take turns.
        var (even, odd) = (
            names.ToDictionary(name => name, _ => State()),
            names.ToDictionary(name => name, _ => State())
        );
        OrtIoBinding[] bindings = [Bind(even, odd), Bind(odd, even)];
        return SteadySpeed.Measure(() =>
        {
            var start = TimeProvider.System.GetTimestamp();
            for (var i = 0; i < CharactersPerTurn; i++)
            {
                session.RunWithBinding(run, bindings[i % 2]);
                for (var stream = 0; stream < streams; stream++)
                {
                    var row = logits.AsSpan(stream * vocabulary, vocabulary);
                    tokens[stream] = System.Numerics.Tensors.TensorPrimitives.IndexOfMax(row);
                }
            }
            return (streams * CharactersPerTurn, TimeProvider.System.GetElapsedTime(start));
        });

        OrtValue State() => OrtValue.CreateTensorValueFromMemory(new float[layers * streams * hidden], shape);

        OrtIoBinding Bind(Dictionary<string, OrtValue> before, Dictionary<string, OrtValue> after)
        {
            var binding = session.CreateIoBinding();
            binding.BindInput("tokens", OrtValue.CreateTensorValueFromMemory(tokens, [streams, 1]));
            binding.BindOutput("logits", OrtValue.CreateTensorValueFromMemory(logits, [streams, 1, vocabulary]));
            foreach (var name in names)
            {
                binding.BindInput($"{name}_0", before[name]);
                binding.BindOutput($"{name}_n", after[name]);
            }
            return binding;
        }
    }

    private static InferenceSession Open(string kind, int hidden, int layers, int vocabulary, int threads)
    {
        var configuration = new ModelConfiguration
        {
            Kind = kind,
            VocabularySize = vocabulary,
            HiddenSize = hidden,
            Layers = layers,
        };
        var model = LanguageModel.Create(configuration, RandomStream.Parameters(seed: 1), Device.Cpu(threads: 1));
        var codec = RandomText.Corpus(vocabulary, length: 1000).Codec;
        var folder = Directory.CreateTempSubdirectory("rivals");
        try
        {
            var path = Path.Combine(folder.FullName, "model.onnx");
            new TrainedModel(model, codec).ExportOnnx(path);
            using var options = new SessionOptions { IntraOpNumThreads = threads };
            return new InferenceSession(path, options);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
