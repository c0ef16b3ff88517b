using Holdfast.Storage.Tests.Support;
using Npgsql;

namespace Holdfast.Faults.Support;

/// <summary>One database with an owner of the same name who is no superuser, and what its administrator can do to it.</summary>
internal sealed class FaultDatabase(PostgresServer server, string name)
{
    public PostgresServer Server => server;

    public string Name => name;

    /// <summary>The owner's way in, which asks for a password.</summary>
    public string ConnectionString => server.TcpConnectionString(name, name);

    /// <summary>The owner's way in over something that stands before the server's port.</summary>
    public string ConnectionStringBy(int port) => $"{ConnectionString};Port={port}";

    public Task CreateAsync(string tablespace = "pg_default") => AdministerAsync($"CREATE DATABASE {name} OWNER {name} TABLESPACE {tablespace}");

    /// <summary>As superuser, outside of the database.</summary>
    public Task AdministerAsync(string sql) => ExecuteAsync("postgres", sql);

    /// <summary>As superuser, in the database.</summary>
    public Task ExecuteAsync(string sql) => ExecuteAsync(name, sql);

    /// <summary>As superuser, in the database.</summary>
    public Task<NpgsqlConnection> OpenAsync() => OpenAsync(name);

    /// <summary>As superuser, in the database: the first column of the rows.</summary>
    public async Task<List<T>> ReadAsync<T>(string sql)
    {
        await using var connection = await OpenAsync(name);
        await using var command = new NpgsqlCommand(sql, connection);
        await using var rows = await command.ExecuteReaderAsync();
        var values = new List<T>();
        while (await rows.ReadAsync())
        {
            values.Add(rows.GetFieldValue<T>(0));
        }

        return values;
    }

    /// <summary>What the database itself says of the events in it.</summary>
    public async Task<(long Rows, long Ids)> CountAsync()
    {
        var counts = await ReadAsync<long[]>("SELECT ARRAY[count(*), count(DISTINCT id)] FROM monitoring.monitoring_events");
        return (counts[0][0], counts[0][1]);
    }

    /// <summary>Copies it aside, as it is at this moment: meanwhile nobody gets in.</summary>
    public async Task BackUpAsync()
    {
        await AdministerAsync($"ALTER DATABASE {name} ALLOW_CONNECTIONS false");
        await AdministerAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
        await AdministerAsync($"CREATE DATABASE {Backup} TEMPLATE {name} OWNER {name}");
        await AdministerAsync($"ALTER DATABASE {name} ALLOW_CONNECTIONS true");
    }

    /// <summary>Puts the copy in its place.</summary>
    public async Task RestoreAsync()
    {
        await AdministerAsync($"DROP DATABASE {name} WITH (FORCE)");
        await AdministerAsync($"ALTER DATABASE {Backup} RENAME TO {name}");
    }

    private string Backup => $"{name}_backup";

    private async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = await OpenAsync(database);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<NpgsqlConnection> OpenAsync(string database)
    {
        // Not pooled: what happens to the server happens to idle connections, too.
        var connection = new NpgsqlConnection(server.ConnectionString(database) + ";Pooling=false;Application Name=test");
        await connection.OpenAsync();
        return connection;
    }
}
