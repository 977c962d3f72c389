using System.Runtime.InteropServices;
using Recurrent.Kernels;
using Recurrent.Kernels.Cells;
using Recurrent.Kernels.Gpu;
using Recurrent.Kernels.Products;

namespace Recurrent.Gpu;

/// <summary>How fast the sequences of the table's rows are with other tiles than the chosen.</summary>
internal static class Tiles
{
    private const int Large = 1024; // hidden units from which on there are all variants, below two thirds
    private const int Variants = 12; // of a sequence
    private const double CyclesOfMicrosecond = 1755;
    private const double LeastSeconds = 0.02; // of a variant

    /// <summary>Prints the time of a step of each variant beside the estimate.</summary>
    public static void Measure(string[] names)
    {
        using var card = Programs.Open();
        var queue = new GpuQueue(card);
        foreach (var (load, backward) in Ways(names))
        {
            Measure(queue, Cell.Named(load.Model.Kind), load, backward);
        }
    }

    /// <summary>Writes the variants' programs, with their estimates; needs no card.</summary>
    public static void Write(string folder, string[] names)
    {
        Directory.CreateDirectory(folder);
        using var card = new IdleCard();
        foreach (var (load, backward) in Ways(names))
        {
            var (cell, hidden) = (Cell.Named(load.Model.Kind), load.Model.HiddenSize);
            foreach (var (i, shape) in Choices(cell, hidden, load.Options.BatchSize, backward, card).Index())
            {
                var name = $"{load.Name}-{(backward ? "back" : "forward")}-{i:00}.ptx";
                File.WriteAllText(Path.Combine(folder, name), cell.Program(shape).Text);
                var estimate = SequenceCost.Cycles(shape, load.Options.BatchSize, card) / CyclesOfMicrosecond;
                Console.WriteLine($"{name} {estimate, 6:F1} us {shape.SharedBytes, 7} bytes  {shape.Tile}");
            }
        }
    }

    private static IEnumerable<(Load Load, bool Backward)> Ways(string[] names) =>
        from load in Load.Of(Load.Rows, names).Reverse()
        from backward in (bool[])[false, true]
        select (load, backward);

    // The best of some cuts, and what else can be done with the very best two.
    private static IEnumerable<SequenceShape> Choices(Cell cell, int hidden, int batch, bool backward, GpuCard card)
    {
        var variants = hidden < Large ? Variants * 2 / 3 : Variants;
        var groups = SequenceTile
            .All(cell, hidden, batch, backward, card)
            .GroupBy(tile => (tile.Units, tile.Rows, OfThread: tile.ThreadUnits * tile.ThreadRows))
            .ToList();
        var best = groups[0].Key;
        // Those of other blocks, and of the same with other threads.
        var cuts = groups
            .DistinctBy(group => (group.Key.Units, group.Key.Rows))
            .Take(4)
            .Concat(groups.Where(group => (group.Key.Units, group.Key.Rows) == (best.Units, best.Rows)).Take(3))
            .Distinct()
            .ToList();
        var others = cuts.Take(2)
            .SelectMany(cut =>
                cut.DistinctBy(tile => tile.Stages)
                    .Concat(cut.DistinctBy(tile => tile.Depth).Take(2))
                    .Concat(cut.DistinctBy(tile => (tile.KeptChunks > 0, tile.KeepsWeights)))
                    .Concat(cut.DistinctBy(tile => tile.ThreadRows))
            );
        return cuts.Select(cut => cut.First())
            .Concat(others)
            .Distinct()
            .Take(variants)
            .Select(tile => new SequenceShape(
                cell,
                hidden,
                backward,
                ReadsTokens: false,
                IsWhole: true,
                SequenceTile.HasAsyncCopies(card),
                tile
            ));
    }

    private static void Measure(GpuQueue queue, Cell cell, Load load, bool backward)
    {
        var card = queue.Card;
        var (hidden, batch, steps) = (load.Model.HiddenSize, load.Options.BatchSize, load.Options.Steps);
        Console.WriteLine($"{load.Name} {(backward ? "back" : "forward")}: us a step, estimated, tile");
        var sequence = Sequence(card, cell, hidden, batch, steps, backward);
        foreach (var shape in Choices(cell, hidden, batch, backward, card))
        {
            try
            {
                var microseconds = Seconds(queue, sequence with { Tile = shape.Tile }) / steps * 1e6;
                var estimate = SequenceCost.Cycles(shape, batch, card) / CyclesOfMicrosecond;
                Console.WriteLine($"{microseconds, 8:F2} {estimate, 8:F2}  {shape.Tile}");
            }
            catch (NotSupportedException failure)
            {
                Console.WriteLine($"{"-", 8} {"", 8}  {shape.Tile}: {failure.Message}");
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
            var random = 1u;
            foreach (ref var value in values.AsSpan())
            {
                random = (random * 1664525u) + 1013904223u;
                value = ((int)(random >> 8) - (1 << 23)) / (float)(1 << 28);
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
