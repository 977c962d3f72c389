using Recurrent.Tensors;

namespace Recurrent.Tests.Tensors;

/// <summary>
/// Holds the gradient of Σ w·f(x₁, x₂, …), with fixed random weights w, against the central difference in each value
/// of each operand.
/// </summary>
internal static class FiniteDifferences
{
    private const float Step = 1f / 64;
    private const double Tolerance = 4e-3;

    public static void Check(Func<Tensor[], Tensor> f, params Tensor[] operands)
    {
        foreach (var operand in operands)
        {
            operand.RequireGradient();
            operand.ClearGradient();
        }
        var weights = Draw.Values(99, f(operands).Shape.ToArray());
        var factors = weights.ToArray();
        (f(operands) * weights).Sum().Backward();
        for (var o = 0; o < operands.Length; o++)
        {
            Assert.NotNull(operands[o].Gradient);
            var gradient = operands[o].Gradient!.ToArray();
            for (var i = 0; i < gradient.Length; i++)
            {
                var difference = (Moved(Step) - Moved(-Step)) / (2 * Step);
                Assert.True(
                    Math.Abs(gradient[i] - difference) <= Tolerance * Math.Max(1, Math.Abs(difference)),
                    $"Operand {o} {operands[o].Shape}, value {i}: derivative {gradient[i]}, difference {difference}."
                );

                double Moved(float by)
                {
                    using var noGradient = GradientMode.Disable();
                    var kept = operands[o].ToArray()[i];
                    operands[o].Change(values => values[i] = kept + by);
                    var values = f(operands).ToArray();
                    var sum = 0.0;
                    for (var j = 0; j < values.Length; j++)
                    {
                        sum += (double)values[j] * factors[j];
                    }
                    operands[o].Change(values => values[i] = kept);
                    return sum;
                }
            }
        }
    }
}
