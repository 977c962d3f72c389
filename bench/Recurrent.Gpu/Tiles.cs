using System.Runtime.InteropServices;
using Recurrent.Kernels;
using Recurrent.Kernels.Cells;
using Recurrent.Kernels.Gpu;
using Recurrent.Kernels.Products;

namespace Recurrent.Gpu;

/// <summary>How fast the sequences of the table's rows are with other tiles than the chosen.</summary>
internal static class Tiles
{
    private const int Variants = 10; // of a sequence
    private const int MostSums = 64;
    private const double LeastSeconds = 0.03; // of a variant

    /// <summary>Prints the time of a step of each variant beside the estimate.</summary>
    public static void Measure(string[] names)
    {
        using var card = Programs.Open();
        var queue = new GpuQueue(card);
        foreach (var load in Load.Of(Load.Rows, names).Reverse())
        {
            var cell = Cell.Named(load.Model.Kind);
            foreach (var backward in new[] { false, true })
            {
                Measure(queue, cell, load.Model.HiddenSize, load.Options.BatchSize, load.Options.Steps, backward);
            }
        }
    }

    private static void Measure(GpuQueue queue, Cell cell, int hidden, int batch, int steps, bool backward)
    {
        var card = queue.Card;
        var way = backward ? "back" : "forward";
        Console.WriteLine($"{cell} {hidden}, batch {batch}, {steps} steps, {way}: us a step, estimated, tile");
        var sequence = Sequence(card, cell, hidden, batch, steps, backward);
        var chosen = SequenceTile.For(cell, hidden, batch, backward, card);
        var others = SequenceTile
            .All(cell, hidden, batch, backward, card, MostSums)
            .DistinctBy(tile => tile with { Depth = 0, KeepsWeights = false })
            .Take(Variants)
            .SelectMany(tile => new[] { tile, tile with { Depth = tile.Depth / 2 } });
        foreach (var tile in others.Prepend(chosen).Distinct())
        {
            try
            {
                var shape = new SequenceShape(cell, hidden, backward, false, true, tile);
                var microseconds = Seconds(queue, sequence with { Tile = tile }) / steps * 1e6;
                var estimate = shape.Cycles(batch, card.Multiprocessors, card.SharedBytes) / 1755;
                Console.WriteLine($"{microseconds, 8:F2} {estimate, 8:F2}  {tile}{(tile == chosen ? " *" : "")}");
            }
            catch (NotSupportedException failure)
            {
                Console.WriteLine($"{"-", 8} {"", 8}  {tile}: {failure.Message}");
            }
        }
    }

    private static double Seconds(GpuQueue queue, in CellSequence sequence)
    {
        Run(queue, sequence, 1);
        var once = Run(queue, sequence, 1);
        var times = (int)Math.Clamp(LeastSeconds / once, 1, 200);
        return Math.Min(once, Run(queue, sequence, times) / times);
    }

    private static double Run(GpuQueue queue, in CellSequence sequence, int times)
    {
        var start = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < times; i++)
        {
            sequence.Launch(queue);
        }
        var one = 0f;
        queue.Download(sequence.H.Address, MemoryMarshal.AsBytes(new Span<float>(ref one)));
        return TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    }

    private static CellSequence Sequence(GpuCard card, Cell cell, int hidden, int batch, int steps, bool backward)
    {
        var (gates, state) = (cell.Gates.Count * hidden, batch * hidden);
        var (inner, outer) = backward ? (gates, hidden) : (hidden, gates);
        return new CellSequence
        {
            Cell = cell,
            Backward = backward,
            Steps = steps,
            Batch = batch,
            HiddenSize = hidden,
            Gates = Filled(steps * batch * gates),
            InputGates = Filled(cell.SplitsInput ? steps * batch * gates : 0),
            RecurrentBias = Filled(cell.SplitsInput && !backward ? gates : 0),
            Weights = Filled(Pack.Length(inner, outer)),
            InitialH = Filled(state),
            InitialC = Filled(cell.HasCellState ? state : 0),
            H = Filled(steps * state),
            C = Filled(cell.HasCellState ? steps * state : 0),
            GatedH = Filled(cell.GatesH ? steps * state : 0),
            OutputGradient = Filled(backward ? steps * state : 0),
            GradientH = Filled(backward ? state : 0),
            GradientC = Filled(backward && cell.HasCellState ? state : 0),
        };

        // Small numbers that differ, because a card is faster, and cooler, on zeros.
        Operand<float> Filled(int length)
        {
            if (length == 0)
            {
                return default;
            }
            var operand = new Operand<float>(new GpuMemory<float>(card, length));
            var values = new float[Math.Min(length, 1 << 20)];
            var state = 1u;
            foreach (ref var value in values.AsSpan())
            {
                state = (state * 1664525u) + 1013904223u;
                value = ((int)(state >> 8) - (1 << 23)) / (float)(1 << 28);
            }
            for (var start = 0; start < length; start += values.Length)
            {
                var part = values.AsSpan(0, Math.Min(values.Length, length - start));
                card.Upload(MemoryMarshal.AsBytes(part), operand.Slice(start, part.Length).Address);
            }
            return operand;
        }
    }
}
