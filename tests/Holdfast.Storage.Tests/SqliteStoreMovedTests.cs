using Holdfast.Pipeline;
using Holdfast.Sqlite.Store;
using Holdfast.Storage.Tests.Support;
using Holdfast.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Storage.Tests;

/// <summary>The store's file is taken away while it is open: nothing that only a lost file holds counts as stored.</summary>
public sealed class SqliteStoreMovedTests : IAsyncDisposable
{
    private static readonly Guid SpoolId = new("0190aaaa-0000-7000-8000-000000000003");

    private readonly TemporaryDirectory _directory = new();
    private readonly SqliteTelemetryStore _store;

    public SqliteStoreMovedTests() => _store = new SqliteTelemetryStore(
        new SqliteStoreOptions { DataDirectory = _directory.Path }, new ManualTimeProvider(Batches.Noon), NullLogger<SqliteTelemetryStore>.Instance);

    private string Path => _directory.File("holdfast.db");

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_write_into_a_deleted_file_counts_as_none_and_goes_into_the_next_store()
    {
        var first = await _store.OpenAsync(CancellationToken.None);
        await WriteAsync(1);
        File.Delete(Path);

        var fault = await Should.ThrowAsync<StoreUnavailableException>(() => WriteAsync(2));
        var second = await _store.OpenAsync(CancellationToken.None);
        await WriteAsync(2);

        fault.Code.ShouldBe(StoreUnavailableException.Moved);
        second.StoreId.ShouldNotBe(first.StoreId);
        (await CountAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Nothing_is_read_from_a_file_that_nobody_can_find()
    {
        await _store.OpenAsync(CancellationToken.None);
        await WriteAsync(1);
        File.Delete(Path);

        await Should.ThrowAsync<StoreUnavailableException>(CountAsync);

        File.Exists(Path).ShouldBeFalse();
    }

    [Fact]
    public async Task A_renamed_file_is_whole_and_the_one_in_its_place_gets_nothing_of_it()
    {
        await _store.OpenAsync(CancellationToken.None);
        await WriteAsync(1);
        File.Move(Path, Path + ".away");
        await Should.ThrowAsync<StoreUnavailableException>(() => WriteAsync(2));

        await _store.OpenAsync(CancellationToken.None);
        (await CountAsync()).ShouldBe(0);
        File.Move(Path + ".away", Path, overwrite: true);
        await _store.OpenAsync(CancellationToken.None);

        // What was written after the renaming is in it, too; the batch ledger recognises it when the spool sends it again.
        (await CountAsync()).ShouldBe(2);
        (await WriteAsync(2)).AlreadyStored.ShouldBe(1);
    }

    [Fact]
    public async Task A_log_that_was_deleted_costs_nothing_of_what_was_in_it()
    {
        var before = await _store.OpenAsync(CancellationToken.None);
        await WriteAsync(1);
        File.Delete(Path + "-wal");
        await Should.ThrowAsync<StoreUnavailableException>(() => WriteAsync(2));

        var after = await _store.OpenAsync(CancellationToken.None);

        after.StoreId.ShouldBe(before.StoreId);
        (await CountAsync()).ShouldBe(2);
    }

    private Task<StoreWriteResult> WriteAsync(long batchSeq) =>
        _store.WriteAsync(new StoreWrite(SpoolId, [Batches.OfEvents(batchSeq, batchSeq, Batches.Event())]), CancellationToken.None).AsTask();

    private async Task<int> CountAsync() => (await _store.QueryEventsAsync(new EventQuery(), CancellationToken.None)).Items.Count;
}
