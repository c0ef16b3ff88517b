using System.Buffers;
using System.Diagnostics.Metrics;
using Holdfast.Monitoring;
using Holdfast.Monitoring.Adapters;
using Holdfast.Pipeline;
using Holdfast.Spool;
using Holdfast.Telemetry;
using Microsoft.Extensions.Logging;

namespace Holdfast;

/// <summary>The metrics of a node: the meters of its parts, and the collector that a scrape reads.</summary>
internal sealed class NodeMetrics : IDisposable
{
    public const string MeterName = "Holdfast.Build";

    private readonly MeterCollector _collector;
    private readonly IDisposable[] _meters;

    /// <param name="scope">Of the meters that are collected: the node itself.</param>
    /// <param name="of">What is measured.</param>
    /// <param name="meters">Meters that a part needed before; they end with these.</param>
    public NodeMetrics(object scope, MeasuredParts of, IEnumerable<IDisposable> meters, TimeProvider time, ILoggerFactory loggers)
    {
        _collector = new MeterCollector(new ExportedMeters(scope).Contains, loggers.CreateLogger<MeterCollector>());
        _meters =
        [
            .. meters,
            new SpoolMetrics(scope, of.Spool, time),
            new LedgerMetrics(scope, () => of.Flusher.Ledger),
            new ValidationMeter(scope, of.Validation, of.Persister),
            new LiveMetrics(scope, of.Broadcast.Switch.Paths, of.Follower),
            new BroadcastMetrics(scope, of.Broadcast.Switch, of.Broadcast.Mismatches),
            new ProcessMetrics(scope),
            BuildInfo(scope, of.Identity),
        ];
    }

    /// <summary>Writes everything as Prometheus reads it.</summary>
    public void Write(IBufferWriter<byte> output) => _collector.Collect(families => PrometheusText.Write(output, families));

    public void Dispose()
    {
        foreach (var meter in _meters)
        {
            meter.Dispose();
        }

        _collector.Dispose();
    }

    private static Meter BuildInfo(object scope, ServiceIdentity identity)
    {
        var meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        meter.CreateObservableGauge(
            "holdfast.build_info", () => new Measurement<int>(1, new("version", identity.Version), new("node", identity.Node)), null, "Always 1: which version runs, and where.");
        return meter;
    }
}

/// <summary>What is measured when it is scraped.</summary>
internal sealed record MeasuredParts(
    ISpool Spool, Flusher Flusher, ValidationMetrics Validation, MetricsPersister Persister, NodeBroadcast Broadcast, EventFollower? Follower, ServiceIdentity Identity);
