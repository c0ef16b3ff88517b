using Microsoft.Data.Sqlite;

namespace Holdfast.Faults.Support;

/// <summary>Another program that holds the write lock of the store: nothing can be stored until it is disposed, everything can be read.</summary>
internal sealed class StoreLock : IDisposable
{
    private readonly SqliteConnection _connection;

    private StoreLock(SqliteConnection connection) => _connection = connection;

    public static StoreLock Take(FaultDirectory directory)
    {
        // Not pooled: a connection that stays open would be a second user of a file that the test is about to replace.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = directory.Store, Pooling = false, DefaultTimeout = 30 }.ToString());
        connection.Open();
        using var begin = connection.CreateCommand();
        begin.CommandText = "begin exclusive";
        begin.ExecuteNonQuery();
        return new StoreLock(connection);
    }

    public void Dispose() => _connection.Dispose();
}
