using Holdfast.Pipeline;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Storage.Tests.Postgres;

/// <summary>What stands between the store and its database is said in words that an operator can act on, and never with the password.</summary>
public class PostgresMessageTests(PostgresServers servers) : PostgresFixture(servers)
{
    private const string Secret = "hunter2";

    [Fact]
    public async Task A_wrong_password() => ShouldSay(
        await OpenFails(Database.Server.TcpConnectionString(Database.Name, password: Secret)), "connection", "does not accept the password of postgres");

    [Fact]
    public async Task A_wrong_database() => ShouldSay(
        await OpenFails(Database.Server.TcpConnectionString("nowhere")), "connection", "has no database nowhere", "CREATE DATABASE \"nowhere\"");

    [Fact]
    public async Task A_user_that_is_not_there() => ShouldSay(
        await OpenFails(Database.Server.ConnectionString(Database.Name, "nobody")), "connection", "does not let nobody in");

    [Fact]
    public async Task A_port_where_nobody_listens() => ShouldSay(
        await OpenFails($"Host=127.0.0.1;Port=1;Username=u;Password={Secret};Database=d"), "connection", "Nothing answers at 127.0.0.1:1");

    [Fact]
    public async Task A_host_that_is_not_known() => ShouldSay(
        await OpenFails($"Host=no-such-host.invalid;Username=u;Password={Secret};Database=d"), "connection", "host of no-such-host.invalid:5432 is not known");

    [Fact]
    public async Task A_socket_that_is_not_there() => ShouldSay(
        await OpenFails("Host=/nowhere;Username=u;Database=d"), "connection", "There is no socket /nowhere");

    [Fact]
    public async Task A_server_without_TLS_where_TLS_is_demanded() => ShouldSay(
        await OpenFails(Database.Server.TcpConnectionString(Database.Name) + ";SSL Mode=Require"), "connection");

    [Fact]
    public async Task No_right_to_make_the_schema()
    {
        var empty = await Databases.EmptyAsync();
        empty.Execute($"CREATE ROLE login_{empty.Name} LOGIN");

        ShouldSay(await OpenFails(empty.Server.ConnectionString(empty.Name, $"login_{empty.Name}")), "schema", "lacks a right", "GRANT holdfast_app");
    }

    [Fact]
    public async Task No_connection_left()
    {
        Database.Execute($"CREATE ROLE login_{Database.Name} LOGIN CONNECTION LIMIT 0");

        ShouldSay(await OpenFails(Database.Server.ConnectionString(Database.Name, $"login_{Database.Name}")), "busy", "no connection left");
    }

    [Fact]
    public async Task A_database_that_takes_no_writes()
    {
        var store = await OpenAsync();
        Database.Execute($"ALTER DATABASE {Database.Name} SET default_transaction_read_only = on");
        var reopened = await OpenAsync();

        ShouldSay(await Unavailable(async () => await Write(reopened, Batches.OfEvents(1, 1, Batches.Event()))), "connection", "takes no writes");
        (await store.QueryEventsAsync(new EventQuery(), CancellationToken.None)).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_query_that_takes_too_long()
    {
        var store = await OpenAsync();
        using var locked = Database.Open();
        using var transaction = locked.BeginTransaction();
        using (var command = new Npgsql.NpgsqlCommand("LOCK TABLE monitoring.monitoring_events", locked))
        {
            command.ExecuteNonQuery();
        }

        var query = Unavailable(async () => await store.QueryEventsAsync(new EventQuery(), CancellationToken.None));
        while (!query.IsCompleted)
        {
            Time.Advance(TimeSpan.FromSeconds(10));
            await Task.Yield();
        }

        ShouldSay(await query, "timeout", "did not answer within 10 seconds");
    }

    private async Task<StoreUnavailableException> OpenFails(string connectionString) =>
        await Unavailable(async () => await Create(connectionString).OpenAsync(CancellationToken.None));

    private static void ShouldSay(StoreUnavailableException fault, string code, params string[] words)
    {
        fault.Code.ShouldBe(code, fault.Message);
        foreach (var word in words)
        {
            fault.Message.ShouldContain(word);
        }

        fault.ToString().ShouldNotContain(Secret);
        fault.ToString().ShouldNotContain(PostgresServer.Password);
    }
}
