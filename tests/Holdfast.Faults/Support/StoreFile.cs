using Microsoft.Data.Sqlite;

namespace Holdfast.Faults.Support;

/// <summary>The store's file, as another program sees it.</summary>
internal static class StoreFile
{
    public static SqliteConnection Open(FaultDirectory directory)
    {
        // Not pooled: a connection that stays open would be a second user of a file that the test is about to replace.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = directory.Store, Pooling = false, DefaultTimeout = 30 }.ToString());
        connection.Open();
        return connection;
    }

    public static void Execute(FaultDirectory directory, string sql)
    {
        using var connection = Open(directory);
        Execute(connection, sql);
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}

/// <summary>Another program that holds the write lock of the store: nothing can be stored until it is disposed, everything can be read.</summary>
internal sealed class StoreLock : IDisposable
{
    private readonly SqliteConnection _connection;

    private StoreLock(SqliteConnection connection) => _connection = connection;

    public static StoreLock Take(FaultDirectory directory)
    {
        var connection = StoreFile.Open(directory);
        StoreFile.Execute(connection, "begin exclusive");
        return new StoreLock(connection);
    }

    public void Dispose() => _connection.Dispose();
}
