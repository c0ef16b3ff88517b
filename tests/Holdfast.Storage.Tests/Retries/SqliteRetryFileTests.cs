using System.Text;
using Holdfast.Pipeline;
using Holdfast.Retries;
using Holdfast.Sqlite.Native;
using Holdfast.Sqlite.Retries;
using Holdfast.Sqlite.Store;
using Holdfast.Storage.Tests.Support;
using Holdfast.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Storage.Tests.Retries;

/// <summary>What only a queue in a file can suffer.</summary>
public sealed class SqliteRetryFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTimeProvider _time = new();

    public void Dispose() => _directory.Dispose();

    private string Path => _directory.File("retries.db");

    [Fact]
    public async Task The_queue_has_a_file_of_its_own_beside_the_telemetry()
    {
        await using var telemetry = new SqliteTelemetryStore(Options("holdfast.db"), _time, NullLogger<SqliteTelemetryStore>.Instance);
        await using var store = new SqliteRetryStore(_directory.Path, _time, NullLogger<SqliteRetryStore>.Instance);
        await telemetry.OpenAsync(CancellationToken.None);
        await store.OpenAsync(CancellationToken.None);
        await store.OpenAsync(CancellationToken.None);

        await store.EnqueueAsync([RetryItems.New()], CancellationToken.None);

        ReadNumber("SELECT count(*) FROM retries").ShouldBe(1);
    }

    [Fact]
    public async Task A_store_that_is_not_open_says_so()
    {
        await using var store = Store(Options());

        var written = await Should.ThrowAsync<StoreUnavailableException>(async () => await store.EnqueueAsync([RetryItems.New()], CancellationToken.None));
        var read = await Should.ThrowAsync<StoreUnavailableException>(async () => await store.CountAsync(CancellationToken.None));

        (written.Code, read.Code).ShouldBe(("connection", "connection"));
    }

    [Fact]
    public async Task A_file_of_a_newer_version_is_refused()
    {
        await using (var store = Store(Options()))
        {
            await store.OpenAsync(CancellationToken.None);
        }

        Execute("INSERT INTO migrations (number, name, checksum, applied_at) VALUES (99, 'future', 'x', 0)");
        await using var older = Store(Options());
        var fault = await Should.ThrowAsync<StoreUnavailableException>(async () => await older.OpenAsync(CancellationToken.None));

        fault.Code.ShouldBe("schema");
        fault.Message.ShouldContain(Path);
    }

    [Fact]
    public async Task While_another_process_writes_the_queue_is_busy_and_can_be_asked_again()
    {
        var options = Options();
        options.BusyTimeMax = TimeSpan.FromMilliseconds(1);
        await using var store = await OpenAsync(options);
        var item = RetryItems.New();

        using (var other = SqliteDatabase.Open(Path))
        {
            other.Execute("BEGIN IMMEDIATE");
            var fault = await Should.ThrowAsync<StoreUnavailableException>(async () => await store.EnqueueAsync([item], CancellationToken.None));
            fault.Code.ShouldBe("busy");
        }

        (await store.EnqueueAsync([item], CancellationToken.None)).ShouldBe([new EnqueuedRetry(item.Id, EnqueueStatus.Created)]);
    }

    [Fact]
    public async Task On_a_full_disk_a_call_has_taken_all_its_items_or_none()
    {
        var options = Options();
        options.FileBytesMax = 600_000;
        await using var store = await OpenAsync(options);
        var small = RetryItems.New();
        await store.EnqueueAsync([small], CancellationToken.None);
        var large = RetryItems.Several(50).Select(item => item with { Payload = Encoding.UTF8.GetBytes($"\"{new string('x', 20_000)}\"") });

        var fault = await Should.ThrowAsync<StoreUnavailableException>(async () => await store.EnqueueAsync([.. large], CancellationToken.None));

        fault.Code.ShouldBe("full");
        (await store.ListAsync(new RetryQuery(), CancellationToken.None)).Items.ShouldHaveSingleItem().Id.ShouldBe(small.Id);
        (await store.CountAsync(CancellationToken.None)).ShouldBe([new RetryCount("http_callback", RetryStatus.Pending, 1)]);
    }

    [Fact]
    public async Task A_write_into_a_deleted_file_counts_as_none()
    {
        await using var store = await OpenAsync(Options());
        File.Delete(Path);

        var fault = await Should.ThrowAsync<StoreUnavailableException>(async () => await store.EnqueueAsync([RetryItems.New()], CancellationToken.None));
        await store.OpenAsync(CancellationToken.None);

        fault.Code.ShouldBe(StoreUnavailableException.Moved);
        (await store.CountAsync(CancellationToken.None)).ShouldBeEmpty();
    }

    private SqliteStoreOptions Options(string fileName = "retries.db") => new() { DataDirectory = _directory.Path, FileName = fileName };

    private SqliteRetryStore Store(SqliteStoreOptions options) => new(options, _time, NullLogger<SqliteRetryStore>.Instance);

    private async Task<SqliteRetryStore> OpenAsync(SqliteStoreOptions options)
    {
        var store = Store(options);
        await store.OpenAsync(CancellationToken.None);
        return store;
    }

    private void Execute(string sql)
    {
        using var database = SqliteDatabase.Open(Path);
        database.Execute(sql);
    }

    private long? ReadNumber(string sql)
    {
        using var database = SqliteDatabase.Open(Path);
        return database.ReadNumber(sql);
    }
}
