using Recurrent.Kernels.Cells;

namespace Recurrent.Kernels.Tests.Cells;

/// <summary>
/// Each cell against its equations in double precision, forward, and against their differences, back.
/// </summary>
public sealed class CellGradientTests
{
    private const double Step = 1e-5;

    public static TheoryData<string> Cells => CellTests.Cells;

    [Theory]
    [MemberData(nameof(Cells))]
    public void States_and_gradients_are_those_of_the_equations(string name)
    {
        foreach (var reversed in (bool[])[false, true])
        {
            var cell = Cell.Named(name);
            var run = new CellRun(VectorTier.Best.Name, 2, cell, (2, 3, 5), reversed);
            double[] input = [.. run.Input];
            double[] h0 = [.. run.InitialH];
            double[] c0 = [.. run.InitialC];
            var (h, c) = States(cell, run, input, h0, c0);
            run.Forward();
            AssertNear(h, run.H, 2e-6);
            AssertNear(c, run.C, 2e-6);
            run.Backward();
            AssertNear(Differences(input), run.GradientOfInput, 2e-5);
            AssertNear(Differences(h0), run.GradientH, 2e-5);
            AssertNear(Differences(c0), run.GradientC, 2e-5);

            double[] Differences(double[] values)
            {
                var gradient = new double[values.Length];
                for (var i = 0; i < values.Length; i++)
                {
                    var value = values[i];
                    values[i] = value + Step;
                    gradient[i] = Loss(cell, run, input, h0, c0);
                    values[i] = value - Step;
                    gradient[i] = (gradient[i] - Loss(cell, run, input, h0, c0)) / (2 * Step);
                    values[i] = value;
                }
                return gradient;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void States_and_gradients_stay_finite_at_any_pre_activation(string name)
    {
        var cell = Cell.Named(name);
        if (cell.Name == "rnn-relu")
        {
            return; // whose h has no bound
        }
        foreach (var extreme in (float[])[-200, 200])
        {
            var input = Enumerable.Repeat(extreme, 3 * 2 * 5 * cell.Gates.Count).ToArray();
            var run = new CellRun(VectorTier.Best.Name, 1, cell, (2, 3, 5), input: input);
            run.Forward();
            Assert.All(run.H, h => Assert.True(float.IsFinite(h)));
            run.Backward();
            Assert.All(run.GradientOfInput, gradient => Assert.True(float.IsFinite(gradient)));
            Assert.All(run.GradientH, gradient => Assert.True(float.IsFinite(gradient)));
        }
    }

    /// <summary>A loss that has the run's gradients with respect to h, to the final h and to the final c.</summary>
    private static double Loss(Cell cell, CellRun run, double[] input, double[] h0, double[] c0)
    {
        var (h, c) = States(cell, run, input, h0, c0);
        var last = run.Reversed ? 0 : run.Output - run.State;
        return h.Zip(run.OutputGradient, (x, y) => x * y).Sum()
            + h.Skip(last).Zip(run.FinalGradientH, (x, y) => x * y).Sum()
            + c.Skip(c.Length == 0 ? 0 : last).Zip(run.FinalGradientC, (x, y) => x * y).Sum();
    }

    private static (double[] H, double[] C) States(Cell cell, CellRun run, double[] input, double[] h0, double[] c0)
    {
        var (batch, steps, hidden) = run.Size;
        var (h, c) = (new double[run.Output], new double[cell.HasCellState ? run.Output : 0]);
        var (weights, bias) = (run.Weights, run.RecurrentBias);
        for (var i = 0; i < steps; i++)
        {
            var t = run.Reversed ? steps - 1 - i : i;
            var before = run.Reversed ? t + 1 : t - 1;
            for (var row = 0; row < batch; row++)
            {
                double OldH(int unit) =>
                    i == 0 ? h0[(row * hidden) + unit] : h[(((before * batch) + row) * hidden) + unit];
                double OldC(int unit) =>
                    c.Length == 0 ? 0
                    : i == 0 ? c0[(row * hidden) + unit]
                    : c[(((before * batch) + row) * hidden) + unit];
                double Input(int place) => input[(((t * batch) + row) * run.GateSize) + place];
                double Recurrent(int place, Func<int, double> h)
                {
                    var sum = bias.Length == 0 ? 0.0 : bias[place];
                    for (var from = 0; cell.IsRecurrent && from < hidden; from++)
                    {
                        sum += weights[(place * hidden) + from] * h(from);
                    }
                    return sum;
                }
                double ResetH(int unit) => Sigmoid(Input(unit) + Recurrent(unit, OldH)) * OldH(unit);
                for (var unit = 0; unit < hidden; unit++)
                {
                    var x = new double[cell.Gates.Count];
                    var a = new double[cell.Gates.Count];
                    for (var gate = 0; gate < x.Length; gate++)
                    {
                        var place = (gate * hidden) + unit;
                        x[gate] = Input(place);
                        a[gate] = Recurrent(place, cell.Name == "gru-reset-before" && gate == 2 ? ResetH : OldH);
                    }
                    var at = (((t * batch) + row) * hidden) + unit;
                    var (newH, newC) = Equations(cell.Name, x, a, OldH(unit), OldC(unit));
                    h[at] = newH;
                    if (c.Length > 0)
                    {
                        c[at] = newC;
                    }
                }
            }
        }
        return (h, c);
    }

    /// <summary>One unit's step from the input's and the recurrent part of its pre-activations.</summary>
    private static (double H, double C) Equations(string cell, double[] x, double[] a, double h, double c)
    {
        switch (cell)
        {
            case "rnn":
                return (Math.Tanh(x[0] + a[0]), 0);
            case "rnn-relu":
                return (Math.Max(x[0] + a[0], 0), 0);
            case "gru":
                var z = Sigmoid(x[1] + a[1]);
                return (((1 - z) * Math.Tanh(x[2] + (Sigmoid(x[0] + a[0]) * a[2]))) + (z * h), 0);
            case "gru-reset-before": // a[2] of r∘h′
                z = Sigmoid(x[1] + a[1]);
                return (((1 - z) * Math.Tanh(x[2] + a[2])) + (z * h), 0);
            case "lstm":
                c = (Sigmoid(x[1] + a[1]) * c) + (Sigmoid(x[0] + a[0]) * Math.Tanh(x[2] + a[2]));
                return (Sigmoid(x[3] + a[3]) * Math.Tanh(c), c);
            case "mingru":
                return (((1 - Sigmoid(x[0])) * h) + (Sigmoid(x[0]) * Positive(x[1])), 0);
            case "minlstm":
                var (f, i) = (Sigmoid(x[0]), Sigmoid(x[1]));
                return ((f / (f + i) * h) + (i / (f + i) * Positive(x[2])), 0);
            default:
                throw new NotSupportedException($"Write down the equations of {cell}.");
        }
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static double Positive(double x) => x >= 0 ? x + 0.5 : Sigmoid(x);

    private static void AssertNear(double[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], tolerance);
        }
    }
}
