using System.Runtime.CompilerServices;
using Recurrent.Kernels.Gpu;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Cells;

/// <summary>
/// A recurrent cell: its gates, states and parameters, and its equations over a whole sequence. A cell is one file, and
/// one line in <see cref="All"/>.
/// </summary>
internal abstract class Cell
{
    private protected Cell(
        string name,
        string title,
        IReadOnlyList<string> gates,
        IReadOnlyList<string> states,
        bool isRecurrent = true,
        bool splitsInput = false,
        bool gatesH = false
    )
    {
        (Name, Title, Gates, States) = (name, title, gates, states);
        (IsRecurrent, SplitsInput, GatesH) = (isRecurrent, splitsInput, gatesH);
    }

    /// <summary>Every cell.</summary>
    public static IReadOnlyList<Cell> All { get; } =
    [
        new TanhRnnCell(),
        new ReluRnnCell(),
        new GruCell(),
        new ResetBeforeGruCell(),
        new LstmCell(),
        new MinGruCell(),
        new MinLstmCell(),
    ];

    /// <summary>The cell's name, as model files and options give it.</summary>
    public string Name { get; }

    /// <summary>A description of the cell, in one phrase.</summary>
    public string Title { get; }

    /// <summary>The names of the G gates: blocks of hidden units in a row of pre-activations, in this order.</summary>
    public IReadOnlyList<string> Gates { get; }

    /// <summary>The names of the states: h, the output, and perhaps c.</summary>
    public IReadOnlyList<string> States { get; }

    /// <summary>Whether the pre-activations depend on the old h, through recurrent weights.</summary>
    public bool IsRecurrent { get; }

    /// <summary>
    /// Whether the cell needs the input's and the recurrent part of a pre-activation apart; otherwise the recurrent
    /// product adds to the input's part.
    /// </summary>
    public bool SplitsInput { get; }

    /// <summary>
    /// Whether the last gate's recurrent product reads, in place of the old h, what another gate lets through of it: a
    /// step then has two products, and the second must wait for all of the first.
    /// </summary>
    public bool GatesH { get; }

    /// <summary>Whether there is a second state c.</summary>
    public bool HasCellState => States.Count > 1;

    /// <summary>Finds a cell by its name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ArgumentException">There is no cell of that name.</exception>
    public static Cell Named(string name) =>
        All.FirstOrDefault(cell => cell.Name == name)
        ?? throw new ArgumentException(
            $"There is no cell '{name}'; choose one of {string.Join(", ", All.Select(cell => cell.Name))}.",
            nameof(name)
        );

    /// <summary>The parameters of a layer of this cell, under PyTorch's names and in its order.</summary>
    /// <param name="inputSize">I, values of an input.</param>
    /// <param name="hiddenSize">H, hidden units.</param>
    public IReadOnlyList<CellParameter> Parameters(int inputSize, int hiddenSize)
    {
        var rows = checked(Gates.Count * hiddenSize);
        var input = new CellParameter("weight_ih", rows, inputSize);
        var inputBias = new CellParameter("bias_ih", rows, 0);
        return IsRecurrent
            ?
            [
                input,
                new CellParameter("weight_hh", rows, hiddenSize),
                inputBias,
                new CellParameter("bias_hh", rows, 0),
            ]
            : [input, inputBias];
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Runs the cell over a sequence.</summary>
    /// <param name="width">
    /// Values of a vector. A number, because a virtual method that is generic looks its target up at every call.
    /// </param>
    /// <param name="sequence">The operands.</param>
    /// <param name="team">The threads to use.</param>
    internal abstract void Scan(int width, in CellSequence sequence, WorkerTeam team);

    /// <summary>Writes the program of a graphics card that runs the cell over sequences of a shape.</summary>
    internal abstract PtxProgram Program(SequenceShape shape);
}

/// <summary>A cell with its equations.</summary>
internal abstract class Cell<TEquations> : Cell
    where TEquations : struct, ICellEquations
{
    private protected Cell(
        string name,
        string title,
        IReadOnlyList<string> gates,
        IReadOnlyList<string> states,
        bool isRecurrent = true,
        bool splitsInput = false,
        bool gatesH = false
    )
        : base(name, title, gates, states, isRecurrent, splitsInput, gatesH) { }

    /// <inheritdoc/>
    internal sealed override void Scan(int width, in CellSequence sequence, WorkerTeam team)
    {
        if ((RuntimeFeature.IsDynamicCodeSupported || Float512.IsAccelerated) && width == Float512.Width)
        {
            CellScan<Float512, TEquations>.Run(sequence, team);
        }
        else if (width == Float256.Width)
        {
            CellScan<Float256, TEquations>.Run(sequence, team);
        }
        else if (width == Float128.Width)
        {
            CellScan<Float128, TEquations>.Run(sequence, team);
        }
        else
        {
            CellScan<FloatScalar, TEquations>.Run(sequence, team);
        }
    }

    /// <inheritdoc/>
    internal sealed override PtxProgram Program(SequenceShape shape) =>
        shape.Backward ? SequenceBackward<TEquations>.Write(shape) : SequenceForward<TEquations>.Write(shape);
}

/// <summary>A parameter of a layer.</summary>
/// <param name="Name">PyTorch's name, without the layer's suffix.</param>
/// <param name="Rows">Rows of a matrix, or values of a bias: G·H.</param>
/// <param name="Columns">Columns of a matrix; 0 for a bias.</param>
internal sealed record CellParameter(string Name, int Rows, int Columns);
