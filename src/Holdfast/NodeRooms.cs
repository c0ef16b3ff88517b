using Holdfast.BuiltIn.Rooms;
using Holdfast.Components;
using Holdfast.Retries;
using Microsoft.Extensions.Logging;

namespace Holdfast;

/// <summary>The rooms of a node, with their component, their metrics, and what says later what could not be said.</summary>
internal sealed class NodeRooms : IAsyncDisposable
{
    private readonly RoomsComponent _component;
    private readonly RoomMetrics? _metrics;

    /// <param name="scope">Whose metrics they are, where there are several nodes in one process.</param>
    public NodeRooms(object scope, IReadOnlyList<RoomOptions> options, TimeProvider time, Func<double> random, ILoggerFactory loggers)
    {
        Rooms = new RoomSet(options, new RoomContext(new WebSocketTransport(), time, random, loggers.CreateLogger<RoomsComponent>()));
        _component = new RoomsComponent(Rooms);
        if (options.Count > 0)
        {
            _metrics = new RoomMetrics(scope, () => Rooms.Snapshots);
            (Components, Handlers) = ([_component], [new RoomMessageHandler(Rooms)]);
        }
    }

    public RoomSet Rooms { get; }

    /// <summary>None where there are no rooms.</summary>
    public IReadOnlyList<IComponent> Components { get; } = [];

    /// <summary>None where there are no rooms: another node that shares the queue may have some.</summary>
    public IReadOnlyList<IRetryHandler> Handlers { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await _component.DisposeAsync();
        _metrics?.Dispose();
    }
}
