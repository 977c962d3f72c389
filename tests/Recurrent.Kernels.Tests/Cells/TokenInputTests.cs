using Recurrent.Kernels.Cells;

namespace Recurrent.Kernels.Tests.Cells;

/// <summary>Tokens that the kernel looks up itself, against rows of the table that the caller has copied.</summary>
public sealed class TokenInputTests
{
    private const int Entries = 5;

    public static TheoryData<string, string> TiersAndCells => CellTests.TiersAndCells;

    [Theory]
    [MemberData(nameof(TiersAndCells))]
    public void Gives_what_the_gathered_rows_give(string name, string cellName)
    {
        var cell = Cell.Named(cellName);
        foreach (
            var (batch, steps, hidden) in ((int, int, int)[])
                [(1, 1, 1), (5, 3, 3), (3, 2, 17), (9, 2, 40), (17, 2, 32), (137, 1, 32)]
        )
        {
            foreach (var reversed in (bool[])[false, true])
            {
                var gates = hidden * cell.Gates.Count;
                var table = Tiers.Values(Entries * gates, 1); // (V, G·H)
                int[] tokens = [.. Enumerable.Range(0, steps * batch).Select(i => i * 3 % Entries)];
                float[] gathered = [.. tokens.SelectMany(token => table[(token * gates)..((token + 1) * gates)])];
                var size = (batch, steps, hidden);
                var expected = new CellRun(name, 1, cell, size, reversed, gathered).Forward().All;
                foreach (var threads in (int[])[1, 2, 3, 5])
                {
                    var unwritten = new float[gathered.Length];
                    Array.Fill(unwritten, float.NaN);
                    var run = new CellRun(name, threads, cell, size, reversed, unwritten);
                    Assert.Equal(expected, run.Forward(tokens, table).All);
                }
            }
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(Entries)]
    public void Refuses_a_token_that_the_table_lacks_before_it_writes(int token)
    {
        var run = new CellRun(VectorTier.Best.Name, 1, Cell.Named("rnn"), (1, 2, 1), input: [7f, 7f]);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => run.Forward([0, token], Tiers.Values(Entries, 1)));
        Assert.Equal(token, error.ActualValue);
        Assert.Equal([7f, 7f], run.Gates);
    }

    [Fact]
    public void Refuses_another_number_of_tokens_and_a_torn_table()
    {
        Assert.Throws<ArgumentException>(() => Run([0], Tiers.Values(Entries * 2, 1)));
        Assert.Throws<ArgumentException>(() => Run([0, 1], Tiers.Values((Entries * 2) + 1, 1)));

        static void Run(int[] tokens, float[] table) =>
            new CellRun(VectorTier.Best.Name, 1, Cell.Named("rnn"), (1, 2, 2)).Forward(tokens, table);
    }
}
