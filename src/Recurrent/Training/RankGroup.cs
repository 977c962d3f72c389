using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Recurrent.Models;
using Recurrent.Ranges;
using Recurrent.Tensors;

namespace Recurrent.Training;

/// <summary>
/// What the ranks of a training do together: add their gradients, decide, gather states, read a file. Each is to be
/// called on all ranks, in the same order.
/// </summary>
internal sealed class RankGroup
{
    private const int Block = 1024; // values, of which norms are sums

    private readonly Ranks _ranks;
    private readonly Wish[] _wishes; // (ranks)
    private readonly double[] _losses; // (ranks)
    private readonly double[] _norms; // (ranks)
    private Tensor?[] _gradients = []; // (parameters)
    private float[] _values = []; // (ranks · part)
    private float[] _parts = []; // (ranks, part): this rank's part of all ranks' values

    private RankGroup(Ranks ranks) =>
        (_ranks, _wishes, _losses, _norms) = (
            ranks,
            new Wish[ranks.Count],
            new double[ranks.Count],
            new double[ranks.Count]
        );

    /// <summary>The number of this rank, from 0.</summary>
    public int Rank => _ranks.Rank;

    /// <summary>The number of ranks, at least 2.</summary>
    public int Count => _ranks.Count;

    /// <summary>Whether this rank is the one that writes files, and whose clock counts.</summary>
    public bool IsFirst => _ranks.Rank == 0;

    /// <summary>Makes a group of ranks; null where there is one alone.</summary>
    /// <param name="ranks">The ranks; null for one.</param>
    /// <param name="shards">The shards that they share out.</param>
    /// <exception cref="RanksException">They cannot, because each rank's would not be a part of the tree.</exception>
    public static RankGroup? Of(Ranks? ranks, int shards)
    {
        if (ranks is null or { Count: 1 })
        {
            return null;
        }
        var fitting = Enumerable.Range(1, shards).Where(Fits).ToArray();
        return fitting.Contains(ranks.Count)
            ? new(ranks)
            : throw new RanksException(
                $"{ranks.Count} ranks cannot share out {Sentences.Amount(shards, "shards")}; start "
                    + $"{string.Join(", ", fitting)}, or choose Shards {ranks.Count} or a power of two times as many."
            );

        bool Fits(int count) => count == 1 || (shards % count == 0 && BitOperations.IsPow2(shards / count));
    }

    /// <summary>Makes the gradients of this rank's shards those of all: the upper levels of the tree.</summary>
    public void AddGradients(IReadOnlyList<Parameter> parameters)
    {
        Array.Resize(ref _gradients, parameters.Count);
        for (var i = 0; i < parameters.Count; i++) // an enumerator would be allocated
        {
            _gradients[i] = DenseOf(parameters[i]);
        }
        Add(_gradients);
        for (var i = 0; i < parameters.Count; i++)
        {
            if (parameters[i].Value.GradientRows is { } rows)
            {
                AddRows(rows);
            }
        }
    }

    /// <summary>Makes tensors the sums of those of all ranks, by the upper levels of the tree.</summary>
    /// <param name="tensors">This rank's, of the same shapes on every rank; null for none.</param>
    public void Add(Tensor?[] tensors)
    {
        var count = 0;
        foreach (var tensor in tensors)
        {
            count += tensor?.Count ?? 0;
        }
        var part = ((count + (Block * Count) - 1) / (Block * Count)) * Block;
        if (_values.Length < part * Count)
        {
            (_values, _parts) = (new float[part * Count], new float[part * Count]);
        }
        var values = _values.AsSpan(0, part * Count);
        var parts = _parts.AsSpan(0, part * Count);
        var at = 0;
        foreach (var tensor in tensors)
        {
            tensor?.CopyTo(values[at..]);
            at += tensor?.Count ?? 0;
        }
        _ranks.AllToAll(MemoryMarshal.AsBytes(values), MemoryMarshal.AsBytes(parts));
        var own = values.Slice(Rank * part, part);
        GradientTree.Sum(parts, own);
        _ranks.AllGather(MemoryMarshal.AsBytes(own), MemoryMarshal.AsBytes(values));
        at = 0;
        foreach (var tensor in tensors)
        {
            tensor?.Write(values.Slice(at, tensor.Count));
            at += tensor?.Count ?? 0;
        }
    }

    /// <summary>Gives rank 0 the values of a tensor that another rank has; all ranks are to call it.</summary>
    /// <param name="tensor">The tensor, or room for it.</param>
    /// <param name="from">The rank that has it.</param>
    public void Send(Tensor tensor, int from)
    {
        var values = Rank == from ? tensor.ToArray() : new float[tensor.Count];
        _ranks.Broadcast(MemoryMarshal.AsBytes(values.AsSpan()), from);
        if (IsFirst)
        {
            tensor.Write(values);
        }
    }

    /// <summary>Makes one decision of what all ranks know and wish.</summary>
    /// <param name="wish">This rank's, with the loss of its shards.</param>
    /// <returns>The loss of all, the clock of rank 0, and what any rank wishes.</returns>
    public Wish Decide(Wish wish)
    {
        _ranks.AllGather(
            MemoryMarshal.AsBytes(new ReadOnlySpan<Wish>(ref wish)),
            MemoryMarshal.AsBytes(_wishes.AsSpan())
        );
        var (stops, saves) = (false, false);
        for (var i = 0; i < _wishes.Length; i++)
        {
            (_losses[i], _norms[i]) = (_wishes[i].Loss, _wishes[i].Norm);
            stops |= _wishes[i].Stops;
            saves |= _wishes[i].Saves;
        }
        return new(GradientTree.Sum(_losses), GradientTree.Sum(_norms), _wishes[0].TimeShare, stops, saves);
    }

    /// <summary>Whether something is so on rank 0.</summary>
    public bool IsOnFirst(Func<bool> isSo)
    {
        Span<byte> answer = [IsFirst && isSo() ? (byte)1 : (byte)0];
        _ranks.Broadcast(answer);
        return answer[0] == 1;
    }

    /// <summary>Values of all ranks, in rank order.</summary>
    /// <param name="values">This rank's; as many as every rank's.</param>
    public T[] Gather<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var all = new T[values.Length * Count];
        _ranks.AllGather(MemoryMarshal.AsBytes(values), MemoryMarshal.AsBytes(all.AsSpan()));
        return all;
    }

    /// <summary>The state of the whole minibatch's rows.</summary>
    /// <param name="state">That of this rank's.</param>
    public ModelState Gather(ModelState state) =>
        new([
            .. state.Parts.Select(part =>
                Tensor.From(part.Device, Gather<float>(part.ToArray()), WholeShape(part).ToArray())
            ),
        ]);

    /// <summary>Room for the state of the whole minibatch's rows.</summary>
    /// <param name="state">That of this rank's.</param>
    public ModelState RoomFor(ModelState state) =>
        new([.. state.Parts.Select(part => Tensor.Zeros(part.Device, WholeShape(part).ToArray()))]);

    /// <summary>Gives this rank its rows of a state of the whole minibatch's.</summary>
    public void Scatter(ModelState whole, ModelState state) =>
        state.CopyFrom(whole.Rows(Rank * state.Parts[0].Shape[0], state.Parts[0].Shape[0]));

    /// <summary>Opens a file that rank 0 alone reads, for all.</summary>
    /// <param name="open">Opens it.</param>
    /// <exception cref="IOException">Rank 0 cannot open it, for a reason that it says itself.</exception>
    public Stream Open(Func<Stream> open)
    {
        Stream? stream = null;
        Span<long> length = [-1];
        try
        {
            stream = IsFirst ? open() : null;
            length[0] = stream?.Length ?? 0;
        }
        finally
        {
            _ranks.Broadcast(MemoryMarshal.AsBytes(length));
        }
        return length[0] >= 0
            ? new SharedStream(_ranks, stream, length[0])
            : throw new IOException("rank 0 cannot open it");
    }

    /// <summary>Makes sure that all ranks train the same.</summary>
    /// <param name="settings">All that must be the same, by name.</param>
    /// <exception cref="RanksException">One differs; the message, on all ranks, names it and who has it.</exception>
    public void RequireSame(IReadOnlyList<KeyValuePair<string, string>> settings)
    {
        var text = string.Join('\0', settings.Select(setting => $"{setting.Key}\0{setting.Value}"));
        var digests = _ranks.Gather(Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
        if (digests.Distinct(StringComparer.Ordinal).Count() == 1)
        {
            return;
        }
        var first = Encoding.UTF8.GetBytes($"{_ranks.Host}\0{text}");
        Span<int> length = [first.Length];
        _ranks.Broadcast(MemoryMarshal.AsBytes(length));
        Array.Resize(ref first, length[0]);
        _ranks.Broadcast(first);
        var messages = _ranks.Gather(DifferenceFrom(Encoding.UTF8.GetString(first).Split('\0'), settings));
        throw new RanksException(messages.First(message => message.Length > 0));
    }

    /// <summary>Makes sure that all ranks have the same weights, as they must after each minibatch.</summary>
    /// <param name="weights">Their hash on this rank.</param>
    /// <param name="epoch">The epoch under way, from 1, for the message.</param>
    /// <exception cref="RanksException">A rank has others; the message, on all ranks, names it.</exception>
    public void RequireSameWeights(string weights, int epoch)
    {
        var all = _ranks.Gather($"{weights}\n{_ranks.Host}").Select(text => text.Split('\n')).ToArray();
        var other = Array.FindIndex(all, one => one[0] != all[0][0]);
        if (other >= 0)
        {
            throw new RanksException(
                $"Rank {other} on {all[other][1]} has other weights than rank 0 on {all[0][1]} in epoch {epoch}, of "
                    + "which a processor, its memory or the network is the cause; go on from the last checkpoint "
                    + "without the machine at fault."
            );
        }
    }

    /// <summary>Says in which setting this rank differs from the first; empty where it does not.</summary>
    private string DifferenceFrom(string[] first, IReadOnlyList<KeyValuePair<string, string>> settings)
    {
        const int most = 60; // characters of a value: no hash
        var own = settings.SelectMany(setting => (string[])[setting.Key, setting.Value]).ToArray();
        for (var i = 0; i < Math.Max(own.Length, first.Length - 1); i += 2)
        {
            var (name, value) = i < own.Length ? (own[i], own[i + 1]) : (first[i + 1], "none");
            var other = i + 2 < first.Length && first[i + 1] == name ? first[i + 2] : "none";
            if (value != other)
            {
                var words =
                    Math.Max(value.Length, other.Length) > most
                        ? $"differs from rank 0 on {first[0]} in its {name}"
                        : $"has {name} {value} and rank 0 on {first[0]} has {other}";
                return $"Rank {Rank} on {_ranks.Host} {words}; start all ranks with the same program, text and "
                    + "settings.";
            }
        }
        return "";
    }

    /// <summary>The gradient of a parameter; null where it is of rows of a table, or none.</summary>
    private static Tensor? DenseOf(Parameter parameter) =>
        parameter.Value.GradientRows is null ? parameter.Value.Gradient : null;

    /// <summary>Makes the gradient of a table's rows that of all ranks.</summary>
    private void AddRows(GradientRows gradient)
    {
        var ((rows, values), columns) = (gradient.Read(), gradient.Columns);
        var counts = Gather<int>([rows.Length]);
        Array.Resize(ref rows, Math.Max(counts.Max(), 1));
        Array.Resize(ref values, rows.Length * columns);
        var ofRanks = Gather<int>(rows)
            .Chunk(rows.Length)
            .Zip(Gather<float>(values).Chunk(values.Length), counts)
            .Select(rank => new RowGradient(rank.First[..rank.Third], rank.Second[..(rank.Third * columns)], columns))
            .ToArray();
        GradientTree.Sum<RowGradient>(ofRanks).CopyTo(gradient);
    }

    private Shape WholeShape(Tensor part) => part.Shape.With(0, part.Shape[0] * Count);

    /// <summary>A stream whose bytes rank 0 reads and sends to all, who read the same at the same time.</summary>
    private sealed class SharedStream(Ranks ranks, Stream? file, long length) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get; set; }

        public override int Read(Span<byte> buffer)
        {
            buffer = buffer[..(int)Math.Clamp(length - Position, 0, buffer.Length)];
            if (file is not null)
            {
                file.Position = Position;
                file.ReadExactly(buffer);
            }
            if (buffer.Length > 0)
            {
                ranks.Broadcast(buffer);
            }
            Position += buffer.Length;
            return buffer.Length;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override long Seek(long offset, SeekOrigin origin) =>
            Position = origin switch
            {
                SeekOrigin.Begin => offset,
                SeekOrigin.Current => Position + offset,
                _ => length + offset,
            };

        public override void Flush() => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                file?.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}

/// <summary>What a rank knows and wishes after a minibatch, or all of them have decided.</summary>
/// <param name="Loss">What its shards contribute to the loss.</param>
/// <param name="Norm">What its workers contribute to the mean of the gradient's norm; 0 without local steps.</param>
/// <param name="TimeShare">The share of the budget that is used up; 0 without one.</param>
/// <param name="Stops">Whether the run is to stop after this minibatch.</param>
/// <param name="Saves">Whether it is to be saved after this minibatch.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Wish(double Loss, double Norm, double TimeShare, bool Stops, bool Saves);
