using Recurrent.Kernels.Threading;

namespace Recurrent.Kernels.Tests.Recurrence;

/// <summary>Tokens that the kernel looks up itself, against rows of the table that the caller has copied.</summary>
public sealed class TokenInputTests
{
    private const int Entries = 5;

    public static TheoryData<string, CellKind> TiersAndCells => RecurrenceTests.TiersAndCells;

    [Theory]
    [MemberData(nameof(TiersAndCells))]
    public void Gives_what_the_gathered_rows_give(string name, CellKind cell)
    {
        var tier = KernelTier.Named(name);
        foreach (
            var (batch, steps, hidden) in ((int, int, int)[])[(1, 1, 1), (5, 3, 3), (3, 2, 17), (9, 2, 40)]
        )
        {
            foreach (var reversed in (bool[])[false, true])
            {
                var gates = hidden * RecurrenceTests.Gates(cell);
                var table = Tiers.Values(Entries * gates, 1); // (V, G·H)
                int[] tokens = [.. Enumerable.Range(0, steps * batch).Select(i => i * 3 % Entries)];
                float[] gathered =
                [
                    .. tokens.SelectMany(token => table[(token * gates)..((token + 1) * gates)]),
                ];
                var expected = Forward(tier, 1, cell, [], [], gathered, batch, steps, hidden, reversed);
                foreach (var threads in (int[])[1, 2, 3, 5])
                {
                    var unwritten = new float[gathered.Length];
                    Array.Fill(unwritten, float.NaN);
                    Assert.Equal(
                        expected,
                        Forward(tier, threads, cell, tokens, table, unwritten, batch, steps, hidden, reversed)
                    );
                }
            }
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(Entries)]
    public void Refuses_a_token_that_the_table_lacks_before_it_writes(int token)
    {
        float[] input = [7f, 7f];
        var error = Assert.Throws<ArgumentOutOfRangeException>(() =>
            Forward(
                KernelTier.Best,
                1,
                CellKind.TanhRnn,
                [0, token],
                Tiers.Values(Entries, 1),
                input,
                1,
                2,
                1,
                false
            )
        );
        Assert.Equal(token, error.ActualValue);
        Assert.Equal([7f, 7f], input);
    }

    [Fact]
    public void Refuses_another_number_of_tokens_and_a_torn_table()
    {
        Assert.Throws<ArgumentException>(() => Run([0], Tiers.Values(Entries * 2, 1)));
        Assert.Throws<ArgumentException>(() => Run([0, 1], Tiers.Values((Entries * 2) + 1, 1)));

        static void Run(int[] tokens, float[] table) =>
            Forward(KernelTier.Best, 1, CellKind.TanhRnn, tokens, table, new float[4], 1, 2, 2, false);
    }

    /// <summary>All that the forward run leaves: h, c, the gates and a GRU's input gates.</summary>
    private static float[] Forward(
        KernelTier tier,
        int threads,
        CellKind cell,
        int[] tokens,
        float[] table,
        float[] input,
        int batch,
        int steps,
        int hidden,
        bool reversed
    )
    {
        var (isLstm, isGru, gates) = (
            cell == CellKind.Lstm,
            cell == CellKind.Gru,
            hidden * RecurrenceTests.Gates(cell)
        );
        var team = new WorkerTeam(threads);
        var packed = new float[tier.PackedLength(hidden, gates)];
        tier.Pack(team, Tiers.Values(gates * hidden, 2), hidden, gates, true, packed);
        var h = new float[steps * batch * hidden];
        var c = new float[isLstm ? h.Length : 0];
        var split = isGru ? new float[input.Length] : input;
        tier.RecurrentForward(
            team,
            new RecurrentSequence
            {
                Cell = cell,
                Steps = steps,
                Batch = batch,
                HiddenSize = hidden,
                Reversed = reversed,
                Tokens = tokens,
                TokenTable = table,
                Gates = split,
                InputGates = isGru ? input : [],
                RecurrentBias = isGru ? Tiers.Values(gates, 3) : [],
                Weights = packed,
                InitialH = Tiers.Values(batch * hidden, 4),
                InitialC = isLstm ? Tiers.Values(batch * hidden, 5) : [],
                H = h,
                C = c,
            }
        );
        return [.. h, .. c, .. split, .. isGru ? input : []];
    }
}
