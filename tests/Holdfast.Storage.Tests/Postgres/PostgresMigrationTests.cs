using Holdfast.Pipeline;
using Holdfast.Postgres.Database;
using Holdfast.Postgres.Store;
using Holdfast.Storage.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Holdfast.Storage.Tests.Postgres;

public class PostgresMigrationTests(PostgresServers servers) : PostgresFixture(servers)
{
    private static IReadOnlyList<Migration> Known { get; } = Migration.FromResources(typeof(PostgresTelemetryStore).Assembly, "Holdfast.Postgres.Migrations.");

    [Fact]
    public async Task An_empty_database_gets_the_schema()
    {
        var empty = await Databases.EmptyAsync();
        var store = Create(empty.ConnectionString);

        var identity = await store.OpenAsync(CancellationToken.None);

        identity.SchemaVersion.ShouldBe(Known.Count);
        identity.StoreId.ShouldBe(empty.Scalar<Guid>("SELECT store_id FROM holdfast.store"));
        empty.Rows("SELECT number FROM holdfast.migrations ORDER BY 1", row => row.GetInt32(0)).ShouldBe(Known.Select(m => m.Number));
        (await Write(store, Batches.OfEvents(1, 1, Batches.Event()))).EventsStored.ShouldBe(1);
    }

    [Fact]
    public async Task The_script_makes_a_schema_that_a_server_finds_complete()
    {
        var byHand = await Databases.EmptyAsync();

        await RunAsync(byHand, MigrationScript.Write(from: 0));
        var twice = await Should.ThrowAsync<PostgresException>(() => RunAsync(byHand, MigrationScript.Write(from: 0)));
        var identity = await Create(byHand.ConnectionString).OpenAsync(CancellationToken.None);

        twice.MessageText.ShouldBe($"The database has migration {Known.Count}, this is 1.");
        (identity.SchemaVersion, byHand.Scalar<long>("SELECT count(*) FROM holdfast.migrations")).ShouldBe((Known.Count, Known.Count));
        MigrationScript.Write(from: Known.Count - 1).ShouldContain($"-- {Known.Count}: {Known[^1].Name}");
        MigrationScript.Write(from: Known.Count - 1).ShouldNotContain("-- 1: foundation");
    }

    [Fact]
    public void Every_migration_may_be_run_again()
    {
        foreach (var migration in Known)
        {
            Database.Execute(migration.Sql);
        }

        Database.Scalar<long>("SELECT count(*) FROM holdfast.store").ShouldBe(1);
    }

    [Fact]
    public async Task A_database_of_an_older_version_gets_what_is_missing()
    {
        var empty = await Databases.EmptyAsync();
        var older = Create(empty, [.. Known.Take(2)]);
        var before = await older.OpenAsync(CancellationToken.None);

        var after = await Create(empty, Known).OpenAsync(CancellationToken.None);

        (before.SchemaVersion, after.SchemaVersion, after.StoreId).ShouldBe((2, Known.Count, before.StoreId));
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_left_alone()
    {
        Database.Execute("INSERT INTO holdfast.migrations VALUES ((SELECT max(number) + 1 FROM holdfast.migrations), 'future', 'x', now())");

        var fault = await Unavailable(async () => await Create(Database.ConnectionString).OpenAsync(CancellationToken.None));

        fault.Code.ShouldBe("schema");
        fault.Message.ShouldContain("newer version");
    }

    [Fact]
    public async Task A_migration_that_was_edited_afterwards_is_noticed()
    {
        Database.Execute("UPDATE holdfast.migrations SET checksum = 'edited' WHERE number = 2");

        var fault = await Unavailable(async () => await Create(Database.ConnectionString).OpenAsync(CancellationToken.None));

        fault.Code.ShouldBe("schema");
        fault.Message.ShouldContain("Migration 2");
        fault.Message.ShouldContain(Database.Name);
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_nothing_behind_and_is_tried_again()
    {
        var empty = await Databases.EmptyAsync();
        var broken = new Migration(2, "broken", "CREATE TABLE public.half (id int); SELECT nonsense;");

        await Unavailable(async () => await Create(empty, [Known[0], broken]).OpenAsync(CancellationToken.None));

        empty.Scalar<bool>("SELECT to_regclass('public.half') IS NULL").ShouldBeTrue();
        (await Create(empty, Known).OpenAsync(CancellationToken.None)).SchemaVersion.ShouldBe(Known.Count);
    }

    [Fact]
    public async Task Nodes_that_start_together_on_an_empty_database_agree()
    {
        var empty = await Databases.EmptyAsync();

        var identities = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Create(empty.ConnectionString).OpenAsync(CancellationToken.None).AsTask()));

        identities.Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_login_without_rights_to_make_anything_opens_a_database_that_is_up_to_date()
    {
        var login = $"login_{Database.Name}";
        Database.Execute($"CREATE ROLE {login} LOGIN; GRANT holdfast_app TO {login}");
        var store = await OpenAsync(Database.Server.ConnectionString(Database.Name, login));

        var result = await Write(
            store, Batches.OfEvents(1, 1, Batches.Event(id: Guid.NewGuid()), Batches.Event(data: "[]")), Batches.OfSamples(2, Batches.Sample(Batches.Series(), 0, 1)));

        (result.EventsStored, result.SamplesStored, result.DeadLettered).ShouldBe((1, 1, 1));
        (await store.RollUpAsync(Batches.Noon.AddHours(2), CancellationToken.None)).ShouldBeFalse();
        Time.Advance(TimeSpan.FromDays(40));
        while ((await store.PruneAsync(new RetentionOptions(), Time.GetUtcNow(), CancellationToken.None)).More)
        {
        }

        CountEvents().ShouldBe(0);
    }

    [Theory]
    [InlineData("holdfast_read", "DELETE FROM monitoring.monitoring_events")]
    [InlineData("holdfast_read", "INSERT INTO monitoring.dead_letter_queue DEFAULT VALUES")]
    [InlineData("holdfast_read", "SELECT monitoring.insert_monitoring_events_batch('[]')")]
    [InlineData("holdfast_ingest", "SELECT data FROM monitoring.monitoring_events")]
    [InlineData("holdfast_ingest", "SELECT holdfast.drop_partition('samples', 'x')")]
    [InlineData("holdfast_app", "UPDATE holdfast.clock_shift SET shift = '1 day'")]
    [InlineData("holdfast_app", "DELETE FROM holdfast.migrations")]
    [InlineData("holdfast_app", "DELETE FROM holdfast.audit")]
    [InlineData("holdfast_ingest", "SELECT holdfast.prune_audit(now(), 1)")]
    [InlineData("holdfast_read", "SELECT holdfast.prune_audit(now(), 1)")]
    public void A_role_may_not_do_what_it_is_not_for(string role, string sql)
    {
        var fault = Should.Throw<Npgsql.PostgresException>(() => Database.Execute($"SET ROLE {role}; {sql}"));

        fault.SqlState.ShouldBe("42501");
    }

    [Fact]
    public void A_reader_can_use_the_views()
    {
        foreach (var view in new[] { "validation_metrics_recent", "validation_metrics_summary", "dlq_pending_retry", "dlq_summary", "monitoring_events_view" })
        {
            Database.Execute($"SET ROLE holdfast_read; SELECT * FROM monitoring.{view}");
        }
    }

    private static PostgresTelemetryStore Create(PostgresTestDatabase database, IReadOnlyList<Migration> migrations) => new(
        new PostgresStoreOptions { ConnectionString = database.ConnectionString }, TimeProvider.System, NullLogger<PostgresTelemetryStore>.Instance, migrations);

    // As psql does: statement by statement, on one connection, up to the first fault.
    private static async Task RunAsync(PostgresTestDatabase database, string script)
    {
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(script, connection);
        await command.ExecuteNonQueryAsync();
    }
}
