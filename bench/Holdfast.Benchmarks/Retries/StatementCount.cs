using System.Diagnostics.Metrics;

namespace Holdfast.Benchmarks.Retries;

/// <summary>Statements that this process has executed since, as the driver counts them.</summary>
internal sealed class StatementCount : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _executed;

    public StatementCount()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument is { Meter.Name: "Npgsql", Name: "db.client.operation.duration" })
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((_, _, _, _) => Interlocked.Increment(ref _executed));
        _listener.Start();
    }

    public long Executed => Interlocked.Read(ref _executed);

    public void Dispose() => _listener.Dispose();
}
