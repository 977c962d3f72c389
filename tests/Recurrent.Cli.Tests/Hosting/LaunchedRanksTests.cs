using Recurrent.Cli.Tests.Support;
using Recurrent.Formats;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Cli.Tests.Hosting;

/// <summary>The command line on several ranks, which are threads here.</summary>
public sealed class LaunchedRanksTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Model => _folder["model.safetensors"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Rank_0_alone_prints_and_its_first_and_last_lines_tell_of_the_ranks()
    {
        var results = Run(2, _ => Tiny.Train(Model, 3, "--shards", "2"));
        Assert.All(results, result => Assert.Equal((0, ""), (result.ExitCode, result.Error)));
        Assert.Equal("", results[1].Out);
        Assert.EndsWith("; 2 ranks on 1 machine, 2 shards, 1 thread each, threads 1.0", results[0].Lines[0]);
        Assert.Matches("^exchange [0-9]+% of the time", results[0].Lines.Single(IsExchange));

        var alone = CliRunner.Plain(Tiny.Train(_folder["alone.safetensors"], 3, "--shards", "2"));
        Assert.Equal(File.ReadAllBytes(_folder["alone.safetensors"]), File.ReadAllBytes(Model));
        Assert.Equal(Masked(alone.Lines[1..]), Masked(results[0].Lines[1..].Where(line => !IsExchange(line))));

        static bool IsExchange(string line) => line.StartsWith("exchange", StringComparison.Ordinal);

        static IEnumerable<string> Masked(IEnumerable<string> lines) =>
            lines.Where(line => !line.Contains("tokens/s") && !line.Contains(" in ") && !line.Contains("saved:"));
    }

    [Fact]
    public void Objects_tell_of_the_ranks()
    {
        var results = Run(2, _ => Tiny.Train(Model, 3, "--shards", "2", "--json"));
        Assert.Equal("", results[1].Out);
        Assert.Contains("\"ranks\":2,\"machines\":1,\"mpi\":\"threads 1.0\"", results[0].Lines[0]);
        Assert.Contains("\"exchangeShare\":0", results[0].Lines[^1]);
        Assert.Matches($"\"slowestRank\":[01],\"slowestHost\":\"{Environment.MachineName}\"", results[0].Lines[^1]);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(30, "--local-steps", "3")]
    public void The_last_line_names_the_way_out_where_exchanges_take_much_of_the_time(int local, params string[] more)
    {
        // Rank 1 is slow: its clock goes on less while it exchanges.
        var results = Run(2, _ => [.. Tiny.Train(Model, 3, "--shards", "2"), .. more], rank => rank == 0 ? 40 : 20);
        var line = results[0].Lines.Single(one => one.StartsWith("exchange", StringComparison.Ordinal));
        Assert.Matches(
            $"^exchange 9[0-9]% of the time; --local-steps {local} makes that less; the slowest is rank 1 on "
                + $"{Environment.MachineName}, which waited least, [5-9][0-9]%$",
            line
        );
    }

    [Fact]
    public void Ranks_with_local_steps_write_the_file_of_one_process()
    {
        string[] settings = ["--shards", "4", "--local-steps", "3", "--outer-rate", "0.5"];
        var results = Run(4, _ => Tiny.Train(Model, 3, settings));
        Assert.All(results, result => Assert.Equal((0, ""), (result.ExitCode, result.Error)));
        CliRunner.Plain(Tiny.Train(_folder["alone.safetensors"], 3, settings));
        Assert.Equal(File.ReadAllBytes(_folder["alone.safetensors"]), File.ReadAllBytes(Model));
        CliRunner.Plain(Tiny.Train(_folder["b.safetensors"], 3, "--shards", "4"));
        Assert.NotEqual(File.ReadAllBytes(_folder["b.safetensors"]), File.ReadAllBytes(Model));
    }

    [Theory]
    [InlineData("--local-steps 3", "Each shard takes local steps, and there is 1; choose 2 shards or more, ")]
    [InlineData("--outer-rate 0.5", "--outer-rate has no effect here; leave it out or add --local-steps 10.")]
    [InlineData("--local-steps 0", "--local-steps is \"0\" and must be a whole number from 1 to 1,000,000")]
    public void Local_steps_need_shards_and_what_belongs_to_them_needs_local_steps(string options, string beginning)
    {
        using var runner = new CliRunner();
        var result = runner.Run(Tiny.Train(Model, 3, options.Split(' ')));
        Assert.NotEqual(0, result.ExitCode);
        Assert.StartsWith(beginning, result.Error);
    }

    [Theory]
    [InlineData("no-such-text", 1, "\"no-such-text\" is neither a file, a folder nor a dataset; ")]
    [InlineData("-", 2, "- means standard input, which one of the 3 ranks alone could read; give a file instead.")]
    [InlineData("--hidden=0", 2, "--hidden is \"0\" and must be a whole number from 1 to 16,384; ")]
    public void What_is_wrong_on_all_ranks_is_said_once(string wrong, int exitCode, string beginning)
    {
        var results = Run(3, _ => ["train", wrong]);
        Assert.All(results, result => Assert.Equal((exitCode, ""), (result.ExitCode, result.Out)));
        Assert.StartsWith(beginning, results[0].Error);
        Assert.Equal(1, results[0].Error.Count(character => character == '\n'));
        Assert.All(results[1..], result => Assert.Equal("", result.Error));
    }

    [Fact]
    public void What_is_wrong_on_one_rank_is_said_with_its_name()
    {
        var text = _folder.Write("my.txt", string.Concat(Enumerable.Repeat("so much depends upon\n", 100)));
        var results = Run(3, rank => Tiny.Train(Model, 3, rank == 2 ? _folder["gone.txt"] : text));
        Assert.All(results, result => Assert.Equal((1, ""), (result.ExitCode, result.Out)));
        Assert.StartsWith($"rank 2 on {Environment.MachineName}: \"", results[0].Error);
        Assert.Equal(1, results[0].Error.Count(character => character == '\n'));
        Assert.Equal(["my.txt"], _folder.Names);
    }

    [Fact]
    public void Ranks_that_do_not_fit_the_shards_are_refused_with_the_way_out()
    {
        var results = Run(2, _ => Tiny.Train(Model));
        results[0]
            .AssertFailed(
                1,
                "2 ranks cannot share out 1 shard; start 1, or choose --shards 2 or a power of two times as many."
            );
        Assert.Equal((1, "", ""), (results[1].ExitCode, results[1].Out, results[1].Error));
    }

    [Fact]
    public void Segments_of_a_long_text_are_shared_out()
    {
        var text = _folder.Write("my.txt", string.Concat(Enumerable.Repeat("so much depends upon\n", 100)));
        foreach (var what in new[] { "kept in", "read from" })
        {
            var results = Run(2, _ => Tiny.Train(Model, 2, text, "--shards", "2"), largeText: 0, segmentLength: 600);
            Assert.All(results, result => Assert.Equal(0, result.ExitCode));
            Assert.StartsWith(
                $"The tokens of my.txt are {what} {Model}.tokens and {Model}.tokens.2 to 4",
                results[0].Error
            );
            Assert.Equal("", results[1].Error);
        }
        using var alone = new CliRunner { SegmentLength = 600 };
        Assert.Equal(0, alone.Run(Tiny.Train(_folder["alone.safetensors"], 2, text, "--shards", "2")).ExitCode);
        Assert.Equal(File.ReadAllBytes(_folder["alone.safetensors"]), File.ReadAllBytes(Model));
    }

    [Fact]
    public void A_long_text_that_is_none_or_is_not_there_on_one_rank_is_refused_once()
    {
        var text = string.Concat(Enumerable.Repeat("so much depends upon\n", 100));
        var (whole, cut) = (
            _folder.Write("my.txt", text),
            _folder.Write("cut.txt", [.. text.Select(c => (byte)c), 255])
        );
        var results = Run(3, rank => Tiny.Train(Model, 2, cut), largeText: 0, segmentLength: 600);
        Assert.All(results, result => Assert.Equal((1, ""), (result.ExitCode, result.Out)));
        Assert.Contains("byte 0xFF in line 101, at offset 2100", results[0].Error, StringComparison.Ordinal);
        results = Run(
            3,
            rank => Tiny.Train(Model, 2, rank == 1 ? _folder["gone.txt"] : whole),
            largeText: 0,
            segmentLength: 600
        );
        Assert.All(results, result => Assert.Equal((1, ""), (result.ExitCode, result.Out)));
        Assert.StartsWith($"rank 1 on {Environment.MachineName}: \"", results[0].Error);
        Assert.Equal(["cut.txt", "my.txt"], _folder.Names);
    }

    [Fact]
    public void A_plan_is_shown_once()
    {
        var results = Run(2, _ => ["train", "--dry-run"]);
        Assert.All(results, result => Assert.Equal((0, ""), (result.ExitCode, result.Error)));
        Assert.StartsWith("story: ", results[0].Out);
        Assert.Equal("", results[1].Out);
    }

    [Fact]
    public void A_library_that_is_not_there_is_said_once_on_each_machine()
    {
        for (var localRank = 0; localRank < 2; localRank++)
        {
            using var runner = new CliRunner
            {
                Launcher = new("mpirun", [], 2 + localRank, localRank, Count: 4),
                Join = _ => throw new RanksException("There is none."),
            };
            var result = runner.Run("train");
            Assert.Equal((1, localRank == 0 ? "There is none.\n" : ""), (result.ExitCode, result.Error));
        }
    }

    [Theory]
    [InlineData(0, "Each of 4 processes does this for itself; train alone is work that they share.\n")]
    [InlineData(1, "")]
    public void Other_verbs_say_once_that_each_process_does_them_for_itself(int rank, string note)
    {
        using var runner = new CliRunner { Launcher = new("mpirun", [], rank, rank, Count: 4) };
        var result = runner.Run("vocabulary", "story");
        Assert.Equal((0, note), (result.ExitCode, result.Error));
        Assert.NotEqual("", result.Out);
    }

    /// <summary>Runs the command line on each rank.</summary>
    /// <param name="count">The number of ranks.</param>
    /// <param name="arguments">The arguments of each.</param>
    /// <param name="readings">How often each rank's clock moves on in an exchange; null for not at all.</param>
    /// <param name="largeText">The length of a text whose tokens are kept in files.</param>
    /// <param name="segmentLength">The length of its segments.</param>
    private static CliResult[] Run(
        int count,
        Func<int, string[]> arguments,
        Func<int, int>? readings = null,
        long largeText = TokenCache.LargeText,
        long segmentLength = SegmentCuts.UsualLength
    )
    {
        var results = new CliResult[count];
        var threads = ThreadRanks
            .Create(count)
            .Select(ranks => new Thread(() =>
            {
                var runner = default(CliRunner);
                using var made = runner = new CliRunner
                {
                    LargeText = largeText,
                    SegmentLength = segmentLength,
                    Launcher = new("mpirun", [], ranks.Rank, ranks.Rank, count),
                    Join = _ =>
                        new(
                            readings is null ? ranks : new SlowRanks(ranks, runner!.Time, readings(ranks.Rank)),
                            "threads 1.0",
                            () => { },
                            code => ranks.Fail(new IOException($"{code}"))
                        ),
                };
                results[ranks.Rank] = runner.Run(arguments(ranks.Rank));
            }))
            .ToList();
        threads.ForEach(thread => thread.Start());
        Assert.All(threads, thread => Assert.True(thread.Join(TimeSpan.FromSeconds(60))));
        return results;
    }

    /// <summary>Ranks whose exchanges take some time.</summary>
    private sealed class SlowRanks(Ranks ranks, TimeProvider time, int readings) : Ranks
    {
        public override int Rank => ranks.Rank;

        public override int Count => ranks.Count;

        public override string Host => ranks.Host;

        public override void AllToAll(ReadOnlySpan<byte> parts, Span<byte> received)
        {
            ranks.AllToAll(parts, received);
            Wait();
        }

        public override void AllGather(ReadOnlySpan<byte> part, Span<byte> received)
        {
            ranks.AllGather(part, received);
            Wait();
        }

        public override void Broadcast(Span<byte> bytes, int from = 0)
        {
            ranks.Broadcast(bytes, from);
            Wait();
        }

        private void Wait()
        {
            for (var i = 0; i < readings; i++)
            {
                time.GetTimestamp();
            }
        }
    }
}
