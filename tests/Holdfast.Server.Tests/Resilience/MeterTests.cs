using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Holdfast.Resilience;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Resilience;

public sealed class MeterTests
{
    [Fact]
    public async Task A_running_server_exports_its_breaker_and_its_pipelines()
    {
        var seen = new ConcurrentDictionary<string, bool>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter.Name is ResilienceMetrics.MeterName or PollyMeterListener.PollyMeterName)
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((instrument, _, _, _) => seen[instrument.Name] = true);
        listener.SetMeasurementEventCallback<long>((instrument, _, _, _) => seen[instrument.Name] = true);
        listener.SetMeasurementEventCallback<double>((instrument, _, _, _) => seen[instrument.Name] = true);
        listener.Start();
        await using var server = await TestServer.StartAsync();
        await server.PostAsync(SomeEvents.One());
        await server.SettledLedgerAsync();
        server.Node.Parts.Resilience.Pipelines.ResetAll("test", "counters begin anew, instruments do not");

        listener.RecordObservableInstruments();

        seen.Keys.ShouldContain("holdfast.circuit_breaker.state");
        seen.Keys.ShouldContain("holdfast.resilience.operations");
        seen.Keys.ShouldContain("holdfast.circuit_breaker.transitions");
        seen.Keys.ShouldContain("resilience.polly.pipeline.duration");
    }
}
