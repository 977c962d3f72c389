using System.Runtime.InteropServices;
using Recurrent.Kernels;
using Recurrent.Kernels.Gpu;
using Recurrent.Kernels.Products;

namespace Recurrent.Gpu;

/// <summary>Times of matrix products on the card, by tile.</summary>
internal static class Products
{
    private const double Seconds = 0.01; // of one figure

    // What a training multiplies, (Rows, Columns, Depth); T where the left operand is a transpose, as for dW.
    private static readonly (string Name, int Rows, int Columns, int Depth, bool TransposedA)[] s_shapes =
    [
        ("lstm-1024 dW", 4096, 1024, 32768, true),
        ("lstm-1024 input", 32768, 4096, 1024, false),
        ("lstm-1024 dx", 32768, 1024, 4096, false),
        ("lstm-1024 logits", 32768, 96, 1024, false),
        ("lstm-1024 dWout", 96, 1024, 32768, true),
        ("lstm-1024 dh", 32768, 1024, 96, false),
        ("gru-1024 dW", 3072, 1024, 16384, true),
        ("rnn-256 dW", 256, 256, 1120, true),
        ("rnn-256 logits", 1120, 28, 256, false),
        ("rnn-256 dWout", 28, 256, 1120, true),
        ("rnn-256 dh", 1120, 256, 28, false),
        ("rnn-256 odd", 1123, 257, 259, false),
    ];

    /// <summary>Prints a line for each shape and tile, the fastest first, and which one the library takes.</summary>
    public static void Measure(string beginning)
    {
        using var card = new CudaCard(CudaDriver.OfThisMachine, 0);
        Measure(beginning, card);
    }

    private static void Measure(string beginning, GpuCard card)
    {
        var gpu = new GpuQueue(card);
        foreach (var (name, rows, columns, depth, transposedA) in s_shapes)
        {
            if (!name.StartsWith(beginning, StringComparison.Ordinal))
            {
                continue;
            }
            var product = new MatrixProduct
            {
                A = Values(card, rows * depth),
                TransposedA = transposedA,
                B = Values(card, Pack.Length(depth, columns)),
                C = Values(card, rows * columns),
                Rows = rows,
                Columns = columns,
                Depth = depth,
            };
            var taken = ProductTile.For(rows, columns, depth, card.Multiprocessors);
            var work = 2.0 * rows * columns * depth;
            Console.WriteLine($"{name}: ({rows}, {columns}, {depth}){(transposedA ? " T" : "")}");
            var times = ProductTile.Variants.Select(tile =>
                (tile, TimeOf(gpu, product.C, () => product.Launch(gpu, tile)))
            );
            foreach (var (tile, time) in times.OrderBy(one => one.Item2))
            {
                var mark = tile == taken ? "*" : " ";
                Console.WriteLine($"{mark} {time * 1e6, 9:F1} us {work / time / 1e12, 6:F1} TFLOP/s  {tile}");
            }
            var plain = new Pack(Values(card, depth * columns), Transposed: false, depth, columns, product.B);
            foreach (var pack in new[] { plain, plain with { Transposed = true } })
            {
                var time = TimeOf(gpu, product.C, () => pack.Launch(gpu));
                var bytes = sizeof(float) * ((double)depth * columns + pack.Packed.Length);
                Console.WriteLine(
                    $"  {time * 1e6, 9:F1} us {bytes / time / 1e9, 6:F0} GB/s  pack{(pack.Transposed ? " T" : "")}"
                );
            }
        }
    }

    /// <summary>
    /// Seconds of a launch among others in a graph, with its share of the wait for the last one: the least of some
    /// tries. NaN where it fails, with what it said on the standard error.
    /// </summary>
    /// <param name="gpu">The card.</param>
    /// <param name="any">Values of the card, to wait for by reading one.</param>
    /// <param name="launch">Launches it.</param>
    private static double TimeOf(GpuQueue gpu, Operand<float> any, Action launch)
    {
        try
        {
            launch(); // writes the program and makes it ready
            var count = Math.Clamp((int)(Seconds / Try(4)), 4, 200);
            return Enumerable.Range(0, 4).Min(_ => Try(count)); // the second one makes the graph
        }
        catch (GpuException failure)
        {
            Console.Error.WriteLine(failure.Message);
            return double.NaN;
        }

        double Try(int launches)
        {
            Wait();
            var start = TimeProvider.System.GetTimestamp();
            using (gpu.Record())
            {
                for (var i = 0; i < launches; i++)
                {
                    launch();
                }
            }
            Wait();
            return TimeProvider.System.GetElapsedTime(start).TotalSeconds / launches;
        }

        void Wait() => gpu.Download(any.Address, new byte[sizeof(float)]);
    }

    private static Operand<float> Values(GpuCard card, int length)
    {
        var operand = new Operand<float>(new GpuMemory<float>(card, length));
        var values = new float[Math.Min(length, 1 << 20)];
        var state = 12345u;
        for (var i = 0; i < values.Length; i++)
        {
            state = (state * 1664525u) + 1013904223u;
            values[i] = (int)state * (1f / int.MaxValue);
        }
        for (var i = 0; i < length; i += values.Length)
        {
            var part = values.AsSpan(0, Math.Min(values.Length, length - i));
            card.Upload(MemoryMarshal.AsBytes(part), operand.Slice(i, part.Length).Address);
        }
        return operand;
    }
}
