using Recurrent.Kernels.Recurrence;
using Recurrent.Kernels.Threading;

namespace Recurrent.Kernels;

// Recurrent layers: the lengths checked, the cell chosen, the work cut for threads.
internal sealed unsafe partial class VectorTier<V>
{
    public override void RecurrentForward(WorkerTeam team, in RecurrentSequence sequence) =>
        Run(team, sequence, backward: false);

    public override void RecurrentBackward(WorkerTeam team, in RecurrentSequence sequence) =>
        Run(team, sequence, backward: true);

    private void Run(WorkerTeam team, in RecurrentSequence sequence, bool backward)
    {
        switch (sequence.Cell)
        {
            case CellKind.TanhRnn:
                Run<TanhRnnCell>(team, sequence, backward);
                break;
            case CellKind.ReluRnn:
                Run<ReluRnnCell>(team, sequence, backward);
                break;
            case CellKind.Gru:
                Run<GruCell>(team, sequence, backward);
                break;
            case CellKind.Lstm:
                Run<LstmCell>(team, sequence, backward);
                break;
            default:
                throw new ArgumentOutOfRangeException(
                    nameof(sequence),
                    sequence.Cell,
                    "There is no such cell."
                );
        }
    }

    private void Run<TCell>(WorkerTeam team, in RecurrentSequence s, bool backward)
        where TCell : struct, ICell
    {
        var (state, output) = (checked(s.Batch * s.HiddenSize), checked(s.Steps * s.Batch * s.HiddenSize));
        var gates = TCell.Gates * s.HiddenSize;
        Check(s.Gates.Length, checked(TCell.Gates * output));
        Check(s.InputGates.Length, TCell.SplitsInput ? TCell.Gates * output : 0);
        Check(s.RecurrentBias.Length, TCell.SplitsInput && !backward ? gates : 0);
        Check(s.InitialH.Length, state);
        Check(s.H.Length, output);
        Check(s.InitialC.Length, TCell.HasCellState ? state : 0);
        Check(s.C.Length, TCell.HasCellState ? output : 0);
        Check(s.OutputGradient.Length, backward ? output : 0);
        Check(s.GradientH.Length, backward ? state : 0);
        Check(s.GradientC.Length, backward && TCell.HasCellState ? state : 0);
        CheckTokens(s, gates, backward);
        Check(
            s.Weights.Length,
            backward ? PackedLength(gates, s.HiddenSize) : PackedLength(s.HiddenSize, gates)
        );
        fixed (
            float* pGates = s.Gates,
                pInput = s.InputGates,
                pBias = s.RecurrentBias,
                pTable = s.TokenTable,
                pWeights = s.Weights
        )
        fixed (int* pTokens = s.Tokens)
        fixed (
            float* pInitialH = s.InitialH,
                pInitialC = s.InitialC,
                pH = s.H,
                pC = s.C
        )
        fixed (
            float* pOutput = s.OutputGradient,
                pGradientH = s.GradientH,
                pGradientC = s.GradientC
        )
        {
            var arguments = new RecurrenceArguments
            {
                Steps = s.Steps,
                Batch = s.Batch,
                HiddenSize = s.HiddenSize,
                Reversed = s.Reversed,
                Gates = pGates,
                Input = TCell.SplitsInput ? pInput : pGates,
                Tokens = pTokens,
                TokenTable = pTable,
                Bias = pBias,
                Weights = pWeights,
                InitialH = pInitialH,
                InitialC = pInitialC,
                H = pH,
                C = pC,
                OutputGradient = pOutput,
                GradientH = pGradientH,
                GradientC = pGradientC,
            };
            var cut = RecurrenceCut.For(s.Batch, s.HiddenSize, TCell.Gates, team.Threads, PanelWidth);
            var job = new RecurrenceJob<V, TCell>(arguments, backward, cut);
            if (cut.ByUnits)
            {
                team.RunSteps(job.Phases, cut.Count, job);
            }
            else
            {
                team.Run(cut.Count, job);
            }
        }
    }

    private static void CheckTokens(in RecurrentSequence s, int gates, bool backward)
    {
        Check(s.Tokens.Length, backward || s.Tokens.IsEmpty ? 0 : checked(s.Steps * s.Batch));
        if (s.Tokens.IsEmpty)
        {
            Check(s.TokenTable.Length, 0);
            return;
        }
        var entries = s.TokenTable.Length / gates;
        Check(s.TokenTable.Length, entries * gates);
        foreach (var token in s.Tokens)
        {
            if ((uint)token >= (uint)entries)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(s),
                    token,
                    $"A token must be 0 to {entries - 1}, as the table has {entries} rows."
                );
            }
        }
    }
}
