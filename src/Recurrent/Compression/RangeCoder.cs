namespace Recurrent.Compression;

/// <summary>
/// An arithmetic coder with integers alone: a message is a number in [0, 1), and each event narrows the interval that
/// it lies in to the event's share, so that an event of probability p takes −log₂ p bits.
/// </summary>
/// <remarks>
/// The interval is 64 bits wide at most and 56 at least; what is above is written, and a carry into it is made good as
/// in Martin, "Range encoding", 1979. Totals are at most 2³³, so a share is off by less than 2⁻²².
/// </remarks>
/// <param name="output">Where the bytes go; it is left open.</param>
internal sealed class RangeEncoder(Stream output)
{
    /// <summary>The least width of the interval between two events.</summary>
    public const ulong LeastRange = 1UL << 56;

    private readonly byte[] _buffer = new byte[1 << 14];
    private int _count; // bytes of the buffer
    private ulong _low;
    private ulong _range = ulong.MaxValue;
    private int _cache = -1; // the last byte but those of 0xFF, into which a carry may go; −1 before the first
    private long _held; // bytes of 0xFF after it, which a carry would make 0

    /// <summary>The bytes so far.</summary>
    public long Length { get; private set; }

    /// <summary>Narrows the interval to an event.</summary>
    /// <param name="start">The share of the events before it.</param>
    /// <param name="size">Its own share, at least 1.</param>
    /// <param name="total">All shares, at most 2³³.</param>
    public void Encode(long start, long size, long total)
    {
        var unit = _range / (ulong)total;
        Raise(unit * (ulong)start);
        _range = unit * (ulong)size;
        while (_range < LeastRange)
        {
            Shift();
            _range <<= 8;
        }
    }

    /// <summary>A byte of which nothing is known, in 8 bits.</summary>
    public void EncodeByte(byte value) => Encode(value, 1, 1 << 8);

    /// <summary>Ends the message by the shortest number in the interval: one byte more.</summary>
    public void Finish()
    {
        Raise(LeastRange - 1);
        Shift();
        WriteHeld();
        output.Write(_buffer.AsSpan(0, _count));
        _count = 0;
    }

    private void Raise(ulong by)
    {
        _low += by;
        if (_low >= by)
        {
            return;
        }
        if (_held == 0)
        {
            _cache++; // never more than 0xFF: an interval carries but once into a byte
            return;
        }
        Write((byte)(_cache + 1));
        for (; _held > 1; _held--)
        {
            Write(0);
        }
        (_cache, _held) = (0, 0);
    }

    private void Shift()
    {
        var top = (byte)(_low >> 56);
        _low <<= 8;
        if (top == 0xFF)
        {
            _held++;
            return;
        }
        WriteHeld();
        _cache = top;
    }

    private void WriteHeld()
    {
        if (_cache >= 0)
        {
            Write((byte)_cache);
        }
        for (; _held > 0; _held--)
        {
            Write(0xFF);
        }
    }

    private void Write(byte value)
    {
        if (_count == _buffer.Length)
        {
            output.Write(_buffer);
            _count = 0;
        }
        _buffer[_count++] = value;
        Length++;
    }
}

/// <summary>Reads what a <see cref="RangeEncoder"/> wrote, given the same shares.</summary>
internal sealed class RangeDecoder
{
    private const int Ahead = 7; // bytes that are read after the last one that was written

    private readonly Stream _input;
    private readonly byte[] _buffer = new byte[1 << 14];
    private int _position;
    private int _count;
    private int _missing; // bytes that were asked for after the end
    private ulong _code; // the message less the low end of the interval
    private ulong _range = ulong.MaxValue;
    private ulong _unit;

    /// <summary>Begins to read a message, which goes to the end of the stream.</summary>
    /// <param name="input">The stream; it is left open.</param>
    public RangeDecoder(Stream input)
    {
        _input = input;
        for (var i = 0; i < sizeof(ulong); i++)
        {
            _code = (_code << 8) | Next();
        }
    }

    /// <summary>The bytes so far, of which some may be past the end of the message.</summary>
    public long Length { get; private set; }

    /// <summary>
    /// The number from 0 to <paramref name="total"/> − 1 that lies in the share of the next event, which
    /// <see cref="Take"/> is then to be given.
    /// </summary>
    public long Target(long total)
    {
        _unit = _range / (ulong)total;
        return (long)Math.Min(_code / _unit, (ulong)total - 1);
    }

    /// <summary>Narrows the interval to the event that was found.</summary>
    /// <exception cref="InvalidDataException">The stream ends before the message.</exception>
    public void Take(long start, long size)
    {
        _code -= _unit * (ulong)start;
        _range = _unit * (ulong)size;
        while (_range < RangeEncoder.LeastRange)
        {
            _code = (_code << 8) | Next();
            _range <<= 8;
        }
    }

    /// <summary>The next byte of <see cref="RangeEncoder.EncodeByte"/>.</summary>
    /// <exception cref="InvalidDataException">The stream ends before the message.</exception>
    public byte DecodeByte()
    {
        var value = Target(1 << 8);
        Take(value, 1);
        return (byte)value;
    }

    /// <summary>Makes sure that the stream ends where the message does, and as it does.</summary>
    /// <exception cref="InvalidDataException">There is more, or the last byte is another.</exception>
    public void Finish()
    {
        if (_code >= RangeEncoder.LeastRange)
        {
            throw Damaged();
        }
        if (_missing != Ahead)
        {
            throw new InvalidDataException("Something follows the packed text; unpack the file as it was written.");
        }
    }

    private byte Next()
    {
        if (_position == _count)
        {
            (_position, _count) = (0, _missing > 0 ? 0 : _input.Read(_buffer));
        }
        if (_position < _count)
        {
            Length++;
            return _buffer[_position++];
        }
        return ++_missing <= Ahead ? (byte)0 : throw Damaged();
    }

    private static InvalidDataException Damaged() =>
        new("The packed text is cut short or damaged; get the whole file again.");
}
