using System.Text.Json;
using Holdfast.Pipeline;

namespace Holdfast.BuiltIn.Rooms;

/// <summary>One connection to a room, from the login until it is lost.</summary>
/// <param name="tell">Told of everything that happens in the room.</param>
internal sealed class RoomConnection(
    RoomOptions options, RoomProtocol protocol, IRoomSocket socket, RoomCounters counters, Action<RoomEvent> tell, TimeProvider time)
{
    private const int DepthMax = 64;

    private static readonly TimeSpan SendPatience = TimeSpan.FromSeconds(10);
    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = DepthMax };

    public RoomOutbox Outbox { get; } = new(options.SendQueue);

    /// <summary>Login and join: says what is to be said, and waits for the answers.</summary>
    /// <exception cref="RoomLostException">An answer did not come in time.</exception>
    public async Task GreetAsync(CancellationToken cancellationToken)
    {
        foreach (var step in protocol.Greeting)
        {
            try
            {
                await GreetAsync(step, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                throw new RoomLostException($"The {step.Name} was not confirmed in time.");
            }
        }
    }

    /// <summary>Receives and sends side by side until one of them ends, or nothing was heard for too long; then ends all of it.</summary>
    /// <exception cref="RoomLostException">It is lost; other exceptions say the same.</exception>
    /// <exception cref="OperationCanceledException">It was told to stop, and has said goodbye.</exception>
    public async Task ServeAsync(CancellationToken stop)
    {
        using var silence = new CancellationTokenSource(options.Silence ?? Timeout.InfiniteTimeSpan, time);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(silence.Token);
        using var stops = CancellationTokenSource.CreateLinkedTokenSource(stop, ends.Token);
        Task[] parts = [ReceiveAsync(silence, ends.Token), SendAsync(ends.Token), BeatAsync(ends.Token), Task.Delay(Timeout.InfiniteTimeSpan, time, stops.Token)];
        var first = await Task.WhenAny(parts);
        Outbox.Close();

        // Before anything is cancelled: a receive that is cancelled breaks the connection off.
        await socket.CloseAsync();
        await ends.CancelAsync();
        await Task.WhenAll(parts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.ThrowIfCancellationRequested();
        if (silence.IsCancellationRequested)
        {
            throw new RoomLostException(FormattableString.Invariant($"Nothing was heard for {options.Silence!.Value.TotalSeconds} s."));
        }

        await first;
    }

    private async Task GreetAsync(RoomStep step, CancellationToken cancellationToken)
    {
        if (step.Send is { } frame)
        {
            await socket.SendAsync(frame, cancellationToken);
        }

        for (var isConfirmed = step.Expect is null; !isConfirmed;)
        {
            // Others may be talking meanwhile.
            if (await HearAsync(cancellationToken) is { } heard)
            {
                Tell(heard);
                isConfirmed = step.Expect!.Matches(heard);
            }
        }
    }

    private async Task ReceiveAsync(CancellationTokenSource silence, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await HearAsync(cancellationToken) is not { } heard)
            {
                continue;
            }

            if (options.Silence is { } limit && IsSignOfLife(heard))
            {
                silence.CancelAfter(limit);
            }

            Tell(heard);
        }
    }

    private bool IsSignOfLife(JsonElement frame) =>
        options.SilenceTypes.Count == 0 || (protocol.TypeOf(frame) is { } type && options.SilenceTypes.Contains(type, StringComparer.Ordinal));

    /// <summary>The next frame; null: it cannot be read.</summary>
    private async Task<JsonElement?> HearAsync(CancellationToken cancellationToken)
    {
        var frame = await socket.ReceiveAsync(cancellationToken);
        counters.NoteReceived();
        return Parse(frame);
    }

    private void Tell(JsonElement heard)
    {
        foreach (var happened in protocol.Read(heard))
        {
            tell(happened);
        }
    }

    private JsonElement? Parse(RoomFrame frame)
    {
        if (frame.IsTooLarge)
        {
            counters.NoteTooLarge();
            return null;
        }

        if (!JsonTexts.AreReadable(frame.Utf8.Span, DepthMax))
        {
            counters.NoteUnreadable();
            return null;
        }

        using var document = JsonDocument.Parse(frame.Utf8, Reading);
        return document.RootElement.Clone();
    }

    private Task SendAsync(CancellationToken cancellationToken) => Outbox.DrainAsync(
        async frame =>
        {
            // The connection's own buffers are full for so long only where nobody reads.
            using var patience = new CancellationTokenSource(SendPatience, time);
            using var ends = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            await socket.SendAsync(frame, ends.Token);
        },
        cancellationToken);

    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        if (options.Heartbeat is not { } heartbeat)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);
            return;
        }

        using var timer = new PeriodicTimer(heartbeat.Period, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            Outbox.Offer(heartbeat.Frame);
        }
    }
}
