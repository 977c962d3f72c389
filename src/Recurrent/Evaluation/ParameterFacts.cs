using System.Buffers.Binary;
using System.Security.Cryptography;
using Recurrent.Tensors;

namespace Recurrent.Evaluation;

/// <summary>What can be said of a parameter without showing it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">The lengths of its axes.</param>
/// <param name="Count">Number of values.</param>
/// <param name="Norm">Euclidean norm, summed in double precision in the order of the values.</param>
/// <param name="Largest">Largest magnitude of a value.</param>
/// <param name="Hash">"sha256:" and the SHA-256 of the values as the model file holds them, float32 little-endian.</param>
public sealed record ParameterFacts(
    string Name,
    IReadOnlyList<int> Shape,
    int Count,
    double Norm,
    double Largest,
    string Hash
)
{
    /// <summary>Looks at a parameter.</summary>
    public static ParameterFacts Of(Parameter parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
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
