using System.Diagnostics.Metrics;

namespace Holdfast.Supabase;

/// <summary>What is published to a hosted project, as metrics; empty where there is none.</summary>
internal sealed class SupabaseMetrics : IDisposable
{
    public const string MeterName = "Holdfast.Supabase";

    private readonly Meter _meter;

    /// <param name="scope">Whose metrics they are, where there are several nodes in one process.</param>
    /// <param name="publisher">What is measured; null: there is no project.</param>
    /// <param name="table">The table beside it; null: there is none.</param>
    public SupabaseMetrics(object scope, SupabasePublisher? publisher, SupabaseTable? table)
    {
        _meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        _meter.CreateObservableCounter("holdfast.supabase.requests", () => publisher?.Requests.Read() ?? [], "{request}", "Requests to the hosted project, by what they came to.");
        _meter.CreateObservableGauge("holdfast.supabase.waiting", () => Of(publisher?.Waiting), "{update}", "Updates with events that wait to be published.");
        _meter.CreateObservableCounter("holdfast.supabase.dropped_events", () => Of(publisher?.Metrics.Dropped), "{event}", "Events that were not published; they are in the log.");
        _meter.CreateObservableCounter("holdfast.supabase.table_rows", () => Rows(table), "{row}", "Rows for the table of the hosted project, by what became of them.");
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> Of(long? value) => value is { } there ? [new Measurement<long>(there)] : [];

    private static IEnumerable<Measurement<long>> Rows(SupabaseTable? table) => table is null
        ? []
        : [new(table.Inserted, new KeyValuePair<string, object?>("outcome", "inserted")), new(table.Dropped, new KeyValuePair<string, object?>("outcome", "dropped"))];
}
