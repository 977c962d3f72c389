namespace Recurrent.Tests.Agreement;

/// <summary>Agreement with numbers from elsewhere.</summary>
internal static class Agree
{
    /// <summary>
    /// Every value within a relative 1e-5, where a value far below the root mean square of all counts as that large: its
    /// error comes from sums of larger ones.
    /// </summary>
    public static void Within(double[] expected, ReadOnlySpan<float> actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        var rms = Math.Sqrt(expected.Average(value => value * value));
        for (var i = 0; i < expected.Length; i++)
        {
            var error = Math.Abs(actual[i] - expected[i]) / Math.Max(Math.Abs(expected[i]), rms);
            Assert.True(error <= 1e-5, $"{what}[{i}] is {actual[i]}, {error:E1} from {expected[i]}.");
        }
    }
}
