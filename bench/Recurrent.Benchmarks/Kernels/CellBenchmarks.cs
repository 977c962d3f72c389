using BenchmarkDotNet.Attributes;
using Recurrent.Kernels;
using Recurrent.Kernels.Cells;
using Recurrent.Kernels.Products;

namespace Recurrent.Benchmarks.Kernels;

/// <summary>
/// A layer of each cell over a minibatch of the chapter's size, forward and back through time. The way back
/// overwrites what the forward run left, so it is not run alone.
/// </summary>
public class CellBenchmarks
{
    private const int Steps = 35;
    private const int Batch = 32;
    private const int Vocabulary = 28;
    private CellSequence _forward;
    private CellSequence _backward;

    public static IEnumerable<string> Cells => Recurrent.Kernels.Cells.Cell.All.Select(cell => cell.Name);

    [ParamsSource(nameof(Cells))]
    public string Cell { get; set; } = "";

    [Params(256, 512)]
    public int Hidden { get; set; }

    [GlobalSetup]
    public void Allocate()
    {
        var cell = Recurrent.Kernels.Cells.Cell.Named(Cell);
        var width = cell.Gates.Count * Hidden;
        var bound = 1 / Math.Sqrt(Hidden);
        var weights = Values.Random(width * Hidden, bound);
        var sequence = new CellSequence
        {
            Cell = cell,
            Steps = Steps,
            Batch = Batch,
            HiddenSize = Hidden,
            Gates = Values.Room(Steps * Batch * width),
            InputGates = Values.Room(cell.SplitsInput ? Steps * Batch * width : 0),
            InitialH = Values.Room(Batch * Hidden),
            InitialC = Values.Room(cell.HasCellState ? Batch * Hidden : 0),
            H = Values.Room(Steps * Batch * Hidden),
            C = Values.Room(cell.HasCellState ? Steps * Batch * Hidden : 0),
            GatedH = Values.Room(cell.GatesH ? Steps * Batch * Hidden : 0),
        };
        _forward = sequence with
        {
            Tokens = Values.Indices(Steps * Batch, Vocabulary),
            TokenTable = Values.Random(Vocabulary * width, bound),
            RecurrentBias = Values.Random(cell.SplitsInput ? width : 0, bound),
            Weights = Packed(Hidden, width, transposed: true),
        };
        _backward = sequence with
        {
            Backward = true,
            OutputGradient = Values.Random(Steps * Batch * Hidden),
            GradientH = Values.Room(Batch * Hidden),
            GradientC = Values.Room(cell.HasCellState ? Batch * Hidden : 0),
            Weights = Packed(width, Hidden, transposed: false),
        };

        Operand<float> Packed(int rows, int columns, bool transposed)
        {
            var packed = Values.Room(cell.IsRecurrent ? Pack.Length(rows, columns) : 0);
            if (cell.IsRecurrent)
            {
                AllProcessors.Run(new Pack(weights, transposed, rows, columns, packed));
            }
            return packed;
        }
    }

    [Benchmark]
    public void Forward() => AllProcessors.Run(_forward);

    [Benchmark]
    public void ForwardAndBackward()
    {
        AllProcessors.Run(_forward);
        AllProcessors.Run(_backward);
    }
}
