using System.Diagnostics.Metrics;

namespace Holdfast.BuiltIn.Rooms;

/// <summary>What rooms do, as metrics; read from memory when they are asked for.</summary>
internal sealed class RoomMetrics : IDisposable
{
    public const string MeterName = "Holdfast.Rooms";

    private readonly Meter _meter;

    /// <param name="scope">Whose metrics they are, where there are several nodes in one process.</param>
    public RoomMetrics(object scope, Func<IReadOnlyList<RoomSnapshot>> rooms)
    {
        _meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        _meter.CreateObservableGauge("holdfast.room.joined", () => rooms().Select(one => Of(one, one.Standing.State == RoomState.Joined ? 1 : 0)), null, "1 while a room is joined, else 0.");
        _meter.CreateObservableGauge("holdfast.room.attempts", () => rooms().Select(one => Of(one, one.Standing.Attempts)), "{attempt}", "Attempts to connect since a room was there last.");
        _meter.CreateObservableCounter("holdfast.room.joins", () => rooms().Select(one => Of(one, one.Counters.Joins)), "{join}", "How often a room was joined.");
        _meter.CreateObservableCounter("holdfast.room.losses", () => rooms().Select(one => Of(one, one.Counters.Losses)), "{loss}", "Attempts that failed, and connections that ended.");
        _meter.CreateObservableCounter("holdfast.room.received", () => rooms().Select(one => Of(one, one.Counters.Received)), "{frame}", "Frames that came.");
        _meter.CreateObservableCounter("holdfast.room.sent", () => rooms().Select(one => Of(one, one.Counters.Sent)), "{message}", "Messages that the connection has taken.");
        _meter.CreateObservableCounter("holdfast.room.refused", () => rooms().Select(one => Of(one, one.Counters.Refused)), "{message}", "Messages that could not be said.");
        _meter.CreateObservableCounter("holdfast.room.dropped", () => rooms().SelectMany(Dropped), "{frame}", "What came and did not get on, by reason.");
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> Dropped(RoomSnapshot room) =>
    [
        new(room.Counters.Unreadable, new("room", room.Options.Name), new("reason", "unreadable")),
        new(room.Counters.TooLarge, new("room", room.Options.Name), new("reason", "too_large")),
        new(room.Counters.Undelivered, new("room", room.Options.Name), new("reason", "bus_full")),
    ];

    private static Measurement<long> Of(RoomSnapshot room, long value) => new(value, new KeyValuePair<string, object?>("room", room.Options.Name));
}
