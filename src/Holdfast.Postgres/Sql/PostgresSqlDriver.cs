using Holdfast.BuiltIn.Sql;
using Holdfast.Postgres.Database;
using Npgsql;

namespace Holdfast.Postgres.Sql;

/// <summary>Named connections to PostgreSQL: <c>Host=db;Database=shop;Username=...</c> or <c>postgres://</c>.</summary>
internal sealed class PostgresSqlDriver : ISqlDriver
{
    public bool Takes(string connectionString) =>
        ConnectionUri.Matches(connectionString) || connectionString.Contains("Host=", StringComparison.OrdinalIgnoreCase) || connectionString.Contains("Server=", StringComparison.OrdinalIgnoreCase);

    public string? FaultOf(string connectionString) => ConnectionSettings.Judge(connectionString);

    public ISqlPool MakePool(string connectionString, SqlPoolOptions options)
    {
        var builder = new NpgsqlConnectionStringBuilder(ConnectionSettings.Parse(connectionString).ForReading())
        {
            MaxPoolSize = options.Size,
            MinPoolSize = Math.Min(options.Warm, options.Size),
            ConnectionLifetime = (int)options.Lifetime.TotalSeconds,
            KeepAlive = (int)options.KeepAlive.TotalSeconds,
        };
        return new PostgresSqlPool(builder.ConnectionString);
    }
}
