using System.Buffers;
using System.Net.WebSockets;
using Holdfast.AspNetCore.Ingest;

namespace Holdfast.AspNetCore.Realtime;

/// <summary>Reads messages of a WebSocket into pooled memory; room for large ones comes from the budget that bodies share.</summary>
internal sealed class FrameReader(WebSocket socket, BodyBudget budget, int bytesMax, long budgetMax)
{
    // What nearly every frame fits into; thousands of idle connections have one each.
    private const int FirstBytes = 4 << 10;

    /// <summary>Reads messages and hands over each until the other side closes. The memory of one is used again after it was handled.</summary>
    /// <param name="room">Awaited between two messages, while no memory is held for any: whoever has to wait must not keep it from others.</param>
    /// <exception cref="InvalidDataException">A message is too large.</exception>
    /// <exception cref="BudgetUsedUpException">There is no room for it.</exception>
    public async Task ReadAllAsync(
        Func<ReadOnlyMemory<byte>, bool, CancellationToken, ValueTask> handle, Func<CancellationToken, ValueTask> room, CancellationToken cancellationToken)
    {
        while (await ReadAsync(handle, cancellationToken))
        {
            await room(cancellationToken);
        }
    }

    private async Task<bool> ReadAsync(Func<ReadOnlyMemory<byte>, bool, CancellationToken, ValueTask> handle, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Min(bytesMax, FirstBytes));
        var first = buffer.Length;
        try
        {
            for (var length = 0; ;)
            {
                if (length == buffer.Length)
                {
                    buffer = Grow(buffer, length);
                }

                var part = await socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken);
                length += part.Count;
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return false;
                }

                if (length > bytesMax)
                {
                    throw new InvalidDataException($"a message is at most {bytesMax} bytes");
                }

                if (part.EndOfMessage)
                {
                    await handle(buffer.AsMemory(0, length), part.MessageType == WebSocketMessageType.Binary, cancellationToken);
                    return true;
                }
            }
        }
        finally
        {
            budget.GiveBack(buffer.Length - first);
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private byte[] Grow(byte[] buffer, int length)
    {
        if (length > bytesMax)
        {
            throw new InvalidDataException($"a message is at most {bytesMax} bytes");
        }

        var larger = ArrayPool<byte>.Shared.Rent(length * 2);
        if (!budget.TryTake(larger.Length - buffer.Length, budgetMax))
        {
            ArrayPool<byte>.Shared.Return(larger);
            throw new BudgetUsedUpException();
        }

        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
