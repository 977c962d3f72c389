using Recurrent.Cli.Tests.Support;
using Recurrent.Mpi;
using Recurrent.Training;

namespace Recurrent.Cli.Tests.Mpi;

public sealed class WatchedRanksTests
{
    private readonly SteppingTime _time = new() { Step = TimeSpan.FromSeconds(1) };
    private readonly List<double> _late = [];

    [Theory]
    [InlineData(1.0, false)]
    [InlineData(0.9, true)]
    public void An_exchange_that_takes_too_long_is_told_of(double limit, bool isLate)
    {
        using var ranks = Watched(whileExchanging: _time.Ring); // a second after its beginning
        ranks.Watch(TimeSpan.FromSeconds(limit));
        ranks.AllGather(new byte[1], new byte[1]);
        Assert.Equal(isLate ? [1.0] : [], _late);
    }

    [Fact]
    public void Between_exchanges_nothing_is_late()
    {
        using var ranks = Watched(() => { });
        ranks.Watch(TimeSpan.FromSeconds(1));
        ranks.AllToAll(new byte[1], new byte[1]);
        ranks.Broadcast(new byte[1]);
        _time.Step = TimeSpan.FromHours(1);
        _time.Ring();
        Assert.Empty(_late);
    }

    [Fact]
    public void The_time_of_exchanges_is_added_up()
    {
        using var ranks = Watched(() => { });
        ranks.AllToAll(new byte[1], new byte[1]);
        _time.GetTimestamp(); // of something else
        ranks.AllGather(new byte[1], new byte[1]);
        ranks.Broadcast(new byte[1]);
        Assert.Equal(TimeSpan.FromSeconds(3), ranks.Spent);
    }

    private WatchedRanks Watched(Action whileExchanging) =>
        new(new Slow(whileExchanging), _time, elapsed => _late.Add(elapsed.TotalSeconds));

    /// <summary>One rank, which does something else in its exchanges.</summary>
    private sealed class Slow(Action exchange) : Ranks
    {
        public override int Rank => 0;

        public override int Count => 1;

        public override string Host => "here";

        public override void AllToAll(ReadOnlySpan<byte> parts, Span<byte> received) => exchange();

        public override void AllGather(ReadOnlySpan<byte> part, Span<byte> received) => exchange();

        public override void Broadcast(Span<byte> bytes, int from = 0) => exchange();
    }
}
