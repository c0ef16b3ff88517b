using Holdfast.Operations;
using Holdfast.Retries;
using Holdfast.Sqlite.Retries;
using Holdfast.Storage.Tests.Support;
using Holdfast.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Storage.Tests.Operations;

public sealed class SqliteOperationStoreTests : OperationStoreConformance
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTimeProvider _time = new();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }

    private protected override (IRetryStore Retries, IOperationStore Operations) Create()
    {
        var store = new SqliteRetryStore(_directory.Path, _time, NullLogger<SqliteRetryStore>.Instance);
        return (store, store.Operations);
    }

    private protected override ValueTask AdvanceAsync(TimeSpan by)
    {
        _time.Advance(by);
        return ValueTask.CompletedTask;
    }
}
