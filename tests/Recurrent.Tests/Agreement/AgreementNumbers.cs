using System.Text.Json;
using System.Text.Json.Serialization;
using Recurrent.Tensors;

namespace Recurrent.Tests.Agreement;

/// <summary>What agreement_numbers.py is to the scripts: values from a formula, and how the numbers are read.</summary>
internal static class AgreementNumbers
{
    private const int Samples = 11;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>The cases that a script wrote.</summary>
    public static T[] Read<T>(string file) =>
        JsonSerializer.Deserialize<T[]>(
            File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Agreement", file)),
            s_json
        )!;

    /// <summary>A leaf of values in (−scale/2, scale/2).</summary>
    public static Tensor Formula(int salt, double scale, params int[] shape)
    {
        var values = new float[shape.Aggregate(1, (product, length) => product * length)];
        for (var i = 0; i < values.Length; i++)
        {
            var value = (float)(0.5 * Math.Sin(salt + (1.7 * i) + (0.3 * (i % 7) * (i % 5))));
            values[i] = (float)(value * scale);
        }
        return Tensor.From(values, shape).RequireGradient();
    }

    /// <summary>
    /// Parameter k gets the formula of salt k, scaled so that no sum grows with the size of the layer.
    /// </summary>
    public static void Fill(IReadOnlyList<Parameter> parameters)
    {
        for (var salt = 0; salt < parameters.Count; salt++)
        {
            var value = parameters[salt].Value;
            var scale = value.Shape.Rank == 2 ? 1 / Math.Sqrt(value.Shape[1]) : 1;
            value.CopyFrom(Formula(salt, scale, value.Shape.ToArray()));
        }
    }

    public static int[] Tokens(int salt, int vocabulary, int count) =>
        [.. Enumerable.Range(0, count).Select(i => (salt + (7 * i) + (i * i)) % vocabulary)];

    /// <summary>The root mean square of all values, and some of them.</summary>
    public sealed record Sampled(double Rms, double[] Some)
    {
        /// <summary>Asserts that values agree with these.</summary>
        public void AssertWithin(float[] actual, string what)
        {
            var step = Math.Max(1, actual.Length / Samples);
            Agree.Within(Some, [.. actual.Where((_, i) => i % step == 0)], what, Rms);
            var rms = Math.Sqrt(actual.Average(value => (double)value * value));
            Assert.True(Math.Abs(rms - Rms) <= 1e-5 * Rms, $"{what}: rms is {rms} and must be {Rms}.");
        }
    }
}
