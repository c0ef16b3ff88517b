using Holdfast.Pipeline;
using Holdfast.Spool;
using Holdfast.Sqlite.Native;
using Holdfast.Sqlite.Store;
using Holdfast.Storage.Tests.Support;
using Holdfast.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Storage.Tests;

/// <summary>What only a store in a file can suffer: damage, a full disk, another process, a schema of another version.</summary>
public sealed class SqliteStoreFileTests : IDisposable
{
    private static readonly Guid SpoolId = new("0190aaaa-0000-7000-8000-000000000002");
    private static readonly IReadOnlyList<Migration> Migrations =
        Migration.FromResources(typeof(SqliteTelemetryStore).Assembly, "Holdfast.Sqlite.Store.Migrations.");

    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTimeProvider _time = new(Batches.Noon);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_new_file_gets_every_migration_and_a_second_start_applies_none()
    {
        await using (var first = Store())
        {
            (await first.OpenAsync(CancellationToken.None)).SchemaVersion.ShouldBe(Migrations.Count);
        }

        var applied = ReadNumber("SELECT count(*) FROM migrations");
        await using var second = Store();
        await second.OpenAsync(CancellationToken.None);

        applied.ShouldBe(Migrations.Count);
        ReadNumber("SELECT count(*) FROM migrations").ShouldBe(applied);
    }

    [Fact]
    public async Task An_older_file_is_brought_up_to_date_and_keeps_its_rows()
    {
        await using (var old = Store())
        {
            await old.OpenAsync(CancellationToken.None);
            await Write(old, Batches.OfEvents(1, 1, Batches.Event()));
        }

        await using var upgraded = Store(migrations: [.. Migrations, new Migration(Migrations.Count + 1, "more", "ALTER TABLE monitoring_events ADD COLUMN extra TEXT")]);
        var identity = await upgraded.OpenAsync(CancellationToken.None);

        identity.SchemaVersion.ShouldBe(Migrations.Count + 1);
        (await upgraded.QueryEventsAsync(new EventQuery(), CancellationToken.None)).Items.Count.ShouldBe(1);
        ReadNumber("SELECT count(*) FROM monitoring_events WHERE extra IS NULL").ShouldBe(1);
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_the_file_as_it_was()
    {
        await using (var old = Store())
        {
            await old.OpenAsync(CancellationToken.None);
        }

        await using var broken = Store(migrations: [.. Migrations, new Migration(Migrations.Count + 1, "broken", "CREATE TABLE half (x); SELECT nonsense FROM nowhere;")]);
        await Should.ThrowAsync<StoreUnavailableException>(async () => await broken.OpenAsync(CancellationToken.None));

        ReadNumber("SELECT count(*) FROM migrations").ShouldBe(Migrations.Count);
        ReadNumber("SELECT count(*) FROM sqlite_schema WHERE name = 'half'").ShouldBe(0);
    }

    [Fact]
    public async Task A_migration_that_was_edited_after_it_was_applied_is_refused()
    {
        await using (var first = Store())
        {
            await first.OpenAsync(CancellationToken.None);
        }

        await using var edited = Store(migrations: [Migrations[0] with { Sql = Migrations[0].Sql + "-- edited" }, .. Migrations.Skip(1)]);
        var fault = await Should.ThrowAsync<StoreUnavailableException>(async () => await edited.OpenAsync(CancellationToken.None));

        fault.Code.ShouldBe("schema");
        fault.Message.ShouldContain("Migration 1 (store)");
    }

    [Fact]
    public async Task A_file_of_a_newer_version_is_refused_and_not_touched()
    {
        await using (var newer = Store(migrations: [.. Migrations, new Migration(Migrations.Count + 1, "future", "CREATE TABLE future (x)")]))
        {
            await newer.OpenAsync(CancellationToken.None);
        }

        await using var older = Store();
        var fault = await Should.ThrowAsync<StoreUnavailableException>(async () => await older.OpenAsync(CancellationToken.None));

        fault.Code.ShouldBe("schema");
        fault.Message.ShouldContain("newer version");
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_named_with_what_to_do_and_works_once_it_is_out_of_the_way()
    {
        await File.WriteAllTextAsync(_directory.File("holdfast.db"), new string('x', 20_000));
        await using var store = Store();

        var fault = await Should.ThrowAsync<StoreUnavailableException>(async () => await store.OpenAsync(CancellationToken.None));
        var stillClosed = await Should.ThrowAsync<StoreUnavailableException>(async () => await Write(store, Batches.OfEvents(1, 1, Batches.Event())));
        File.Delete(_directory.File("holdfast.db"));
        await store.OpenAsync(CancellationToken.None);

        fault.Code.ShouldBe("corrupt");
        fault.Message.ShouldContain(_directory.File("holdfast.db"));
        fault.Message.ShouldContain("move it away");
        stillClosed.Code.ShouldBe("connection");
        (await Write(store, Batches.OfEvents(1, 1, Batches.Event()))).EventsStored.ShouldBe(1);
    }

    [Fact]
    public async Task Damaged_pages_are_reported_as_such()
    {
        await using (var first = Store())
        {
            await first.OpenAsync(CancellationToken.None);
            await Write(first, Batches.OfEvents(1, 1, [.. Enumerable.Range(0, 3_000).Select(i => Batches.Event(data: $$"""{"n":{{i}}}"""))]));
        }

        await using (var file = new FileStream(_directory.File("holdfast.db"), FileMode.Open))
        {
            file.Seek(8_192 * 4, SeekOrigin.Begin);
            file.Write(Enumerable.Repeat((byte)0xA5, (int)file.Length - (8_192 * 4)).ToArray());
        }

        await using var store = Store();
        var fault = await Should.ThrowAsync<StoreUnavailableException>(async () =>
        {
            await store.OpenAsync(CancellationToken.None);
            await store.QueryEventsAsync(new EventQuery { Text = "n" }, CancellationToken.None);
        });

        fault.Code.ShouldBe("corrupt");
    }

    [Fact]
    public async Task While_another_process_writes_the_store_is_busy_and_nothing_is_half_written()
    {
        await using var store = Store(new SqliteStoreOptions { BusyTimeMax = TimeSpan.FromMilliseconds(1) });
        await store.OpenAsync(CancellationToken.None);
        var batch = Batches.OfEvents(1, 1, Batches.Event());

        using (var other = SqliteDatabase.Open(_directory.File("holdfast.db")))
        {
            other.Execute("BEGIN IMMEDIATE");
            var fault = await Should.ThrowAsync<StoreUnavailableException>(async () => await Write(store, batch));
            fault.Code.ShouldBe("busy");
        }

        (await Write(store, batch)).EventsStored.ShouldBe(1);
    }

    [Fact]
    public async Task On_a_full_disk_nothing_is_half_written_and_the_batch_is_stored_once_there_is_room()
    {
        var series = Batches.Series();
        var batches = new[]
        {
            Batches.OfSamples(1, Batches.Sample(series, 0, 1)),
            Batches.OfEvents(2, 1, [.. Enumerable.Range(0, 5_000).Select(_ => Batches.Event(data: $$"""{"text":"{{new string('x', 200)}}"}"""))]),
        };
        await using (var full = Store(new SqliteStoreOptions { FileBytesMax = 500_000 }))
        {
            await full.OpenAsync(CancellationToken.None);
            var fault = await Should.ThrowAsync<StoreUnavailableException>(async () => await Write(full, batches));
            fault.Code.ShouldBe("full");
            (await full.QueryEventsAsync(new EventQuery(), CancellationToken.None)).Items.ShouldBeEmpty();
            (await full.ReadTotalsAsync(SpoolId, CancellationToken.None)).ShouldBe(new StoreTotals(default, default));
            (await Write(full, batches[0])).SamplesStored.ShouldBe(1, "the series that was taken back is made again");
        }

        await using var store = Store();
        await store.OpenAsync(CancellationToken.None);
        var result = await Write(store, batches);

        (result.EventsStored, result.SamplesStored, result.AlreadyStored).ShouldBe((5_000, 0, 1));
    }

    [Fact]
    public async Task A_process_that_dies_between_commit_and_answer_stores_nothing_twice()
    {
        var batch = Batches.OfEvents(1, 1, Batches.Event(), Batches.Event());
        StoreIdentity before;
        await using (var died = Store())
        {
            before = await died.OpenAsync(CancellationToken.None);
            await Write(died, batch);
        }

        await using var restarted = Store();
        var after = await restarted.OpenAsync(CancellationToken.None);
        var result = await Write(restarted, batch);

        after.ShouldBe(before);
        (result.AlreadyStored, result.EventsStored).ShouldBe((1, 0));
        (await restarted.QueryEventsAsync(new EventQuery(), CancellationToken.None)).Items.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_place_in_the_stream_that_is_taken_is_a_refused_row_and_not_a_fault_of_the_store()
    {
        await using var store = Store();
        await store.OpenAsync(CancellationToken.None);
        await Write(store, Batches.OfEvents(1, 1, Batches.Event()));

        var result = await Write(store, Batches.OfEvents(2, 1, Batches.Event(), Batches.Event()));

        (result.EventsStored, result.DeadLettered).ShouldBe((1, 1));
    }

    [Fact]
    public async Task A_dead_letter_names_the_code_the_constraint_and_the_approach()
    {
        await using var store = Store();
        await store.OpenAsync(CancellationToken.None);

        await Write(store, Batches.OfEvents(1, 1, Batches.Event(data: "[]")));

        using var database = SqliteDatabase.Open(_directory.File("holdfast.db"));
        using var letter = database.Prepare("SELECT sqlstate, constraint_name, approach, status, retry_count, max_retries, sequence_id FROM dead_letter_queue");
        letter.Step().ShouldBeTrue();
        (letter.Text(0), letter.Text(1), letter.Text(2), letter.Text(3)).ShouldBe(("SQLITE_CONSTRAINT_CHECK", "data_is_an_object", "direct", "pending"));
        (letter.Int64(4), letter.Int64(5), letter.Int64(6)).ShouldBe((0, 5, 1));
    }

    [Theory]
    [InlineData("monitoring_events_view")]
    [InlineData("dlq_pending_retry")]
    [InlineData("dlq_summary")]
    [InlineData("validation_metrics_recent")]
    [InlineData("validation_metrics_summary")]
    public async Task Every_view_answers(string view)
    {
        await using var store = Store();
        await store.OpenAsync(CancellationToken.None);
        await Write(store, Batches.OfEvents(1, 1, Batches.Event(), Batches.Event("")));
        var counts = new PendingValidation(Guid.NewGuid(), [new ValidationCount("a", 1, 1, 0, 0, 0, 5)]);
        await store.WriteValidationAsync(counts, TimeProvider.System.GetUtcNow(), CancellationToken.None); // these views ask the real clock

        ReadNumber($"SELECT count(*) FROM {view}").ShouldBe(1);
    }

    [Fact]
    public async Task The_view_of_events_shows_texts()
    {
        var id = Guid.NewGuid();
        await using var store = Store();
        await store.OpenAsync(CancellationToken.None);
        await Write(store, Batches.OfEvents(1, 42, Batches.Event("a", id)));

        using var database = SqliteDatabase.Open(_directory.File("holdfast.db"));
        using var row = database.Prepare("SELECT id, timestamp, category, epoch, sequence_id FROM monitoring_events_view");
        row.Step().ShouldBeTrue();
        (row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Int64(4))
            .ShouldBe((id.ToString(), "2026-11-22T12:00:00.000Z", "system", SpoolId.ToString(), 42));
    }

    [Fact]
    public async Task The_write_ahead_log_stays_bounded_while_queries_never_cease()
    {
        var options = new SqliteStoreOptions { WalBytesMax = 1 << 20, ReadersMax = 2 };
        await using var store = Store(options);
        await store.OpenAsync(CancellationToken.None);
        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                await store.QueryEventsAsync(new EventQuery { Text = "nothing has this" }, CancellationToken.None);
            }
        })).ToList();

        long largest = 0;
        for (var batch = 1; batch <= 40; batch++)
        {
            await Write(store, Batches.OfEvents(batch, batch * 1_000, [.. Enumerable.Range(0, 500).Select(_ => Batches.Event(data: $$"""{"text":"{{new string('x', 300)}}"}"""))]));
            largest = Math.Max(largest, new FileInfo(_directory.File("holdfast.db-wal")).Length);
        }

        await done.CancelAsync();
        await Task.WhenAll(readers);
        largest.ShouldBeLessThan(4 << 20, "the limit and one write");
    }

    [Fact]
    public async Task A_query_without_an_end_is_ended_when_its_time_is_up()
    {
        await using var file = await OpenFile();

        var endless = Task.Run(async () => await file.ReadAsync(RunForEver, CancellationToken.None));
        while (_time.TimersSet == 0)
        {
            await Task.Yield(); // until the query has set its time limit
        }

        _time.Advance(TimeSpan.FromSeconds(10));
        var fault = await Should.ThrowAsync<StoreUnavailableException>(endless);

        fault.Code.ShouldBe("timeout");
    }

    [Fact]
    public async Task A_query_without_an_end_is_ended_when_nobody_waits_for_it_any_more()
    {
        await using var file = await OpenFile();
        using var caller = new CancellationTokenSource();
        var started = new TaskCompletionSource();

        var endless = Task.Run(async () => await file.ReadAsync(
            database =>
            {
                started.SetResult();
                return RunForEver(database);
            },
            caller.Token));
        await started.Task;
        await caller.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(endless);
        (await file.ReadAsync(database => database.ReadNumber("SELECT 1"), CancellationToken.None)).ShouldBe(1);
    }

    private static long? RunForEver(SqliteDatabase database) =>
        database.ReadNumber("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n");

    private async Task<StoreFile> OpenFile()
    {
        var file = new StoreFile(new SqliteStoreOptions { DataDirectory = _directory.Path }, _time, NullLogger.Instance);
        await file.OpenAsync(database => database.ReadNumber("SELECT 1"), CancellationToken.None);
        return file;
    }

    private SqliteTelemetryStore Store(SqliteStoreOptions? options = null, IReadOnlyList<Migration>? migrations = null)
    {
        options ??= new SqliteStoreOptions();
        options.DataDirectory = _directory.Path;
        return new SqliteTelemetryStore(options, _time, NullLogger<SqliteTelemetryStore>.Instance, migrations ?? Migrations);
    }

    private static ValueTask<StoreWriteResult> Write(SqliteTelemetryStore store, params SpooledBatch[] batches) =>
        store.WriteAsync(new StoreWrite(SpoolId, batches), CancellationToken.None);

    private long? ReadNumber(string sql)
    {
        using var database = SqliteDatabase.Open(_directory.File("holdfast.db"));
        return database.ReadNumber(sql);
    }
}
