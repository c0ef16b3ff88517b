using System.Threading.Channels;

namespace Holdfast.BuiltIn.Rooms;

/// <summary>What waits for one connection to be sent. Bounded: one message more is refused. Safe for concurrent use.</summary>
internal sealed class RoomOutbox(int capacity)
{
    private readonly Channel<Outgoing> _waiting = Channel.CreateBounded<Outgoing>(new BoundedChannelOptions(capacity) { SingleReader = true });

    /// <summary>Completes when the connection has taken the frame.</summary>
    /// <exception cref="RoomRefusedException">Too much waits already, or the connection has ended.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled. What was not begun by then is not sent: it may be said by another way.</exception>
    public async Task SendAsync(byte[] frame, CancellationToken cancellationToken)
    {
        var outgoing = new Outgoing(frame, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        if (!_waiting.Writer.TryWrite(outgoing))
        {
            throw new RoomRefusedException(RoomRefusedException.Unavailable, $"{capacity} messages wait for the room already, or it was lost this moment.");
        }

        await using var giveUp = cancellationToken.UnsafeRegister(static (given, token) => ((Outgoing)given!).Sent.TrySetCanceled(token), outgoing);
        await outgoing.Sent.Task;
    }

    /// <summary>Adds a sign of life. Where there is no room for it, what waits is one.</summary>
    public void Offer(byte[] frame) => _waiting.Writer.TryWrite(new Outgoing(frame, new TaskCompletionSource()));

    /// <summary>Hands over what waits, one after another, until cancelled or the connection fails.</summary>
    public async Task DrainAsync(Func<byte[], Task> send, CancellationToken cancellationToken)
    {
        await foreach (var outgoing in _waiting.Reader.ReadAllAsync(cancellationToken))
        {
            if (outgoing.Sent.Task.IsCompleted)
            {
                continue;
            }

            try
            {
                await send(outgoing.Frame);
                outgoing.Sent.TrySetResult();
            }
            catch
            {
                Fail(outgoing);
                throw;
            }
        }
    }

    /// <summary>The connection has ended: what waits is refused.</summary>
    public void Close()
    {
        _waiting.Writer.TryComplete();
        while (_waiting.Reader.TryRead(out var outgoing))
        {
            Fail(outgoing);
        }
    }

    private static void Fail(Outgoing outgoing)
    {
        outgoing.Sent.TrySetException(new RoomRefusedException(RoomRefusedException.Unavailable, "The room was lost before the message was sent."));
        _ = outgoing.Sent.Task.Exception; // a sign of life is waited for by nobody
    }

    private sealed record Outgoing(byte[] Frame, TaskCompletionSource Sent);
}
