using System.Threading.Channels;
using BenchmarkDotNet.Attributes;
using Holdfast.Events;

namespace Holdfast.Benchmarks.Bus;

/// <summary>From one publisher to one subscriber of the exact type. The time is that of one event, from the first publication to the last delivery.</summary>
[MemoryDiagnoser]
public class Exact : IAsyncDisposable
{
    private const int Events = 100_000;

    private readonly object _data = new();
    private readonly Arrivals _arrivals = new(Events);
    private readonly Channel<object> _channel = System.Threading.Channels.Channel.CreateBounded<object>(new BoundedChannelOptions(Events) { SingleReader = true, SingleWriter = true });
    private readonly EventBus _bus = new(new EventBusOptions { QueueCapacity = Events });

    [GlobalSetup]
    public void Setup()
    {
        _ = ReadAsync();
        _bus.Subscribe("load", (_, _) => _arrivals.Note());
        _bus.Start();
    }

    [GlobalCleanup]
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _bus.DisposeAsync();
    }

    /// <summary>The same reference each time: the least that a hand-over between threads costs.</summary>
    [Benchmark(OperationsPerInvoke = Events)]
    public async Task BareChannel()
    {
        for (var i = 0; i < Events; i++)
        {
            _channel.Writer.TryWrite(_data);
        }

        await _arrivals.AllAsync();
    }

    /// <summary>A message made for each event, with its type, its data and the time, as the bus has to make one.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Events)]
    public async Task Channel()
    {
        for (var i = 0; i < Events; i++)
        {
            _channel.Writer.TryWrite(new BusEvent("load", _data) { Timestamp = TimeProvider.System.GetUtcNow() });
        }

        await _arrivals.AllAsync();
    }

    [Benchmark(OperationsPerInvoke = Events)]
    public async Task Bus()
    {
        for (var i = 0; i < Events; i++)
        {
            _bus.Publish("load", _data);
        }

        await _arrivals.AllAsync();
    }

    // As a reader of a channel is usually written.
    private async Task ReadAsync()
    {
        while (await _channel.Reader.WaitToReadAsync())
        {
            while (_channel.Reader.TryRead(out _))
            {
                await _arrivals.Note();
            }
        }
    }
}

/// <summary>From one publisher to twenty subscribers by patterns that all match. The time is that of one delivery.</summary>
[MemoryDiagnoser]
public class TwentyPatterns : IAsyncDisposable
{
    private const int Events = 10_000;
    private const int Patterns = 20;

    private readonly object _data = new();
    private readonly string[] _types = [.. Enumerable.Range(0, 100).Select(number => $"load.{number}.failed")];
    private readonly Arrivals _arrivals = new(Events * Patterns);
    private readonly EventBus _bus = new(new EventBusOptions { QueueCapacity = Events });

    [GlobalSetup]
    public void Setup()
    {
        for (var i = 0; i < Patterns; i++)
        {
            _bus.Subscribe(i % 2 == 0 ? "*.failed" : "load.*", (_, _) => _arrivals.NoteFromAnywhere());
        }

        _bus.Start();
    }

    [GlobalCleanup]
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _bus.DisposeAsync();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Events * Patterns)]
    public async Task Bus()
    {
        for (var i = 0; i < Events; i++)
        {
            _bus.Publish(_types[i % _types.Length], _data);
        }

        await _arrivals.AllAsync();
    }
}
