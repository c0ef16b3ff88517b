using System.Diagnostics.Metrics;

namespace Holdfast.BuiltIn.Sql;

/// <summary>What named connections do, as metrics.</summary>
internal sealed class SqlMetrics : IDisposable
{
    public const string MeterName = "Holdfast.Sql";

    private readonly Meter _meter;
    private readonly Counter<long> _operations;
    private readonly Counter<long> _exhausted;
    private readonly Counter<long> _cleared;

    /// <param name="scope">Whose metrics they are, where there are several nodes in one process.</param>
    public SqlMetrics(object scope)
    {
        _meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        _operations = _meter.CreateCounter<long>("holdfast.sql.operations", "{operation}", "Operations on named connections, by what they came to.");
        _exhausted = _meter.CreateCounter<long>("holdfast.sql.pool.exhausted", "{operation}", "Operations that found every connection of their pool in use, and waited.");
        _cleared = _meter.CreateCounter<long>("holdfast.sql.pool.cleared", "{pool}", "How often all connections of a pool were given up after a run of network errors.");
        _meter.CreateObservableGauge("holdfast.sql.pool.in_use", () => Measure(lane => lane.InUse), "{connection}", "Connections that are in use.");
        _meter.CreateObservableGauge("holdfast.sql.pool.size", () => Measure(lane => lane.Size), "{connection}", "Connections that may be in use.");
    }

    /// <summary>What is measured when it is scraped.</summary>
    public IReadOnlyList<SqlLane> Lanes { get; set; } = [];

    public void Ran(SqlLane lane, string outcome) =>
        _operations.Add(1, new("connection", lane.Connection), new("lane", lane.Name), new("outcome", outcome));

    public void Exhausted(SqlLane lane) => _exhausted.Add(1, new("connection", lane.Connection), new("lane", lane.Name));

    public void Cleared(SqlLane lane) => _cleared.Add(1, new("connection", lane.Connection), new("lane", lane.Name));

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<long>> Measure(Func<SqlLane, int> value) =>
        Lanes.Select(lane => new Measurement<long>(value(lane), new("connection", lane.Connection), new("lane", lane.Name)));
}
