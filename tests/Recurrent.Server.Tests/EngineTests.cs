using Recurrent.Decoding;
using Recurrent.Server.Engines;
using Recurrent.Server.Tests.Support;

namespace Recurrent.Server.Tests;

/// <summary>An engine without a network.</summary>
public sealed class EngineTests
{
    [Fact]
    public async Task A_row_that_fails_takes_no_other_job_with_it_that_comes_later()
    {
        using var engine = Engine(maxRows: 2, maxWaiting: 10);
        var bad = new Job(1);
        Assert.True(engine.TrySubmit([new Row(bad, length: 3, _ => throw new InvalidDataException("bad"))]));
        Assert.Equal("bad", (await Assert.ThrowsAsync<InvalidDataException>(() => bad.Finished)).Message);
        var good = new Job(2);
        Assert.True(engine.TrySubmit([new Row(good, 3), new Row(good, 5)]));
        await good.Finished;
        await engine.IdleAsync();
        Assert.Equal(0, engine.Waiting);
    }

    [Fact]
    public async Task A_full_row_leaves_its_place_and_goes_on_where_it_was()
    {
        using var engine = Engine(maxRows: 1, maxWaiting: 10);
        var job = new Job(1);
        var isFull = false;
        var text = "";
        var row = new Row(job, length: 100, Take) { Full = () => isFull };
        Assert.True(engine.TrySubmit([row]));
        while (!job.Finished.IsCompleted)
        {
            await engine.IdleAsync();
            var other = new Job(1);
            Assert.True(engine.TrySubmit([new Row(other, 5)])); // into the one place
            await other.Finished;
            isFull = false;
            engine.Resume(row);
        }
        var trained = TestServer.Load("gru");
        var prompt = trained.Codec.Decode([1]);
        var generator = new TextGenerator(trained.Model, trained.Codec);
        Assert.Equal(generator.Generate(prompt, 100, TestContext.Current.CancellationToken), text);

        void Take(StreamEvent happened)
        {
            text += happened.Text + happened.Rest;
            isFull = text.Length % 7 == 0;
        }
    }

    [Fact]
    public async Task Texts_come_in_their_order_and_what_does_not_fit_is_refused()
    {
        using var engine = Engine(maxRows: 1, maxWaiting: 3);
        using var gate = new ManualResetEventSlim();
        var order = new List<int>();
        var job = new Job(4);
        Row One(int number) => new(job, length: 1, _ => order.Add(number));
        Assert.True(engine.TrySubmit([new Row(job, 1, _ => gate.Wait(TimeSpan.FromSeconds(20)))]));
        while (engine.Running == 0)
        {
            await Task.Yield();
        }
        Assert.True(engine.TrySubmit([One(1), One(2)]));
        Assert.False(engine.TrySubmit([One(3), One(4)]));
        Assert.True(engine.TrySubmit([One(5)]));
        gate.Set();
        await job.Finished;
        Assert.Equal([1, 2, 5], order);
    }

    [Fact]
    public async Task What_is_dropped_while_it_waits_never_comes()
    {
        using var engine = Engine(maxRows: 1, maxWaiting: 3);
        using var gate = new ManualResetEventSlim();
        var (first, dropped) = (new Job(1), new Job(3));
        Assert.True(engine.TrySubmit([new Row(first, 1, _ => gate.Wait(TimeSpan.FromSeconds(20)))]));
        while (engine.Running == 0)
        {
            await Task.Yield();
        }
        Row Never() => new(dropped, 1, _ => throw new InvalidDataException("It came."));
        Assert.True(engine.TrySubmit([Never(), Never(), Never()]));
        engine.Drop(dropped);
        gate.Set();
        await first.Finished;
        var last = new Job(1);
        Assert.True(engine.TrySubmit([new Row(last, 1)]));
        await last.Finished;
        Assert.False(dropped.Finished.IsCompleted);
        Assert.Equal(0, engine.Waiting);
    }

    [Fact]
    public async Task A_long_prompt_takes_a_step_for_each_token_and_holds_up_nobody()
    {
        using var engine = Engine(maxRows: 2, maxWaiting: 10);
        var (reading, writing) = (new Job(1), new Job(1));
        var trained = TestServer.Load("gru");
        var prompt = trained.Codec.EncodePrompt(new string('e', 100_000));
        Assert.True(engine.TrySubmit([new Row(reading, 1) { Prompt = prompt }]));
        Assert.True(engine.TrySubmit([new Row(writing, 50)]));
        await writing.Finished;
        Assert.False(reading.Finished.IsCompleted);
        engine.Drop(reading);
    }

    [Fact]
    public async Task A_retired_engine_ends_with_its_last_row_and_counts_on_for_the_next()
    {
        var counts = new EngineCounts();
        using var engine = Engine(maxRows: 2, maxWaiting: 10, counts: counts);
        var isFull = true;
        var (job, parked) = (new Job(1), new Job(1));
        var thread = new TaskCompletionSource<Thread>();
        var row = new Row(parked, length: 20, Take) { Full = () => isFull };
        Assert.True(engine.TrySubmit([new Row(job, 10), row]));
        engine.Retire();
        await job.Finished;
        await engine.IdleAsync();
        var first = await thread.Task;
        Assert.True(first.Join(TimeSpan.FromSeconds(20)));
        Assert.False(parked.Finished.IsCompleted);
        isFull = false;
        thread = new();
        engine.Resume(row); // and what has come before its end can still go on
        await parked.Finished;
        Assert.True((await thread.Task).Join(TimeSpan.FromSeconds(20)));
        using var next = Engine(maxRows: 2, maxWaiting: 10, counts: counts);
        var other = new Job(1);
        Assert.True(next.TrySubmit([new Row(other, 10)]));
        await other.Finished;
        await next.IdleAsync();
        Assert.Equal((0, 0, 10 + 20 + 10), (counts.Running, counts.Waiting, counts.StepRows));

        void Take(StreamEvent happened) => thread.TrySetResult(Thread.CurrentThread);
    }

    [Fact]
    public async Task Its_sleep_is_not_taken_for_a_step_that_does_not_end()
    {
        var time = new Clock();
        using var engine = Engine(maxRows: 1, maxWaiting: 10, time);
        for (var i = 0; i < 2; i++)
        {
            await engine.IdleAsync();
            time.Hours++;
            time.Asked = () => time.Silences.Add(engine.Silence);
            var job = new Job(1);
            Assert.True(engine.TrySubmit([new Row(job, 3)]));
            await job.Finished;
        }
        await engine.IdleAsync();
        Assert.All(time.Silences, silence => Assert.Equal(TimeSpan.Zero, silence));
        Assert.InRange(time.Silences.Count, 6, 10);
    }

    private static ModelEngine Engine(
        int maxRows,
        int maxWaiting,
        TimeProvider? time = null,
        EngineCounts? counts = null
    )
    {
        var trained = TestServer.Load("gru");
        var decoder = trained.Model.CreateDecoder();
        return new(decoder, trained.Codec, maxRows, maxWaiting, time ?? TimeProvider.System, counts);
    }

    /// <summary>A clock that stands still, and asks something each time before an engine looks at it.</summary>
    private sealed class Clock : TimeProvider
    {
        private bool _isAsking;

        public long Hours { get; set; }

        public Action? Asked { get; set; }

        public List<TimeSpan> Silences { get; } = [];

        public override long GetTimestamp()
        {
            if (!_isAsking && Asked is not null && Thread.CurrentThread.Name == "recurrent engine")
            {
                _isAsking = true;
                Asked();
                _isAsking = false;
            }
            return Hours * 3600 * TimestampFrequency;
        }
    }

    private sealed class Job(int rows) : EngineJob(rows);

    private sealed class Row : EngineRow
    {
        private readonly Action<StreamEvent>? _take;

        public Row(Job job, int length, Action<StreamEvent>? take = null)
            : base(job, new() { Length = length })
        {
            _take = take;
            Prompt = new(new int[] { 1 });
        }

        public Func<bool> Full { get; init; } = () => false;

        public override bool IsFull => Full();

        public override void Take(in StreamEvent happened, ReadOnlySpan<float> logits)
        {
            _take?.Invoke(happened);
            if (happened.End is not null)
            {
                Job.EndOne();
            }
        }
    }
}
