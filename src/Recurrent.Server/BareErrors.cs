using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Recurrent.Server.Contract;
using Recurrent.Server.Endpoints;

namespace Recurrent.Server;

/// <summary>
/// What a connection writes. An error that the framework answers by itself, before anything here sees the request, has
/// no body; it gets one in the form of all errors.
/// </summary>
/// <param name="output">Where to.</param>
internal sealed class BareErrors(PipeWriter output) : PipeWriter
{
    private Memory<byte> _memory; // that was asked for and is not written to

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => output.CanGetUnflushedBytes;

    /// <inheritdoc/>
    public override long UnflushedBytes => output.UnflushedBytes;

    /// <summary>Puts one between a connection and what answers on it.</summary>
    public static ConnectionDelegate Between(ConnectionDelegate next) =>
        async connection =>
        {
            var transport = connection.Transport;
            connection.Transport = new Duplex(transport.Input, new BareErrors(transport.Output));
            try
            {
                await next(connection).ConfigureAwait(false);
            }
            finally
            {
                connection.Transport = transport;
            }
        };

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0) => _memory = output.GetMemory(sizeHint);

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <inheritdoc/>
    public override void Advance(int bytes)
    {
        if (bytes <= _memory.Length)
        {
            if (Completed(_memory.Span[..bytes]) is { } answer)
            {
                _memory = default;
                answer.CopyTo(output.GetSpan(answer.Length));
                output.Advance(answer.Length);
                return;
            }
            _memory = _memory[bytes..];
        }
        output.Advance(bytes);
    }

    /// <inheritdoc/>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
        output.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<FlushResult> WriteAsync(
        ReadOnlyMemory<byte> source,
        CancellationToken cancellationToken = default
    ) => output.WriteAsync(source, cancellationToken);

    /// <inheritdoc/>
    public override void CancelPendingFlush() => output.CancelPendingFlush();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => output.Complete(exception);

    /// <inheritdoc/>
    public override ValueTask CompleteAsync(Exception? exception = null) => output.CompleteAsync(exception);

    /// <summary>An error's head with a body; null where something else was written.</summary>
    private static byte[]? Completed(ReadOnlySpan<byte> written)
    {
        var start = "HTTP/1.1 "u8;
        var bare = "Content-Length: 0\r\n"u8;
        var place = written.StartsWith(start) ? written.IndexOf(bare) : -1;
        if (
            place < 0
            || !int.TryParse(written[start.Length..][..3], CultureInfo.InvariantCulture, out var status)
            || status < 400
        )
        {
            return null;
        }
        var error = ApiException.OfStatus(status, "The request is not as HTTP has it; send its lines and headers so.");
        var body = Answer.Error(error).Span;
        var headers = Encoding.ASCII.GetBytes($"Content-Length: {body.Length}\r\nContent-Type: application/json\r\n");
        return [.. written[..place], .. headers, .. written[(place + bare.Length)..], .. body];
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
