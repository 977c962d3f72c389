using Recurrent.Ranges;

namespace Recurrent.Formats;

/// <summary>
/// How surprising the lines are that a training run held out, as its model file keeps it: what tells an odd line from a
/// usual one.
/// </summary>
public sealed class HeldOutLines
{
    private static readonly double[] s_steps = [0.5, 0.2, 0.1]; // of a decade

    /// <summary>The fewest lines that tell anything.</summary>
    internal const int Fewest = 10;

    private static readonly Bounds<double> s_rates = Within.Above(0, 1.0);

    private readonly (double Rate, double Bits)[] _thresholds; // from the highest rate to the lowest

    internal HeldOutLines(int count, IEnumerable<(double Rate, double BitsPerCharacter)> thresholds) =>
        (Count, _thresholds) = (count, [.. thresholds.OrderByDescending(one => one.Rate)]);

    /// <summary>The number of lines.</summary>
    public int Count { get; }

    /// <summary>Bits per character, by the share of the lines that have more, from the highest share.</summary>
    public IReadOnlyList<(double Rate, double BitsPerCharacter)> Thresholds => _thresholds;

    /// <summary>Finds the bits per character that at most a share of usual lines exceed.</summary>
    /// <param name="rate">The share, above 0 and at most 1, and not below that of one line.</param>
    /// <returns>The threshold of the next lower share that is kept.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The share is out of range, or too small for the lines.</exception>
    /// <example>
    /// <code>
    /// var most = model.Trained.Training.HeldOutLines!.ThresholdOf(rate: 0.01);
    /// var odd = model.Score("an odd line").BitsPerCharacter &gt; most;
    /// </code>
    /// </example>
    public double ThresholdOf(double rate)
    {
        s_rates.Require(nameof(rate), rate, "give the share of usual lines that may be taken for odd ones");
        var place = Array.FindIndex(_thresholds, one => one.Rate <= rate);
        return place >= 0
            ? _thresholds[place].Bits
            : throw new ArgumentOutOfRangeException(
                nameof(rate),
                $"The rate is {rate} and must be at least {_thresholds[^1].Rate:0.#######}, because {Count:#,0} lines "
                    + "were held out; choose a higher one, or train on a longer text."
            );
    }

    /// <summary>Keeps what is needed of the scores of some lines.</summary>
    /// <param name="bitsPerCharacter">The scores, at least one.</param>
    internal static HeldOutLines Of(IReadOnlyList<double> bitsPerCharacter)
    {
        double[] sorted = [.. bitsPerCharacter.OrderDescending()];
        var least = 1.0 / sorted.Length;
        var rates = Enumerable
            .Range(0, 6)
            .SelectMany(decade => s_steps.Select(rate => rate / Math.Pow(10, decade)))
            .Where(rate => rate > least)
            .Append(least);
        return new(sorted.Length, rates.Select(rate => (rate, sorted[(int)(rate * sorted.Length)])));
    }
}
