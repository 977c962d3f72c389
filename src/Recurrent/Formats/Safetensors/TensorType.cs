using System.Buffers.Binary;

namespace Recurrent.Formats.Safetensors;

/// <summary>A type of values in a file of tensors, little-endian whatever the machine.</summary>
/// <param name="Name">Its name in a safetensors file.</param>
/// <param name="Size">The bytes of a value.</param>
/// <param name="ToFloats">Converts values to float32; null for what cannot be a weight, such as integers.</param>
/// <param name="FromFloats">Converts values from float32; null for what is read only.</param>
internal sealed record TensorType(
    string Name,
    int Size,
    Action<ReadOnlySpan<byte>, Span<float>>? ToFloats = null,
    Action<ReadOnlySpan<float>, Span<byte>>? FromFloats = null
)
{
    /// <summary>IEEE single precision.</summary>
    public static readonly TensorType Float32 = new(
        "F32",
        sizeof(float),
        static (bytes, values) =>
        {
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * sizeof(float))..]);
            }
        },
        static (values, bytes) =>
        {
            for (var i = 0; i < values.Length; i++)
            {
                BinaryPrimitives.WriteSingleLittleEndian(bytes[(i * sizeof(float))..], values[i]);
            }
        }
    );

    /// <summary>IEEE half precision.</summary>
    public static readonly TensorType Float16 = new(
        "F16",
        2,
        static (bytes, values) =>
        {
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(bytes[(2 * i)..]);
            }
        },
        static (values, bytes) =>
        {
            for (var i = 0; i < values.Length; i++)
            {
                BinaryPrimitives.WriteHalfLittleEndian(bytes[(2 * i)..], (Half)values[i]);
            }
        }
    );

    /// <summary>The upper half of single precision.</summary>
    public static readonly TensorType BFloat16 = new(
        "BF16",
        2,
        static (bytes, values) =>
        {
            for (var i = 0; i < values.Length; i++)
            {
                var bits = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]);
                values[i] = BitConverter.UInt32BitsToSingle((uint)bits << 16);
            }
        },
        static (values, bytes) =>
        {
            for (var i = 0; i < values.Length; i++)
            {
                var bits = BitConverter.SingleToUInt32Bits(values[i]);
                var rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16; // to the nearest, halves to even
                BinaryPrimitives.WriteUInt16LittleEndian(bytes[(2 * i)..], (ushort)rounded);
            }
        }
    );

    /// <summary>IEEE double precision.</summary>
    public static readonly TensorType Float64 = new(
        "F64",
        sizeof(double),
        static (bytes, values) =>
        {
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes[(i * sizeof(double))..]);
            }
        }
    );

    /// <summary>Integers from 0 to 255.</summary>
    public static readonly TensorType UInt8 = new("U8", 1);

    /// <summary>Integers from 0 to 65,535.</summary>
    public static readonly TensorType UInt16 = new("U16", 2);

    /// <summary>Integers of 32 bits.</summary>
    public static readonly TensorType Int32 = new("I32", 4);

    private static readonly TensorType[] s_all =
    [
        Float32,
        Float16,
        BFloat16,
        Float64,
        new("I64", 8),
        new("U64", 8),
        Int32,
        new("U32", 4),
        new("I16", 2),
        UInt16,
        new("I8", 1),
        UInt8,
        new("BOOL", 1),
        new("F8_E4M3", 1),
        new("F8_E5M2", 1),
    ];

    /// <summary>Whether the values are integers or truth values.</summary>
    public bool IsInteger => Name[0] is 'I' or 'U' or 'B' && ToFloats is null;

    /// <summary>The smallest type that holds the integers from 0 to one.</summary>
    public static TensorType ForIntegersTo(int largest) =>
        largest <= byte.MaxValue ? UInt8
        : largest <= ushort.MaxValue ? UInt16
        : Int32;

    /// <summary>The type of that name, or null.</summary>
    public static TensorType? Find(string name) => Array.Find(s_all, type => type.Name == name);

    /// <summary>The values as they come back from a file of this type.</summary>
    public float[] Round(ReadOnlySpan<float> values)
    {
        var bytes = new byte[values.Length * Size];
        FromFloats!(values, bytes);
        var rounded = new float[values.Length];
        ToFloats!(bytes, rounded);
        return rounded;
    }
}
