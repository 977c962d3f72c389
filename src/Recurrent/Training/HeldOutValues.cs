using System.Globalization;
using Recurrent.Training.Settings;

namespace Recurrent.Training;

/// <summary>
/// Fractions of a text, or numbers of its tokens, which k, M and G make thousands, millions and so on.
/// </summary>
internal sealed class HeldOutValues : SettingValues<double>
{
    private static readonly (char Unit, double Tokens)[] s_units = [('k', 1e3), ('M', 1e6), ('G', 1e9)];

    public override string Placeholder => "X";

    public override string Bounds => $"0 to {TrainerOptions.MaxValidation}, or at least 2 tokens";

    public override string Expected => TrainerOptions.ExpectedValidation + ", such as 16M";

    public override bool TryParse(string text, out double value)
    {
        var unit = Array.Find(s_units, unit => text.EndsWith(unit.Unit));
        var number = unit.Tokens > 0 ? text[..^1] : text;
        var isNumber = double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
        value = unit.Tokens > 0 ? Math.Round(value * unit.Tokens) : value;
        return isNumber && TrainerOptions.IsValidation(value);
    }

    public override string Format(double value) => value.ToString(CultureInfo.InvariantCulture);
}
