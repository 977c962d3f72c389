using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Recurrent.Decoding;

namespace Recurrent.Server.Sessions;

/// <summary>
/// The states after every 64th token of the prompts that were read last, so that a prompt that begins like one of them
/// is not read again. What it finds changes no bit of a text; whose prompts it knows, nobody else can find out.
/// </summary>
/// <param name="capacity">The memory that it may take, in bytes; 0 for a cache that keeps nothing.</param>
internal sealed class PrefixCache(long capacity)
{
    /// <summary>Tokens from one kept state to the next.</summary>
    public const int Interval = StreamHistory.Interval;

    private const int Overhead = 150; // bytes of an entry beside its state

    private readonly Lock _gate = new();
    private readonly Dictionary<UInt128, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = new(); // the one used longest ago first
    private long _bytes;

    /// <summary>The memory that it takes, in bytes.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>The names of the beginnings of a prompt, one for each 64 tokens; none where nothing is kept.</summary>
    /// <param name="owner">Whose prompt it is.</param>
    /// <param name="fingerprint">What identifies the model.</param>
    /// <param name="tokens">The prompt's tokens.</param>
    public UInt128[] KeysOf(string owner, string fingerprint, ReadOnlySpan<int> tokens)
    {
        if (capacity == 0 || tokens.Length < Interval)
        {
            return [];
        }
        var keys = new UInt128[tokens.Length / Interval];
        // Each name is a hash of the one before and of the tokens in between.
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> block = stackalloc byte[SHA256.HashSizeInBytes + (Interval * sizeof(int))];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{owner}\n{fingerprint}"), hash);
        for (var i = 0; i < keys.Length; i++)
        {
            hash.CopyTo(block);
            MemoryMarshal.AsBytes(tokens.Slice(i * Interval, Interval)).CopyTo(block[hash.Length..]);
            SHA256.HashData(block, hash);
            keys[i] = BinaryPrimitives.ReadUInt128LittleEndian(hash);
        }
        return keys;
    }

    /// <summary>The state of the longest beginning that is known; null for none.</summary>
    public StreamState? Find(ReadOnlySpan<UInt128> keys)
    {
        lock (_gate)
        {
            for (var i = keys.Length - 1; i >= 0; i--)
            {
                if (TryTouch(keys[i], out var node))
                {
                    return node.Value.State;
                }
            }
            return null;
        }
    }

    /// <summary>Keeps a state, unless it is there.</summary>
    /// <param name="key">The beginning's name.</param>
    /// <param name="save">Gives the state.</param>
    public void Add(UInt128 key, Func<StreamState> save)
    {
        lock (_gate)
        {
            if (TryTouch(key, out _))
            {
                return;
            }
            var state = save().AsPrompt();
            var entry = new Entry(key, state, state.Bytes + Overhead);
            _entries.Add(key, _byUse.AddLast(entry));
            _bytes += entry.Bytes;
            while (_bytes > capacity)
            {
                var oldest = _byUse.First!.Value;
                _byUse.RemoveFirst();
                _entries.Remove(oldest.Key);
                _bytes -= oldest.Bytes;
            }
        }
    }

    private bool TryTouch(UInt128 key, out LinkedListNode<Entry> node)
    {
        if (!_entries.TryGetValue(key, out node!))
        {
            return false;
        }
        _byUse.Remove(node);
        _byUse.AddLast(node);
        return true;
    }

    private sealed record Entry(UInt128 Key, StreamState State, long Bytes);
}

/// <summary>What a cache knows of the prompts of one owner.</summary>
/// <param name="Cache">The cache.</param>
/// <param name="Owner">The owner.</param>
internal sealed record KnownPrompts(PrefixCache Cache, string Owner);
