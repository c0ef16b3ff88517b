namespace Holdfast.Pipeline;

/// <summary>When and how validation metrics reach the store.</summary>
public sealed class MetricsPersisterOptions
{
    /// <summary>Whether they are flushed at all. Default: true (<c>MONITORING_METRICS_PERSISTENCE</c>).</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Time between flushes. Default: 5 minutes (<c>MONITORING_METRICS_FLUSH_INTERVAL</c>).</summary>
    public TimeSpan FlushInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Rows of one write. Default: 100 (<c>MONITORING_BATCH_SIZE</c>).</summary>
    public int RowsPerWrite { get; set; } = 100;
}
