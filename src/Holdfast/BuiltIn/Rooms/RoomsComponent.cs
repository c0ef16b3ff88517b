using Holdfast.Components;
using Holdfast.Events;

namespace Holdfast.BuiltIn.Rooms;

/// <summary>
/// Is in the rooms that the settings name, tells on the bus what happens there, and says what others want to be said. It is ready with rooms
/// that are away, and degraded as long as one is.
/// </summary>
internal sealed class RoomsComponent(RoomSet rooms) : IComponent, IAsyncDisposable
{
    public const string ComponentName = "rooms";
    public const string SendType = "room.send";

    // Each waits for a connection; those that wait for one that hangs must not keep others from theirs.
    private static readonly SubscriptionOptions SideBySide = new() { Concurrency = 64 };

    private readonly Lock _gate = new();
    private readonly Room[] _wanted = [.. rooms.All.Where(room => room.Options.Enabled)];
    private ComponentContext? _context;
    private CancellationTokenSource? _stop;
    private Task[] _running = [];

    public string Name => ComponentName;

    private Task Tried => Task.WhenAll(_wanted.Select(room => room.Tried));

    public ValueTask InitializeAsync(ComponentContext context, CancellationToken cancellationToken)
    {
        _context = context;
        context.Bus.Respond(SendType, SendAsync, SideBySide);
        return ValueTask.CompletedTask;
    }

    public ValueTask StartAsync(CancellationToken cancellationToken)
    {
        var stop = _stop = new CancellationTokenSource();
        var news = new RoomNews(_context!.Bus, OnTurned);
        _running = [.. _wanted.Select(room => Task.Run(() => room.RunAsync(news, stop.Token), CancellationToken.None))];
        return ValueTask.CompletedTask;
    }

    public async ValueTask ReadyAsync(CancellationToken cancellationToken)
    {
        await Tried.WaitAsync(cancellationToken);
        OnTurned(); // what was lost before all were tried
    }

    public ValueTask StopAsync(CancellationToken cancellationToken) => DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stop, null) is { } stop)
        {
            await stop.CancelAsync();
            await Task.WhenAll(_running);
            stop.Dispose();
        }
    }

    private async ValueTask<object?> SendAsync(BusEvent asked, CancellationToken cancellationToken)
    {
        await rooms.SendAsync(asked.DataAs<RoomMessage>(), cancellationToken);
        return null;
    }

    private void OnTurned()
    {
        // One after another: what is said last must be what is true.
        lock (_gate)
        {
            if (Tried.IsCompleted && _stop is { IsCancellationRequested: false })
            {
                ReportNeedsLock();
            }
        }
    }

    private void ReportNeedsLock()
    {
        if (_wanted.Where(room => !room.IsJoined).Select(room => room.Options.Name).ToList() is { Count: > 0 } lost)
        {
            _context!.ReportDegraded($"these rooms are not joined: {string.Join(", ", lost)}");
        }
        else
        {
            _context!.ReportReady();
        }
    }
}
