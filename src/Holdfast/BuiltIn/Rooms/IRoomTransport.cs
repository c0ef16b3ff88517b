namespace Holdfast.BuiltIn.Rooms;

/// <summary>Makes connections.</summary>
internal interface IRoomTransport
{
    /// <exception cref="Exception">It could not be made, whatever the reason.</exception>
    Task<IRoomSocket> ConnectAsync(Uri address, RoomOptions room, CancellationToken cancellationToken);
}

/// <summary>A connection. One may receive while another sends.</summary>
internal interface IRoomSocket : IAsyncDisposable
{
    /// <summary>The next frame; valid until the next call. A receive that is cancelled breaks the connection off.</summary>
    /// <exception cref="RoomLostException">The other side has closed the connection.</exception>
    ValueTask<RoomFrame> ReceiveAsync(CancellationToken cancellationToken);

    ValueTask SendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken);

    /// <summary>Says goodbye where somebody may still hear it. Takes a second at most, and does not throw.</summary>
    ValueTask CloseAsync();
}

/// <summary>A frame as it came.</summary>
/// <param name="IsTooLarge">It was read over, and nothing of it is here.</param>
internal readonly record struct RoomFrame(ReadOnlyMemory<byte> Utf8, bool IsTooLarge = false);

/// <summary>A room is lost, and what there is to say about it.</summary>
internal sealed class RoomLostException(string message) : Exception(message);
