using Holdfast.Retries;
using Holdfast.Testing;

namespace Holdfast.Storage.Tests.Retries;

public sealed class MemoryRetryStoreTests : RetryStoreConformance
{
    private readonly ManualTimeProvider _time = new();
    private readonly MemoryRetryStore _store;

    public MemoryRetryStoreTests() => _store = new MemoryRetryStore(_time);

    // The store is the data: whoever opens it again finds what it held.
    private protected override IRetryStore Create() => _store;

    private protected override ValueTask AdvanceAsync(TimeSpan by)
    {
        _time.Advance(by);
        return ValueTask.CompletedTask;
    }
}

public sealed class MemoryRetryStoreModelTests : RetryStoreModelTests
{
    private protected override int Sequences => 100;

    private protected override ValueTask<RetryBench> BenchAsync()
    {
        var time = new ManualTimeProvider();
        return ValueTask.FromResult(new RetryBench(new MemoryRetryStore(time), by =>
        {
            time.Advance(by);
            return ValueTask.CompletedTask;
        }));
    }
}
