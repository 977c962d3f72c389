using FsCheck;
using FsCheck.Fluent;
using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Tests.Tensors;

/// <summary>Random shapes, and random values to fill them, the same in every run.</summary>
internal static class Draw
{
    /// <summary>Three axis lengths from 1 to 5 and a seed.</summary>
    public static Gen<(int M, int N, int K, int Seed)> Sizes { get; } =
        from m in Gen.Choose(1, 5)
        from n in Gen.Choose(1, 5)
        from k in Gen.Choose(1, 5)
        from seed in Gen.Choose(0, 1_000_000)
        select (m, n, k, seed);

    /// <summary>Normal values, none nearer to zero than 0.05, where a ReLU has its corner.</summary>
    public static Tensor Values(int seed, params int[] shape)
    {
        var tensor = Tensor.Normal(new RandomStream(seed, 7), 1f, shape);
        tensor.ChangeEach(value => MathF.CopySign(MathF.Max(MathF.Abs(value), 0.05f), value));
        return tensor;
    }

    /// <summary>Indices below a bound.</summary>
    public static int[] Indices(int seed, int count, int bound) =>
        [.. Enumerable.Range(0, count).Select(i => new RandomStream(seed, 8).Below(bound, (ulong)i))];
}
