using Holdfast.Postgres.Database;
using Holdfast.Postgres.Retries;
using Holdfast.Retries;
using Holdfast.Storage.Tests.Support;
using Npgsql;

namespace Holdfast.Storage.Tests.Postgres;

public class PostgresSqlOperationsTests(PostgresServers servers) : PostgresFixture(servers)
{
    private const int Connections = 2;
    private static readonly SqlOperation Waits = new("SELECT pg_advisory_lock_shared(4711)", []);

    [Fact]
    public async Task A_statement_that_finds_no_free_connection_is_put_off_and_those_that_have_one_go_on()
    {
        await using var statements = new PostgresSqlOperations(ConnectionSettings.Parse(Database.ConnectionString), TimeSpan.FromMilliseconds(50));
        await using var lockHolder = Database.Open();
        await ExecuteAsync(lockHolder, "SELECT pg_advisory_lock(4711)");

        Task[] executing = [.. Enumerable.Range(0, Connections).Select(_ => statements.ExecuteAsync(Waits, CancellationToken.None))];
        await Should.ThrowAsync<SqlOperationBusyException>(() => statements.ExecuteAsync(Waits, CancellationToken.None));
        await ExecuteAsync(lockHolder, "SELECT pg_advisory_unlock(4711)");
        await Task.WhenAll(executing);

        await statements.ExecuteAsync(Waits, CancellationToken.None);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
