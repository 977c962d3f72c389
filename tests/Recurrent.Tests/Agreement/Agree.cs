namespace Recurrent.Tests.Agreement;

/// <summary>Agreement with numbers from elsewhere.</summary>
internal static class Agree
{
    /// <summary>
    /// Every value within a relative 1e-5, where a value far below the root mean square of all but zeros counts as that
    /// large: its error comes from sums of larger ones.
    /// </summary>
    /// <param name="expected">The numbers from elsewhere.</param>
    /// <param name="actual">Ours.</param>
    /// <param name="what">What they are.</param>
    /// <param name="rms">The root mean square, where the expected numbers are only some of all.</param>
    public static void Within(double[] expected, ReadOnlySpan<float> actual, string what, double? rms = null)
    {
        Assert.Equal(expected.Length, actual.Length);
        var scale =
            rms ?? Math.Sqrt(expected.Sum(value => value * value) / Math.Max(1, expected.Count(value => value != 0)));
        for (var i = 0; i < expected.Length; i++)
        {
            var (error, bound) = (Math.Abs(actual[i] - expected[i]), Math.Max(Math.Abs(expected[i]), scale));
            Assert.True(error <= 1e-5 * bound, $"{what}[{i}] is {actual[i]}, {error / bound:E1} from {expected[i]}.");
        }
    }
}
