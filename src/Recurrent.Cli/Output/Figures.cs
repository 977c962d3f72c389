namespace Recurrent.Cli.Output;

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

    /// <summary>Formats a span of time: 0.8 s, 12 s, 1:23, 2:03:45.</summary>
    public static string Duration(TimeSpan span) =>
        span.TotalSeconds < 9.5 ? $"{span.TotalSeconds:0.0} s"
        : span.TotalMinutes < 1 ? $"{span.TotalSeconds:0} s"
        : span.TotalHours < 1 ? $"{span:m\\:ss}"
        : $"{(int)span.TotalHours}:{span:mm\\:ss}";
}
