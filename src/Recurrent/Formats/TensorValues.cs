using System.Buffers.Binary;

namespace Recurrent.Formats;

/// <summary>The values of a tensor as bytes: float32, little-endian whatever the machine.</summary>
internal static class TensorValues
{
    private const int MostAtOnce = 16384;

    public static void Write(Stream stream, ReadOnlySpan<float> values)
    {
        var bytes = new byte[Math.Min(values.Length, MostAtOnce) * sizeof(float)];
        for (var done = 0; done < values.Length; )
        {
            var count = Math.Min(values.Length - done, MostAtOnce);
            for (var i = 0; i < count; i++)
            {
                BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[done + i]);
            }
            stream.Write(bytes, 0, count * sizeof(float));
            done += count;
        }
    }

    /// <exception cref="EndOfStreamException">The stream has fewer.</exception>
    public static void Read(Stream stream, Span<float> values)
    {
        var bytes = new byte[Math.Min(values.Length, MostAtOnce) * sizeof(float)];
        for (var done = 0; done < values.Length; )
        {
            var count = Math.Min(values.Length - done, MostAtOnce);
            stream.ReadExactly(bytes, 0, count * sizeof(float));
            for (var i = 0; i < count; i++)
            {
                values[done + i] = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(i * sizeof(float)));
            }
            done += count;
        }
    }

    /// <summary>A model with a weight that is no finite number can only continue with nonsense.</summary>
    /// <exception cref="FormatError">A value is infinite or not a number.</exception>
    public static void RequireFinite(string name, ReadOnlySpan<float> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                throw new FormatError(
                    $"value {i} of its parameter {FormatError.Quote(name)} is {values[i]}, not a finite number",
                    "train the model anew with a lower learning rate"
                );
            }
        }
    }
}
