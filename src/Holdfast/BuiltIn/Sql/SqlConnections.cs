namespace Holdfast.BuiltIn.Sql;

/// <summary>The named databases, each with connections for what somebody waits for and others for what can wait. Nothing is connected here.</summary>
internal sealed class SqlConnections : IAsyncDisposable
{
    private readonly Dictionary<string, (SqlLane Critical, SqlLane Background)> _lanes;
    private readonly SqlAllowList _allowed;

    /// <exception cref="InvalidOperationException">A connection string is nobody's, or cannot be used; the message has none of its values.</exception>
    public SqlConnections(SqlOptions options, IReadOnlyList<ISqlDriver> drivers, SqlMetrics metrics)
    {
        _allowed = new SqlAllowList(options.Allowed);
        _lanes = options.Connections.ToDictionary(
            one => one.Key,
            one =>
            {
                var driver = DriverOf(one.Key, one.Value, drivers);
                return (
                    new SqlLane(one.Key, "critical", driver.MakePool(one.Value, options.Critical), options.Critical.Size, metrics),
                    new SqlLane(one.Key, "background", driver.MakePool(one.Value, options.Background), options.Background.Size, metrics));
            },
            StringComparer.Ordinal);
        metrics.Lanes = [.. _lanes.Values.SelectMany(pair => new[] { pair.Critical, pair.Background })];
    }

    public IReadOnlyCollection<string> Names => _lanes.Keys;

    public bool Allows(string sql) => _allowed.Allows(sql);

    /// <summary>The connections of a name; null: there is no such name.</summary>
    public SqlLane? Find(string name, bool background) => _lanes.TryGetValue(name, out var lanes) ? background ? lanes.Background : lanes.Critical : null;

    public async ValueTask DisposeAsync()
    {
        foreach (var (critical, background) in _lanes.Values)
        {
            await critical.DisposeAsync();
            await background.DisposeAsync();
        }
    }

    private static ISqlDriver DriverOf(string name, string connectionString, IReadOnlyList<ISqlDriver> drivers)
    {
        return SqlOptions.FaultIn(connectionString, drivers) is { } fault
            ? throw new InvalidOperationException($"The SQL connection '{name}' cannot be used: {fault}.")
            : drivers.First(driver => driver.Takes(connectionString));
    }
}
