using System.Collections.Frozen;

namespace Holdfast.BuiltIn.Rooms;

/// <summary>The rooms by name. Nothing is connected here.</summary>
internal sealed class RoomSet(IReadOnlyList<RoomOptions> options, RoomContext context)
{
    private readonly FrozenDictionary<string, Room> _byName = options.ToFrozenDictionary(one => one.Name, one => new Room(one, context), StringComparer.Ordinal);

    /// <summary>In the order of their names.</summary>
    public IEnumerable<Room> All => _byName.Values.OrderBy(room => room.Options.Name, StringComparer.Ordinal);

    public IReadOnlyList<RoomSnapshot> Snapshots => [.. All.Select(room => room.Snapshot())];

    /// <summary>How long to wait with a message to a room that is away: until it was tried again, or a second.</summary>
    public TimeSpan WaitOf(string name) => _byName[name].Wait;

    public bool Has(string name) => _byName.ContainsKey(name);

    /// <summary>Completes when the room's connection has taken the message.</summary>
    /// <exception cref="RoomRefusedException">It has not, and says why.</exception>
    public Task SendAsync(RoomMessage message, CancellationToken cancellationToken) =>
        _byName.TryGetValue(message.Room, out var room)
            ? room.SendAsync(message, cancellationToken)
            : throw new RoomRefusedException(RoomRefusedException.NotFound, $"There is no room '{message.Room}' in the settings.");
}
