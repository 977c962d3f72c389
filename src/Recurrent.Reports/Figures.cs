namespace Recurrent.Reports;

/// <summary>Formatting of numbers for people.</summary>
internal static class Figures
{
    /// <summary>Formats a perplexity: 1.05, 17.3, 4,120.</summary>
    public static string Perplexity(double value) =>
        value switch
        {
            < 10 => $"{value:0.00}",
            < 1000 => $"{value:0.0}",
            < 1e9 => $"{value:#,0}",
            _ => $"{value:0.0e+0}",
        };

    /// <summary>Formats a speed in tokens per second, to the whole token.</summary>
    public static string Speed(double tokensPerSecond) => $"{tokensPerSecond:#,0}";

    /// <summary>Formats a learning rate to three digits: 1, 0.003, 0.000123, 4.56e-7.</summary>
    public static string LearningRate(double rate) =>
        rate is 0 or >= 1e-5
            ? $"{Math.Round(rate, (int)Math.Clamp(2 - Math.Floor(Math.Log10(rate)), 0, 7)):0.#######}"
            : $"{rate:0.##e0}";

    /// <summary>Formats a number of bytes: 131 kB, 1.1 MB, 4.2 GB.</summary>
    public static string Bytes(double bytes) =>
        bytes switch
        {
            < 1e6 => $"{Math.Ceiling(bytes / 1e3)} kB",
            < 1e9 => $"{bytes / 1e6:0.0} MB",
            _ => $"{bytes / 1e9:#,0.0} GB",
        };

    /// <summary>Formats a span of time: 0.8 s, 12 s, 1:23, 2:03:45.</summary>
    public static string Duration(TimeSpan span) =>
        span.TotalSeconds < 9.5 ? $"{span.TotalSeconds:0.0} s"
        : span.TotalMinutes < 1 ? $"{span.TotalSeconds:0} s"
        : span.TotalHours < 1 ? $"{span:m\\:ss}"
        : $"{(int)span.TotalHours}:{span:mm\\:ss}";
}
