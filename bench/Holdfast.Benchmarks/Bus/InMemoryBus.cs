using BenchmarkDotNet.Attributes;
using MassTransit;

namespace Holdfast.Benchmarks.Bus;

/// <summary>The same through MassTransit's bus in memory: from one publisher to one consumer of the type.</summary>
[MemoryDiagnoser]
public class MassTransitInMemory
{
    private const int Events = 2_000;

    private readonly Arrivals _arrivals = new(Events);
    private readonly Loaded _message = new(42);
    private IBusControl _bus = null!;

    [GlobalSetup]
    public Task SetupAsync()
    {
        _bus = MassTransit.Bus.Factory.CreateUsingInMemory(bus => bus.ReceiveEndpoint("load", endpoint =>
            endpoint.Handler<Loaded>(async _ => await _arrivals.NoteFromAnywhere())));
        return _bus.StartAsync();
    }

    [GlobalCleanup]
    public Task CleanupAsync() => _bus.StopAsync();

    [Benchmark(Baseline = true, OperationsPerInvoke = Events)]
    public async Task Publish()
    {
        for (var i = 0; i < Events; i++)
        {
            await _bus.Publish(_message);
        }

        await _arrivals.AllAsync();
    }
}

/// <summary>A message of MassTransit.</summary>
public sealed record Loaded(int Number);
