using System.Buffers.Binary;
using System.Security.Cryptography;
using Recurrent.Tensors;

namespace Recurrent.Cli.Output;

/// <summary>A summary of a parameter's values.</summary>
/// <param name="Name">The name of the parameter.</param>
/// <param name="Shape">The lengths of its axes.</param>
/// <param name="Count">The number of values.</param>
/// <param name="Norm">The Euclidean norm, summed in double precision in the order of the values.</param>
/// <param name="Largest">The largest magnitude of a value.</param>
/// <param name="Hash">
/// "sha256:" and the SHA-256 of the values as the model file holds them, float32 little-endian.
/// </param>
internal sealed record ParameterFacts(
    string Name,
    IReadOnlyList<int> Shape,
    int Count,
    double Norm,
    double Largest,
    string Hash
)
{
    /// <summary>Summarises a parameter.</summary>
    public static ParameterFacts Of(Parameter parameter)
    {
        var (name, value) = parameter;
        var (squares, largest) = (0.0, 0.0);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[sizeof(float)];
        foreach (var number in value.ToArray())
        {
            squares += (double)number * number;
            largest = Math.Max(largest, Math.Abs(number));
            BinaryPrimitives.WriteSingleLittleEndian(bytes, number);
            hash.AppendData(bytes);
        }
        return new(
            name,
            value.Shape.ToArray(),
            value.Count,
            Math.Sqrt(squares),
            largest,
            "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset())
        );
    }
}
