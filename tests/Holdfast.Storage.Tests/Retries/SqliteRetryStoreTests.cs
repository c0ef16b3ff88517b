using Holdfast.Retries;
using Holdfast.Sqlite.Retries;
using Holdfast.Storage.Tests.Support;
using Holdfast.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Storage.Tests.Retries;

public sealed class SqliteRetryStoreTests : RetryStoreConformance
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTimeProvider _time = new();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }

    private protected override IRetryStore Create() => new SqliteRetryStore(_directory.Path, _time, NullLogger<SqliteRetryStore>.Instance);

    private protected override ValueTask AdvanceAsync(TimeSpan by)
    {
        _time.Advance(by);
        return ValueTask.CompletedTask;
    }
}

public sealed class SqliteRetryStoreModelTests : RetryStoreModelTests
{
    private protected override int Sequences => 30;

    private protected override async ValueTask<RetryBench> BenchAsync()
    {
        var directory = new TemporaryDirectory();
        var time = new ManualTimeProvider();
        var store = new SqliteRetryStore(directory.Path, time, NullLogger<SqliteRetryStore>.Instance);
        await store.OpenAsync(CancellationToken.None);
        return new RetryBench(
            store,
            by =>
            {
                time.Advance(by);
                return ValueTask.CompletedTask;
            },
            directory.Dispose);
    }
}
