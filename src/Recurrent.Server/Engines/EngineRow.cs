using Recurrent.Decoding;
using Recurrent.Text;

namespace Recurrent.Server.Engines;

/// <summary>A text for an engine to read, write, or both. The engine's thread calls it, event by event.</summary>
/// <param name="job">What it is a part of.</param>
/// <param name="options">What is asked of it.</param>
internal abstract class EngineRow(EngineJob job, StreamOptions options)
{
    /// <summary>What it is a part of.</summary>
    public EngineJob Job { get; } = job;

    /// <summary>What is asked of it, from where it is now.</summary>
    public StreamOptions Options { get; set; } = options;

    /// <summary>What it reads first, behind its <see cref="State"/> if it has one; null once it is taken.</summary>
    public Prompt? Prompt { get; set; }

    /// <summary>Where it goes on; null at its beginning and while it holds a slot.</summary>
    public StreamState? State { get; set; }

    /// <summary>The texts that it stands for while it waits.</summary>
    public virtual int Weight => 1;

    /// <summary>Whether nobody takes what it writes, so that it should wait.</summary>
    public virtual bool IsFull => false;

    /// <summary>Whether it is out of its slot because it <see cref="IsFull"/>; the engine's.</summary>
    public bool IsParked { get; set; }

    /// <summary>Whether it looks on after each step, see <see cref="Pass"/>.</summary>
    public virtual bool Watches => false;

    /// <summary>Looks on after a step in which a token was read, where it <see cref="Watches"/>.</summary>
    /// <param name="batch">The batch that it has a slot in.</param>
    /// <param name="stream">Its stream.</param>
    public virtual void Pass(StreamBatch batch, TextStream stream) { }

    /// <summary>Takes an event.</summary>
    /// <param name="happened">The event.</param>
    /// <param name="logits">The logits (vocabulary) of its token; empty where there is none.</param>
    public abstract void Take(in StreamEvent happened, ReadOnlySpan<float> logits);

    /// <summary>The rows that go on from its end.</summary>
    /// <param name="batch">The batch that it has a slot in.</param>
    /// <param name="stream">Its stream.</param>
    public virtual IEnumerable<EngineRow> Follow(StreamBatch batch, TextStream stream) => [];
}

/// <summary>What a request asks of an engine: some rows, and who waits for their end.</summary>
/// <param name="rows">The number of rows that must end.</param>
internal abstract class EngineJob(int rows)
{
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isDropped;
    private int _open = rows;

    /// <summary>Completes with the end of the last row, or with the failure of one.</summary>
    public Task Finished => _finished.Task;

    /// <summary>The number of tokens that it reads, each counted once.</summary>
    public virtual long PromptTokens => 0;

    /// <summary>The number of tokens that it has written so far.</summary>
    public virtual int CompletionTokens => 0;

    /// <summary>Where somebody waits for its texts; null where they are wanted at the end.</summary>
    public News? News { get; protected init; }

    /// <summary>Whether nobody waits for it any more.</summary>
    public bool IsDropped
    {
        get => _isDropped;
        set => _isDropped = value;
    }

    /// <summary>Counts the end of a row.</summary>
    public void EndOne()
    {
        if (Interlocked.Decrement(ref _open) == 0)
        {
            _finished.TrySetResult();
        }
    }

    /// <summary>Ends it with an error.</summary>
    public void Fail(Exception error)
    {
        _finished.TrySetException(error);
        News?.TellLater();
    }
}
