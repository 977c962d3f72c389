namespace Recurrent.Cli.Input;

/// <summary>A stream put together again from a beginning that has already been read and the rest.</summary>
/// <param name="beginning">The bytes that have been read.</param>
/// <param name="rest">The stream after them.</param>
internal sealed class ContinuedStream(ReadOnlyMemory<byte> beginning, Stream rest) : Stream
{
    private ReadOnlyMemory<byte> _beginning = beginning;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (_beginning.IsEmpty)
        {
            return rest.Read(buffer);
        }
        var count = Math.Min(buffer.Length, _beginning.Length);
        _beginning.Span[..count].CopyTo(buffer);
        _beginning = _beginning[count..];
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() { }
}
