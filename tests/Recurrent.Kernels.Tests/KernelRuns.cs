using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Sums;
using Recurrent.Kernels.Updates;

namespace Recurrent.Kernels.Tests;

/// <summary>What kernels make of reproducible values on a device.</summary>
internal static class KernelRuns
{
    public static float[] Unary<TMaths>(TestDevice device, float[] x, params TMaths[] maths)
        where TMaths : unmanaged, IUnaryMaths =>
        [
            .. maths.SelectMany(m =>
                device.Into(device.Unwritten(x.Length), y => new Unary<TMaths>(device.Of(x), y, m))
            ),
            .. device.Into(device.Of(x), y => new Unary<TMaths>(y, y, maths[0])),
        ];

    public static float[] Binary<TMaths>(TestDevice device, float[] x, float[] y, params TMaths[] maths)
        where TMaths : unmanaged, IBinaryMaths =>
        [
            .. maths.SelectMany(m =>
                device.Into(device.Unwritten(x.Length), z => new Binary<TMaths>(device.Of(x), device.Of(y), z, m))
            ),
            .. device.Into(device.Of(x), z => new Binary<TMaths>(z, device.Of(y), z, maths[0])),
            .. device.Into(device.Of(y), z => new Binary<TMaths>(device.Of(x), z, z, maths[0])),
        ];

    /// <summary>The weights and their moments after three updates, the last at another rate.</summary>
    public static float[] Updated<TKernel>(
        TestDevice device,
        float[] weights,
        Func<Operand<float>, Operand<float>, Operand<float>, float, TKernel> kernel
    )
        where TKernel : struct, IKernel
    {
        var w = device.Of(weights);
        var (m, v) = (device.Room<float>(weights.Length), device.Room<float>(weights.Length));
        foreach (var rate in (float[])[0.1f, 0.1f, 0.03f])
        {
            device.Run(kernel(w, m, v, rate));
        }
        return [.. device.Read(w), .. device.Read(m), .. device.Read(v)];
    }

    public static float[] SumOf(TestDevice device, float[] x, double multiplier, double divisor) =>
        device.Into(device.Unwritten(1), total => new Sum(device.Of(x), total, multiplier, divisor));

    public static float[] Squares(TestDevice device, float[] x, float[] y)
    {
        var total = device.Of(double.NaN);
        device.Run(new SumOfSquares(device.Of(x), total));
        device.Run(new SumOfSquares(device.Of(y), total, Accumulate: true));
        var sum = device.Read(total)[0];
        return [(float)sum, (float)((sum - (float)sum) * 1e8)];
    }

    public static float[] Shortened(TestDevice device, float[] x, double maxNorm) =>
        device.Into(device.Of(x), y => new Shorten(y, device.Of(1.25, 0.1, 3), maxNorm));

    public static float[] FilledOfFloat64(TestDevice device, float[] x, float[] y)
    {
        var filled = device.Of(Array.ConvertAll(x, value => (double)value));
        device.Run(new Fill<double>(filled, 1 / 3.0));
        return Array.ConvertAll(device.Read(filled), value => (float)((value - 0.333f) * 1e8));
    }

    public static float[] Dropped(TestDevice device, float[] x, int first, double probability) =>
        device.Into(
            device.Unwritten(x.Length),
            y => new Dropout
            {
                X = device.Of(x),
                Y = y,
                First = first,
                Seed = 0x0123_4567_89AB_CDEF,
                Stream = 0xFEDC_BA98_7654_3210,
                Probability = probability,
            }
        );

    public static float[] Rows(TestDevice device, int rows, int columns, bool isOdd)
    {
        var x = isOdd ? Odd(rows * columns, 1) : Tiers.Values(rows * columns, 1);
        var row = isOdd ? Odd(columns, 2) : Tiers.Values(columns, 2);
        return
        [
            .. device.Into(device.Unwritten(x.Length), z => new Binary<Add>(device.Of(x), device.Of(row), z)),
            .. SumsOfRows(device, rows, columns, isOdd),
            .. Losses(device, rows, columns, isOdd),
        ];
    }

    public static float[] Losses(TestDevice device, int rows, int columns, bool isOdd = false)
    {
        var x = isOdd ? Odd(rows * columns, 1) : Tiers.Values(rows * columns, 1);
        int[] labels = [.. Enumerable.Range(0, rows).Select(i => i * 7 % columns)];
        var losses = device.Unwritten(rows);
        CrossEntropy Losses(Operand<float> logits, Operand<float> gradient) =>
            new()
            {
                Logits = logits,
                Labels = device.Of(labels),
                Losses = losses,
                Gradient = gradient,
                Scale = 1f / rows,
            };
        return
        [
            .. device.Into(device.Unwritten(x.Length), gradient => Losses(device.Of(x), gradient)),
            .. device.Read(losses),
            .. device.Into(device.Of(x), both => Losses(both, both)),
        ];
    }

    public static float[] SumsOfRows(TestDevice device, int rows, int columns, bool isOdd = false)
    {
        var x = isOdd ? Odd(rows * columns, 1) : Tiers.Values(rows * columns, 1);
        var row = isOdd ? Odd(columns, 2) : Tiers.Values(columns, 2);
        int[] entries = [.. Enumerable.Range(0, rows).Select(i => i * 7 % columns % 3)];
        var step = columns + 3;
        var wide = Tiers.Values(rows * step, 3);
        return
        [
            .. device.Into(device.Of(row), totals => new ColumnSums(device.Of(x), columns, totals, Accumulate: true)),
            .. device.Into(
                device.Unwritten(columns),
                totals => new ColumnSums(device.Of(wide).Columns(2, columns, step), step, totals, Accumulate: false)
            ),
            .. device.Into(
                device.Of([.. row, .. row, .. row, .. row]),
                table => new AddRows(device.Of(x), device.Of(entries), table, columns, columns)
            ),
            .. device.Into(
                device.Of(wide[..Math.Min(wide.Length, 3 * step)]),
                table => new AddRows(
                    device.Of(wide).Columns(1, columns, step),
                    device.Of([.. entries.Select(entry => Math.Min(entry, rows - 1))]),
                    table.Columns(1, columns, step),
                    columns,
                    step
                )
            ),
        ];
    }

    public static float[] Places(TestDevice device, int rows, int columns)
    {
        var count = rows * columns;
        var x = Tiers.Values(count, 1);
        var table = Tiers.Values((rows + 2) * columns, 2);
        int[] indices = [.. Enumerable.Range(0, rows).Select(i => (i * 5 % (rows + 1)) + 1)];
        var all = new List<float>();
        Add(count, y => new Transpose(device.Of(x), rows, columns, y));
        Add(count, y => new CopyRows(device.Of(x), columns, y, columns, rows, columns));
        Add(rows * (columns + 1), y => new CopyRows(device.Of(x), 0, y, columns + 1, rows, columns));
        Add(count, y => new GatherRows(device.Of(table), device.Of(indices), columns, y));
        all.AddRange(
            device.Into(
                device.Of(x),
                y => new AddGatheredRows(
                    device.Of(table[..count]),
                    device.Of([.. indices.Select(index => Math.Min(index, rows))]), // rows: none is added
                    columns,
                    0.7f,
                    y
                )
            )
        );
        Add(table.Length, y => new ScatterRows(device.Of(x), device.Of([.. indices.Distinct()]), columns, y));
        Add(rows * (rows + 3), y => new OneHot(device.Of(indices), rows + 3, y));
        foreach (
            var axes in (RepeatedAxes[])
                [
                    new(2, rows, columns, 0, columns, 1),
                    new(2, rows, columns, columns, 0, 1),
                    new(2, rows, columns, rows, 1, 0),
                    new(2, rows, columns, 0, 1, 0),
                    new(2, rows, columns, 0, 0, 0),
                ]
        )
        {
            var small = axes.Count == 0 ? 3 : (int)axes.SmallCount;
            Add(2 * count, y => new Repeat(device.Of(Tiers.Values(small, 3)), axes, y));
            Add(small, y => new SumRepeated(device.Of([.. x, .. x]), axes, y, Accumulate: false));
            all.AddRange(
                device.Into(
                    device.Of(Tiers.Values(small, 4)),
                    y => new SumRepeated(device.Of([.. x, .. x]), axes, y, Accumulate: true)
                )
            );
        }
        return [.. all];

        void Add<TKernel>(int length, Func<Operand<float>, TKernel> kernel)
            where TKernel : struct, IKernel => all.AddRange(device.Into(device.Unwritten(length), kernel));
    }

    /// <summary>
    /// Values among which there are NaN, infinities, zeros of both signs, very small and very large ones.
    /// </summary>
    public static float[] Odd(int length, uint seed)
    {
        float[] odd =
        [
            -0f,
            1e-40f,
            0f,
            -1e-45f,
            3e38f,
            88.5f,
            -86.75f,
            float.NaN,
            float.PositiveInfinity,
            0.625f,
            float.NegativeInfinity,
        ];
        return
        [
            .. Tiers.Values(length, seed).Select((value, i) => i % 3 == 0 ? odd[(i / 3 * seed) % odd.Length] : value),
        ];
    }
}
