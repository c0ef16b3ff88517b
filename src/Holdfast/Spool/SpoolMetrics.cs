using System.Diagnostics.Metrics;

namespace Holdfast.Spool;

/// <summary>How full the spool is and what happened to it, as metrics. Read from memory when they are collected.</summary>
internal sealed class SpoolMetrics : IDisposable
{
    public const string MeterName = "Holdfast.Spool";

    private readonly Meter _meter;

    /// <param name="scope">Whose metrics they are, where there are several nodes in one process.</param>
    public SpoolMetrics(object scope, ISpool spool, TimeProvider time)
    {
        _meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        Gauge("holdfast.spool.batches", "{batch}", "Batches that wait for the store.", now => now.Batches);
        Gauge("holdfast.spool.rows", "{row}", "Rows that wait for the store.", now => now.Rows);
        Gauge("holdfast.spool.parked_rows", "{row}", "Rows that the store refused and that were put aside until someone decides.", now => now.ParkedRows);
        Gauge("holdfast.spool.lost_rows", "{row}", "Rows lost with a damaged file, ever.", now => now.LostRows);
        Gauge("holdfast.spool.live", "By", "Bytes of the batches that wait.", now => now.LiveBytes);
        Gauge("holdfast.spool.limit", "By", "Bytes that may wait (HOLDFAST_SPOOL_DISK_BYTES).", now => now.DiskBytesMax);
        Gauge("holdfast.spool.memory", "By", "Bytes of the spool in memory.", now => now.MemoryBytes);
        Gauge("holdfast.spool.fill", "1", "Bytes that wait, of those that may: 0.85 slows producers down, 0.95 refuses them.", Fill);
        Gauge("holdfast.spool.oldest_age", "s", "Age of the oldest batch that waits; 0 when none does.", now => AgeSeconds(now, time));
        Gauge("holdfast.spool.last_commit_duration", "s", "How long the last commit took, sync included.", now => now.LastCommitDuration.TotalSeconds);
        Gauge("holdfast.spool.writable", null, "1 while the file can be written, else 0: then nothing is accepted.", now => now.Fault is null ? 1 : 0);
        _meter.CreateObservableCounter(
            "holdfast.spool.refused_appends", () => spool.Snapshot().RefusedAppends, "{append}", "Appends that were refused because the budget was used up.");

        void Gauge(string name, string? unit, string description, Func<SpoolSnapshot, double> value) =>
            _meter.CreateObservableGauge(name, () => value(spool.Snapshot()), unit, description);
    }

    public void Dispose() => _meter.Dispose();

    private static double Fill(SpoolSnapshot now) => now.DiskBytesMax == 0 ? 0 : (double)now.LiveBytes / now.DiskBytesMax;

    private static double AgeSeconds(SpoolSnapshot now, TimeProvider time) =>
        now.OldestReceivedAt is { } oldest ? Math.Max(0, (time.GetUtcNow() - oldest).TotalSeconds) : 0;
}
