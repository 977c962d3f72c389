using System.Text;
using Recurrent.Cli.Hosting;

namespace Recurrent.Cli.Tests.Hosting;

public sealed class NoteQueueTests
{
    [Fact]
    public async Task Writes_notes_in_their_order_and_those_that_wait_at_its_end()
    {
        using var writer = new StringWriter { NewLine = "\n" };
        var notes = new NoteQueue(writer, TimeProvider.System);
        string[] lines = [.. Enumerable.Range(0, 1000).Select(i => $"line {i}")];
        Array.ForEach(lines, notes.Add);
        await notes.DisposeAsync();
        Assert.Equal([.. lines, ""], writer.ToString().Split('\n'));
    }

    [Fact]
    public async Task Holds_up_nobody_where_its_reader_has_stalled_and_tells_what_is_left_out()
    {
        using var writer = new StalledWriter();
        var notes = new NoteQueue(writer, TimeProvider.System);
        notes.Add("first");
        await writer.Stalled.WaitAsync(TestContext.Current.CancellationToken);
        for (var i = 0; i < NoteQueue.MostWaiting + 1234; i++)
        {
            notes.Add("more");
        }
        await notes.DisposeAsync(); // which gives the reader up
        writer.GoOn();
        await writer.Whole.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(
            ["first", "1,234 lines were left out here, because nobody has read those before them."],
            writer.Lines[..2]
        );
        Assert.Equal(NoteQueue.MostWaiting, writer.Lines[2..].Count(line => line == "more"));
    }

    private sealed class StalledWriter : TextWriter
    {
        private readonly TaskCompletionSource _stalled = new();
        private readonly TaskCompletionSource _whole = new();
        private readonly ManualResetEventSlim _goesOn = new();

        public override Encoding Encoding => Encoding.UTF8;

        public List<string> Lines { get; } = [];

        public Task Stalled => _stalled.Task;

        public Task Whole => _whole.Task;

        public void GoOn() => _goesOn.Set();

        public override void WriteLine(string? value)
        {
            _stalled.TrySetResult();
            _goesOn.Wait(TestContext.Current.CancellationToken);
            Lines.Add(value!);
            if (Lines.Count == NoteQueue.MostWaiting + 2)
            {
                _whole.SetResult();
            }
        }

        protected override void Dispose(bool disposing)
        {
            _goesOn.Dispose();
            base.Dispose(disposing);
        }
    }
}
