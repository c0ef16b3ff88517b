using BenchmarkDotNet.Attributes;
using Polly;

namespace Holdfast.Benchmarks.Resilience;

/// <summary>A call on a closed circuit, with the counters that each keeps.</summary>
[MemoryDiagnoser]
public class Closed
{
    private readonly ResiliencePipeline<string> _stock = BreakerPipelines.StockClosed();
    private readonly ResiliencePipeline<string> _ours = BreakerPipelines.OursClosed();
    private readonly ResilienceContext _context = ResilienceContextPool.Shared.Get();

    [Benchmark(Baseline = true)]
    public bool Stock() => Calls.Once(_stock, _context);

    [Benchmark]
    public bool Ours() => Calls.Once(_ours, _context);
}

/// <summary>Two threads that call through one closed circuit as fast as they can; the time is that of one call of one thread.</summary>
[MemoryDiagnoser]
public class TwoThreads
{
    private const int CallsPerThread = 200_000;

    private readonly ResiliencePipeline<string> _stock = BreakerPipelines.StockClosed();
    private readonly ResiliencePipeline<string> _ours = BreakerPipelines.OursClosed();

    [Benchmark(Baseline = true, OperationsPerInvoke = CallsPerThread)]
    public void Stock() => Run(_stock);

    [Benchmark(OperationsPerInvoke = CallsPerThread)]
    public void Ours() => Run(_ours);

    private static void Run(ResiliencePipeline<string> pipeline)
    {
        using var start = new Barrier(2);
        var other = new Thread(() => CallOften(pipeline, start));
        other.Start();
        CallOften(pipeline, start);
        other.Join();
    }

    private static void CallOften(ResiliencePipeline<string> pipeline, Barrier start)
    {
        var context = ResilienceContextPool.Shared.Get();
        start.SignalAndWait();
        for (var i = 0; i < CallsPerThread; i++)
        {
            Calls.Once(pipeline, context);
        }

        ResilienceContextPool.Shared.Return(context);
    }
}

/// <summary>A call that an open circuit turns away.</summary>
[MemoryDiagnoser]
public class Rejecting
{
    private readonly ResiliencePipeline<string> _stock = BreakerPipelines.StockOpen();
    private readonly ResiliencePipeline<string> _ours = BreakerPipelines.OursOpen();
    private readonly ResilienceContext _context = ResilienceContextPool.Shared.Get();

    [Benchmark(Baseline = true)]
    public bool Stock() => Calls.Once(_stock, _context);

    [Benchmark]
    public bool Ours() => Calls.Once(_ours, _context);
}

/// <summary>A call through retry, breaker and timeout.</summary>
[MemoryDiagnoser]
public class Combined
{
    private readonly ResiliencePipeline<string> _stock = BreakerPipelines.StockCombined();
    private readonly ResiliencePipeline<string> _ours = BreakerPipelines.OursCombined();
    private readonly ResiliencePipeline<string> _named = BreakerPipelines.Named();
    private readonly ResilienceContext _context = ResilienceContextPool.Shared.Get();

    [Benchmark(Baseline = true)]
    public bool Stock() => Calls.Once(_stock, _context);

    [Benchmark]
    public bool Ours() => Calls.Once(_ours, _context);

    [Benchmark]
    public bool Named() => Calls.Once(_named, _context);
}
