using System.Diagnostics.Metrics;
using Holdfast.Telemetry;

namespace Holdfast.Tests.Telemetry;

/// <summary>Which instruments a node exports. Asked of instruments of the test's own, so it does not matter what else the process measures.</summary>
public sealed class ExportedMetersTests
{
    private readonly object _node = new();

    [Theory]
    [InlineData("Holdfast.Anything", "rows")]
    [InlineData("Polly", "resilience.polly.pipeline.duration")]
    [InlineData("System.Runtime", "dotnet.gc.pause.time")]
    public void What_explains_a_node_is_exported(string meter, string instrument)
    {
        Exports(meter, instrument, scope: _node).ShouldBeTrue();
        Exports(meter, instrument, scope: null).ShouldBeTrue("without a scope it is the process's");
    }

    [Theory]
    [InlineData("Holdfast.Anything", "rows")]
    [InlineData("Polly", "resilience.polly.pipeline.duration")]
    public void What_another_node_measures_is_not(string meter, string instrument) => Exports(meter, instrument, scope: new object()).ShouldBeFalse();

    [Theory]
    [InlineData("System.Runtime", "dotnet.timer.count")]
    [InlineData("System.Net.Http", "http.client.open_connections")]
    [InlineData("HoldfastLike", "rows")]
    public void What_explains_nothing_is_not(string meter, string instrument) => Exports(meter, instrument, scope: null).ShouldBeFalse();

    private bool Exports(string meter, string instrument, object? scope)
    {
        using var made = new Meter(new MeterOptions(meter) { Scope = scope });
        return new ExportedMeters(_node).Contains(made.CreateCounter<int>(instrument));
    }
}
