using System.Globalization;
using System.Numerics;
using System.Text;
using Recurrent.Ranges;

namespace Recurrent.Training.Settings;

/// <summary>The values that a setting may have, as text and back: on the command line as in a model file.</summary>
/// <typeparam name="T">The type of the values.</typeparam>
internal abstract class SettingValues<T>
{
    /// <summary>The placeholder of a value in the help; null for a flag, which is given without a value.</summary>
    public abstract string? Placeholder { get; }

    /// <summary>The bounds for the help; null where the placeholder says all.</summary>
    public virtual string? Bounds => null;

    /// <summary>The values that are accepted, in words for errors.</summary>
    public abstract string Expected { get; }

    /// <summary>The values that are accepted, in words for an error about a text that is not one.</summary>
    public virtual string ExpectedFor(string text) => Expected;

    /// <summary>Reads a value; false where it is none of these.</summary>
    public abstract bool TryParse(string text, out T value);

    /// <summary>Writes a value as <see cref="TryParse"/> reads it.</summary>
    public abstract string Format(T value);
}

/// <summary>Numbers within bounds.</summary>
internal sealed class NumberValues<T>(Bounds<T> bounds) : SettingValues<T>
    where T : struct, INumber<T>, IMinMaxValue<T>
{
    private const NumberStyles WholeStyle = NumberStyles.AllowLeadingSign;

    public override string Placeholder => bounds.IsWhole ? "N" : "X";

    public override string? Bounds => bounds.Help;

    public override string Expected => bounds.Expected;

    public override string ExpectedFor(string text) =>
        bounds.IsOpen
        && BigInteger.TryParse(text, WholeStyle, CultureInfo.InvariantCulture, out var number)
        && number > BigInteger.CreateChecked(bounds.Most)
            ? $"at most {Bounds<T>.Text(bounds.Most)}"
            : Expected;

    public override bool TryParse(string text, out T value)
    {
        var style = bounds.IsWhole ? WholeStyle : NumberStyles.Float;
        return T.TryParse(text, style, CultureInfo.InvariantCulture, out value) && bounds.Contains(value);
    }

    public override string Format(T value) => value.ToString(null, CultureInfo.InvariantCulture);
}

/// <summary>
/// Seeds: any 64 bits, as a signed or an unsigned number. They are written as files have always had them, without a
/// sign.
/// </summary>
internal sealed class SeedValues : SettingValues<long>
{
    private static readonly NumberValues<Int128> s_numbers = new(Within.From<Int128>(long.MinValue, ulong.MaxValue));

    public override string Placeholder => s_numbers.Placeholder;

    public override string Expected => s_numbers.Expected;

    public override bool TryParse(string text, out long value)
    {
        var isSeed = s_numbers.TryParse(text, out var number);
        value = unchecked((long)number);
        return isSeed;
    }

    public override string Format(long value) => s_numbers.Format(unchecked((ulong)value));
}

/// <summary>One of a few words.</summary>
internal sealed class WordValues<T>(params IReadOnlyList<(string Word, T Meaning)> words) : SettingValues<T>
{
    public override string Placeholder => string.Join('|', words.Select(word => word.Word));

    public override string Expected => string.Join(" or ", words.Select(word => word.Word));

    public override bool TryParse(string text, out T value)
    {
        foreach (var (word, meaning) in words)
        {
            if (word == text)
            {
                value = meaning;
                return true;
            }
        }
        value = default!;
        return false;
    }

    public override string Format(T value)
    {
        foreach (var (word, meaning) in words)
        {
            if (EqualityComparer<T>.Default.Equals(meaning, value))
            {
                return word;
            }
        }
        return $"{value}";
    }
}

/// <summary>Encodings by their names, those of code pages too; null where a text is read without one.</summary>
internal sealed class EncodingValues : SettingValues<Encoding?>
{
    public override string Placeholder => "NAME";

    public override string Expected => "the name of an encoding, such as windows-1252, latin1, utf-16 or shift_jis";

    public override bool TryParse(string text, out Encoding? value)
    {
        try
        {
            value = CodePagesEncodingProvider.Instance.GetEncoding(text) ?? Encoding.GetEncoding(text);
            return true;
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            value = null;
            return false;
        }
    }

    public override string Format(Encoding? value) => value?.WebName ?? "";
}

/// <summary>A flag: given or not.</summary>
internal sealed class FlagValues : SettingValues<bool>
{
    public override string? Placeholder => null;

    public override string Expected => "true or false";

    public override bool TryParse(string text, out bool value) => bool.TryParse(text, out value);

    public override string Format(bool value) => value ? "true" : "false";
}

/// <summary>Spans of time: 30s, 5m or 1.5h, up to a day; 0 for none.</summary>
internal sealed class DurationValues : SettingValues<TimeSpan>
{
    private static readonly TimeSpan s_most = TimeSpan.FromHours(24);

    public override string Placeholder => "TIME";

    public override string Bounds => "such as 30s, 5m or 1.5h, up to 24h";

    public override string Expected => $"a time {Bounds}";

    public override bool TryParse(string text, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        if (text == "0")
        {
            return true;
        }
        var unit = text.Length == 0 ? 0 : SecondsOf(text[^1]);
        var isNumber = double.TryParse(
            text.AsSpan(0, Math.Max(text.Length - 1, 0)),
            NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture,
            out var number
        );
        if (!isNumber || unit == 0 || number * unit > s_most.TotalSeconds)
        {
            return false;
        }
        value = TimeSpan.FromSeconds(number * unit);
        return true;
    }

    public override string Format(TimeSpan value) =>
        string.Create(CultureInfo.InvariantCulture, $"{value.TotalSeconds}s");

    private static int SecondsOf(char unit) =>
        unit switch
        {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => 0,
        };
}
