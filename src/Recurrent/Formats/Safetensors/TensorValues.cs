using System.Buffers.Binary;
using Recurrent.Tensors;

namespace Recurrent.Formats.Safetensors;

/// <summary>The values of a tensor as bytes.</summary>
internal static class TensorValues
{
    /// <summary>The most values that are converted at once.</summary>
    public const int MaxAtOnce = 16384;

    /// <summary>Writes the values of a tensor, as float32 unless another type is given.</summary>
    public static void Write(Stream stream, Tensor tensor, TensorType? type = null)
    {
        type ??= TensorType.Float32;
        var values = tensor.ToArray();
        var bytes = new byte[Math.Min(values.Length, MaxAtOnce) * type.Size];
        for (var done = 0; done < values.Length; )
        {
            var count = Math.Min(values.Length - done, MaxAtOnce);
            type.FromFloats!(values.AsSpan(done, count), bytes);
            stream.Write(bytes, 0, count * type.Size);
            done += count;
        }
    }

    /// <summary>Reads values.</summary>
    /// <exception cref="EndOfStreamException">The stream has fewer.</exception>
    public static void Read(Stream stream, Span<float> values, TensorType type)
    {
        var bytes = new byte[Math.Min(values.Length, MaxAtOnce) * type.Size];
        for (var done = 0; done < values.Length; )
        {
            var count = Math.Min(values.Length - done, MaxAtOnce);
            stream.ReadExactly(bytes, 0, count * type.Size);
            type.ToFloats!(bytes, values.Slice(done, count));
            done += count;
        }
    }

    /// <summary>Writes integers.</summary>
    /// <param name="stream">The destination.</param>
    /// <param name="values">The values, which the type holds.</param>
    /// <param name="type">The type: of integers of 8, 16 or 32 bits.</param>
    public static void Write(Stream stream, ReadOnlySpan<int> values, TensorType type)
    {
        var bytes = new byte[Math.Min(values.Length, MaxAtOnce) * type.Size];
        while (!values.IsEmpty)
        {
            var part = values[..Math.Min(values.Length, MaxAtOnce)];
            for (var i = 0; i < part.Length; i++)
            {
                var value = bytes.AsSpan(i * type.Size);
                if (type == TensorType.UInt8)
                {
                    value[0] = (byte)part[i];
                }
                else if (type == TensorType.UInt16)
                {
                    BinaryPrimitives.WriteUInt16LittleEndian(value, (ushort)part[i]);
                }
                else
                {
                    BinaryPrimitives.WriteInt32LittleEndian(value, part[i]);
                }
            }
            stream.Write(bytes, 0, part.Length * type.Size);
            values = values[part.Length..];
        }
    }

    /// <summary>Reads integers.</summary>
    /// <inheritdoc cref="Write(Stream, ReadOnlySpan{int}, TensorType)"/>
    /// <exception cref="EndOfStreamException">The stream has fewer.</exception>
    public static void Read(Stream stream, Span<int> values, TensorType type)
    {
        var bytes = new byte[Math.Min(values.Length, MaxAtOnce) * type.Size];
        while (!values.IsEmpty)
        {
            var part = values[..Math.Min(values.Length, MaxAtOnce)];
            stream.ReadExactly(bytes, 0, part.Length * type.Size);
            for (var i = 0; i < part.Length; i++)
            {
                var value = bytes.AsSpan(i * type.Size);
                part[i] =
                    type == TensorType.UInt8 ? value[0]
                    : type == TensorType.UInt16 ? BinaryPrimitives.ReadUInt16LittleEndian(value)
                    : BinaryPrimitives.ReadInt32LittleEndian(value);
            }
            values = values[part.Length..];
        }
    }

    /// <summary>Refuses what is not a number: a model with such a weight can only continue with nonsense.</summary>
    /// <param name="name">The parameter.</param>
    /// <param name="values">Its values, or a part of them.</param>
    /// <param name="wayOut">The way out if one is not.</param>
    /// <param name="first">The place of the first value in the parameter.</param>
    /// <param name="mayBeInfinite">Whether it may be infinite, as a moment of the optimiser may.</param>
    /// <exception cref="FormatError">A value is infinite or not a number.</exception>
    public static void RequireFinite(
        string name,
        ReadOnlySpan<float> values,
        string wayOut,
        long first = 0,
        bool mayBeInfinite = false
    )
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]) && !(mayBeInfinite && float.IsInfinity(values[i])))
            {
                throw new FormatError(
                    $"value {first + i} of its parameter {FormatError.Quote(name)} is {values[i]}, not a "
                        + $"{(mayBeInfinite ? "" : "finite ")}number",
                    wayOut
                );
            }
        }
    }
}
