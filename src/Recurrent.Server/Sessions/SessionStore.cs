using System.Diagnostics.CodeAnalysis;
using Recurrent.Decoding;

namespace Recurrent.Server.Sessions;

/// <summary>
/// The texts that a server keeps between requests, each for who began it. One that nobody uses for a time is dropped,
/// and so are those used longest ago where all together take too much memory.
/// </summary>
/// <param name="lifetime">The time that one is kept after its last use.</param>
/// <param name="capacity">The memory that all together may take, in bytes.</param>
/// <param name="time">The clock.</param>
internal sealed class SessionStore(TimeSpan lifetime, long capacity, TimeProvider time)
{
    private const int MostRemembered = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<Session>> _sessions = new(StringComparer.Ordinal);
    private readonly LinkedList<Session> _byUse = new(); // the one used longest ago first
    private readonly Queue<(string Id, string Owner)> _dropped = new();
    private long _bytes;
    private long _drops;

    /// <summary>The number of sessions.</summary>
    public int Count => Locked(() => _sessions.Count);

    /// <summary>The memory that they take, in bytes.</summary>
    public long Bytes => Locked(() => _bytes);

    /// <summary>The number of those that were dropped because of their age, or for room.</summary>
    public long Drops => Locked(() => _drops);

    /// <summary>Keeps a text.</summary>
    /// <param name="id">A name that no other has.</param>
    /// <param name="owner">Who may use it.</param>
    /// <param name="model">The name of its model.</param>
    /// <param name="fingerprint">What identifies the model.</param>
    /// <param name="text">The text.</param>
    public Session Add(string id, string owner, string model, string fingerprint, TextState text) =>
        Locked(() =>
        {
            var now = time.GetUtcNow();
            var session = new Session(id, owner, model, fingerprint, now, text) { LastUse = now };
            _sessions.Add(id, _byUse.AddLast(session));
            _bytes += session.Bytes;
            DropBeyond();
            return session;
        });

    /// <summary>Whether a text of some memory, in bytes, fits if no other is there.</summary>
    public bool HasRoomFor(long bytes) => bytes <= capacity;

    /// <summary>The sessions of an owner, the one used longest ago first.</summary>
    public IReadOnlyList<Session> Of(string owner) =>
        Locked(() => _byUse.Where(session => session.Owner == owner).ToList());

    /// <summary>Finds a session, which counts as using it.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="owner">Who asks.</param>
    /// <param name="wasDropped">Whether there was one.</param>
    /// <returns>Null where the owner has none of that name.</returns>
    public Session? Find(string id, string owner, out bool wasDropped)
    {
        lock (_gate)
        {
            DropExpired();
            if (_sessions.TryGetValue(id, out var node) && node.Value.Owner == owner)
            {
                wasDropped = false;
                Touch(node);
                return node.Value;
            }
            wasDropped = _dropped.Contains((id, owner));
            return null;
        }
    }

    /// <summary>Begins to change a session, unless someone does.</summary>
    /// <param name="session">The session.</param>
    /// <param name="text">Its text, which nobody else changes until <see cref="Leave"/>.</param>
    public bool TryEnter(Session session, [NotNullWhen(true)] out TextState? text)
    {
        lock (_gate)
        {
            text = session.IsBusy ? null : session.Text;
            return !session.IsBusy && (session.IsBusy = true);
        }
    }

    /// <summary>Ends the change of a session, which counts as using it.</summary>
    /// <param name="session">The session.</param>
    /// <param name="next">Its text from now on; null to leave it as it was.</param>
    public void Leave(Session session, StreamState? next)
    {
        lock (_gate)
        {
            session.IsBusy = false;
            if (!_sessions.TryGetValue(session.Id, out var node))
            {
                return; // it was deleted in the meantime
            }
            if (next is not null)
            {
                _bytes -= session.Bytes;
                session.Text = session.Text with { State = next };
                _bytes += session.Bytes;
            }
            Touch(node);
            DropBeyond();
        }
    }

    /// <summary>Forgets a session.</summary>
    public void Remove(Session session) =>
        Locked(() => _sessions.TryGetValue(session.Id, out var node) && Forget(node));

    /// <summary>When a session is dropped unless it is used.</summary>
    public DateTimeOffset ExpiryOf(Session session) => session.LastUse + lifetime;

    private void Touch(LinkedListNode<Session> node)
    {
        node.Value.LastUse = time.GetUtcNow();
        _byUse.Remove(node);
        _byUse.AddLast(node);
    }

    /// <summary>Drops what is too old. One that is being changed is in use.</summary>
    private void DropExpired()
    {
        var now = time.GetUtcNow();
        for (var node = _byUse.First; node is not null && ExpiryOf(node.Value) <= now; )
        {
            var next = node.Next;
            if (!node.Value.IsBusy)
            {
                Drop(node);
            }
            node = next;
        }
    }

    /// <summary>Drops those used longest ago until the others fit, even the last.</summary>
    private void DropBeyond()
    {
        for (var node = _byUse.First; node is not null && _bytes > capacity; )
        {
            var next = node.Next;
            if (!node.Value.IsBusy)
            {
                Drop(node);
            }
            node = next;
        }
    }

    private void Drop(LinkedListNode<Session> node)
    {
        Forget(node);
        _drops++;
        _dropped.Enqueue((node.Value.Id, node.Value.Owner));
        if (_dropped.Count > MostRemembered)
        {
            _dropped.Dequeue();
        }
    }

    private bool Forget(LinkedListNode<Session> node)
    {
        _bytes -= node.Value.Bytes;
        _byUse.Remove(node);
        return _sessions.Remove(node.Value.Id);
    }

    private T Locked<T>(Func<T> act)
    {
        lock (_gate)
        {
            DropExpired();
            return act();
        }
    }
}

/// <summary>A text that a server keeps between requests. Its store guards what changes.</summary>
/// <param name="id">Its name.</param>
/// <param name="owner">Who may use it.</param>
/// <param name="model">The name of its model.</param>
/// <param name="fingerprint">What identifies the model.</param>
/// <param name="created">When it began.</param>
/// <param name="text">The text.</param>
internal sealed class Session(
    string id,
    string owner,
    string model,
    string fingerprint,
    DateTimeOffset created,
    TextState text
)
{
    /// <summary>Its name.</summary>
    public string Id { get; } = id;

    /// <summary>Who may use it.</summary>
    public string Owner { get; } = owner;

    /// <summary>The name of its model.</summary>
    public string Model { get; } = model;

    /// <summary>What identifies the model.</summary>
    public string Fingerprint { get; } = fingerprint;

    /// <summary>When it began.</summary>
    public DateTimeOffset Created { get; } = created;

    /// <summary>The text so far.</summary>
    public TextState Text { get; set; } = text;

    /// <summary>When it was used last.</summary>
    public DateTimeOffset LastUse { get; set; }

    /// <summary>Whether a request changes it.</summary>
    public bool IsBusy { get; set; }

    /// <summary>The memory that it takes, in bytes.</summary>
    public long Bytes => Text.State.Bytes;
}
