using Holdfast.BuiltIn.Sql;
using Microsoft.Data.Sqlite;

namespace Holdfast.Sqlite.Sql;

/// <summary>Named connections to files of SQLite: <c>Data Source=/var/lib/shop/shop.db</c>.</summary>
internal sealed class SqliteSqlDriver : ISqlDriver
{
    public bool Takes(string connectionString) =>
        connectionString.Contains("Data Source=", StringComparison.OrdinalIgnoreCase) || connectionString.Contains("Filename=", StringComparison.OrdinalIgnoreCase);

    public string? FaultOf(string connectionString)
    {
        try
        {
            return new SqliteConnectionStringBuilder(connectionString).DataSource.Length > 0 ? null : "it names no file";
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or InvalidCastException)
        {
            return "a keyword is not known, or a value cannot be used";
        }
    }

    // A file grows neither old nor cold: what keeps connections over a network young and warm has nothing to do here.
    public ISqlPool MakePool(string connectionString, SqlPoolOptions options) => new SqliteSqlPool(connectionString);
}
