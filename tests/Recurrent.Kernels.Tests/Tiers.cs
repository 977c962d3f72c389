namespace Recurrent.Kernels.Tests;

/// <summary>Every tier by name, so that a failing test says which one.</summary>
internal static class Tiers
{
    public static TheoryData<string> All => [.. VectorTier.All.Select(tier => tier.Name)];

    /// <summary>Sizes around the widths and tiles of every tier.</summary>
    public static int[] OddSizes { get; } = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 257];

    /// <summary>Reproducible values in (−1, 1), different for each seed.</summary>
    public static float[] Values(int length, uint seed)
    {
        var values = new float[length];
        var state = (seed * 2654435761u) + 12345u;
        for (var i = 0; i < length; i++)
        {
            state = (state * 1664525u) + 1013904223u;
            values[i] = ((int)(state >> 8) - (1 << 23)) / (float)(1 << 23);
        }
        return values;
    }
}
