using FsCheck.Fluent;
using Recurrent.Formats;
using Recurrent.Formats.Safetensors;

namespace Recurrent.Tests.Formats.Safetensors;

/// <summary>Weights in 16 bits: the nearest that there are, in half the bytes.</summary>
public sealed class TensorTypeTests
{
    private static readonly Dictionary<WeightType, TensorType> s_types = new()
    {
        [WeightType.Float16] = TensorType.Float16,
        [WeightType.BFloat16] = TensorType.BFloat16,
    };

    [Theory]
    [InlineData(WeightType.Float16)]
    [InlineData(WeightType.BFloat16)]
    public void A_weight_becomes_the_nearest_that_there_is(WeightType chosen)
    {
        var type = s_types[chosen];
        // All that there are, in order.
        var all = new float[1 << 16];
        type.ToFloats!([.. Enumerable.Range(0, 1 << 16).SelectMany(bits => BitConverter.GetBytes((ushort)bits))], all);
        float[] ordered = [.. all.Where(float.IsFinite).Distinct().Order()];
        var values = Gen.Choose(int.MinValue, int.MaxValue)
            .Select(BitConverter.Int32BitsToSingle)
            .Where(value => MathF.Abs(value) <= ordered[^1]);

        Laws.Hold(
            values,
            value =>
            {
                var rounded = type.Round([value])[0];
                var next = Array.BinarySearch(ordered, value);
                var (below, above) = next >= 0 ? (next, next) : (~next - 1, ~next);
                var nearest = new[] { ordered[below], ordered[above] }.Min(candidate =>
                    Math.Abs((double)candidate - value)
                );
                return ordered.Contains(rounded) && Math.Abs((double)rounded - value) == nearest;
            }
        );
        Assert.Equal(ordered, type.Round(ordered)); // what there is stays, and halves go to even
    }

    [Theory]
    [InlineData(WeightType.Float16, 1f + (1f / 2048), 1f)]
    [InlineData(WeightType.Float16, 1f + (3f / 2048), 1f + (4f / 2048))]
    [InlineData(WeightType.BFloat16, 1f + (1f / 256), 1f)]
    [InlineData(WeightType.BFloat16, -1f - (3f / 256), -1f - (4f / 256))]
    public void A_half_goes_to_the_even_neighbour(WeightType chosen, float value, float expected) =>
        Assert.Equal([expected], s_types[chosen].Round([value]));

    [Theory]
    [InlineData(WeightType.Float16)]
    [InlineData(WeightType.BFloat16)]
    public void A_model_file_of_them_loads_with_the_rounded_weights(WeightType type)
    {
        var trained = TinyModel.Create();
        trained.Model.Parameters[0].Value.Write([.. trained.Model.Parameters[0].Value.ToArray().Select(v => v / 3)]);
        using var stream = new MemoryStream();
        trained.Save(stream, type);
        var (header, data) = RawSafetensors.Parse(stream.ToArray());
        Assert.Equal(s_types[type].Name, (string?)header["W_xh"]!["dtype"]);
        var count = trained.Model.Parameters.Sum(parameter => parameter.Value.Count);
        Assert.Equal(2 * count, stream.Length - data);

        var loaded = TinyModel.Load(stream.ToArray());
        foreach (var (before, after) in trained.Model.Parameters.Zip(loaded.Model.Parameters))
        {
            Assert.Equal(s_types[type].Round(before.Value.ToArray()), after.Value.ToArray());
        }
        Assert.NotEqual(TinyModel.Save(trained), TinyModel.Save(loaded));
        using var again = new MemoryStream();
        loaded.Save(again, type);
        Assert.Equal(stream.ToArray(), again.ToArray());
    }

    [Fact]
    public void A_weight_that_is_too_large_is_refused_and_nothing_written()
    {
        var trained = TinyModel.Create();
        trained.Model.Parameters[4].Value.Write([1, -70_000, 2]);
        using var stream = new MemoryStream();
        var error = Assert.Throws<ModelFileException>(() => trained.Save(stream, WeightType.Float16));
        Assert.Equal(
            "Cannot write the stream: value 1 of its parameter \"b_q\" is -70000, too large for F16; "
                + "choose a wider type.",
            error.Message
        );
        Assert.Equal(0, stream.Length);
        trained.Save(stream, WeightType.BFloat16);
        Assert.NotEqual(0, stream.Length);
    }
}
