using Recurrent.Kernels.Gpu;

namespace Recurrent.Kernels.Cells;

/// <summary>
/// One hidden unit of one row in the registers of a card's thread: what a cell's equations read, and what they have
/// written. The addresses that the equations see are only names.
/// </summary>
/// <param name="splitsInput">Whether the input's part of the pre-activations stands apart.</param>
internal sealed unsafe class CellRegisters(bool splitsInput)
{
    public const int OldH = 1;
    public const int NewH = 2;
    public const int OldC = 3;
    public const int NewC = 4;
    public const int GatedH = 5;
    public const int GradientH = 6;
    public const int GradientC = 7;
    public const int Gates = 16;
    public const int Inputs = 32;

    private readonly Dictionary<int, PtxVector> _values = [];
    private readonly HashSet<int> _written = [];
    private HashSet<int>? _needs;

    /// <summary>The equations' row.</summary>
    public CellRow Row =>
        new()
        {
            H = 1,
            Gates = Address(Gates),
            Input = Address(Input(0)),
            OldH = Address(OldH),
            NewH = Address(NewH),
            OldC = Address(OldC),
            NewC = Address(NewC),
            GatedH = Address(GatedH),
            GradientH = Address(GradientH),
            GradientC = Address(GradientC),
        };

    /// <summary>The equations' lane.</summary>
    public Lane Place => new(this);

    /// <summary>The value of a name.</summary>
    public PtxVector this[int name]
    {
        get => _values[name];
        set => _values[name] = value;
    }

    /// <summary>What equations read before they write it.</summary>
    public static HashSet<int> Needs(bool splitsInput, Action<CellRegisters> equations)
    {
        var cell = new CellRegisters(splitsInput) { _needs = [] };
        _ = PtxWriter.Write("needs", 1, _ => equations(cell));
        return cell._needs;
    }

    /// <summary>The name of a gate.</summary>
    public static int Gate(int g) => Gates + g;

    /// <summary>The name of the input's part of a gate's pre-activation.</summary>
    public int Input(int g) => (splitsInput ? Inputs : Gates) + g;

    /// <summary>Whether equations have written a value.</summary>
    public bool HasWritten(int name) => _written.Contains(name);

    private static float* Address(int name) => (float*)((nint)name * sizeof(float));

    /// <summary>The only place of a row.</summary>
    internal readonly struct Lane(CellRegisters cell) : ILane<PtxVector>
    {
        public PtxVector Load(float* row)
        {
            var name = (int)((nint)row / sizeof(float));
            if (cell._needs is not null && !cell._values.ContainsKey(name))
            {
                cell._needs.Add(name);
                return default;
            }
            return cell._values[name];
        }

        public void Store(PtxVector value, float* row)
        {
            var name = (int)((nint)row / sizeof(float));
            cell._values[name] = value;
            cell._written.Add(name);
        }
    }
}
