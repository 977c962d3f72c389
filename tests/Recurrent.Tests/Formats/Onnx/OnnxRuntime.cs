using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Recurrent.Formats;
using Recurrent.Tests.Tensors;

namespace Recurrent.Tests.Formats.Onnx;

/// <summary>Runs ONNX models in ONNX Runtime, which shares no code with Recurrent.</summary>
internal static class OnnxRuntime
{
    /// <summary>Runs a model on token indexes, or on anything else by name.</summary>
    /// <returns>The values of each output by name.</returns>
    public static Dictionary<string, float[]> Run(
        string path,
        params (string Name, object Values, int[] Shape)[] inputs
    )
    {
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        options.IntraOpNumThreads = 1;
        using var session = new InferenceSession(path, options);
        using var results = session.Run([
            .. inputs.Select(input =>
                input.Values switch
                {
                    long[] tokens => Named(input.Name, tokens, input.Shape),
                    int[] tokens => Named(input.Name, tokens, input.Shape),
                    var floats => Named(input.Name, (float[])floats, input.Shape),
                }
            ),
        ]);
        return results.ToDictionary(result => result.Name, result => result.AsTensor<float>().ToArray());
    }

    /// <summary>Asserts that two programs gave the same, to 1e-5 of the larger of 1 and the value.</summary>
    public static void AssertAgree(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        Assert.True(expected.Length == actual.Length, $"{what}: {expected.Length} values and {actual.Length} of ours");
        for (var i = 0; i < expected.Length; i++)
        {
            var difference = Math.Abs(expected[i] - actual[i]) / Math.Max(1, Math.Abs(expected[i]));
            Assert.True(difference <= 1e-5, $"{what}: value {i} is {expected[i]} and ours {actual[i]}");
        }
    }

    /// <summary>Our logits (steps, batch, V) of tokens (batch, steps), without the entry that an import adds.</summary>
    public static float[] Logits(TrainedModel trained, ReadOnlySpan<long> tokens, int batch)
    {
        var ours = new int[tokens.Length];
        for (var i = 0; i < ours.Length; i++)
        {
            ours[i] = (int)tokens[i] + 1;
        }
        var (logits, _) = trained.Model.Forward(ours, batch, trained.Model.InitialState(batch));
        var entries = logits.Shape[1];
        return [.. logits.ToArray().Where((_, i) => i % entries > 0)];
    }

    private static NamedOnnxValue Named<T>(string name, T[] values, int[] shape) =>
        NamedOnnxValue.CreateFromTensor(name, new DenseTensor<T>(values, shape));
}
