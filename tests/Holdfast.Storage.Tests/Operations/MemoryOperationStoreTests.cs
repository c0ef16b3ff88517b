using Holdfast.Operations;
using Holdfast.Retries;
using Holdfast.Testing;

namespace Holdfast.Storage.Tests.Operations;

public sealed class MemoryOperationStoreTests : OperationStoreConformance
{
    private readonly ManualTimeProvider _time = new();
    private readonly MemoryRetryStore _store;

    public MemoryOperationStoreTests() => _store = new MemoryRetryStore(_time);

    // It looks at every item for every question.
    private protected override int Many => 2_000;

    private protected override (IRetryStore Retries, IOperationStore Operations) Create() => (_store, _store.Operations);

    private protected override ValueTask AdvanceAsync(TimeSpan by)
    {
        _time.Advance(by);
        return ValueTask.CompletedTask;
    }
}
