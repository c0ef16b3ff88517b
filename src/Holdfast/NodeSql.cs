using Holdfast.BuiltIn.Sql;

namespace Holdfast;

/// <summary>The named SQL connections of a node, with their metrics.</summary>
internal sealed class NodeSql : IAsyncDisposable
{
    private readonly SqlMetrics _metrics;

    /// <param name="scope">Whose metrics they are, where there are several nodes in one process.</param>
    /// <param name="drivers">The kinds of database that are known here.</param>
    public NodeSql(object scope, SqlOptions options, IReadOnlyList<ISqlDriver> drivers, TimeProvider time)
    {
        _metrics = new SqlMetrics(scope);
        Connections = new SqlConnections(options, drivers, _metrics);
        Component = new SqlComponent(Connections, time);
    }

    public SqlConnections Connections { get; }

    public SqlComponent Component { get; }

    public async ValueTask DisposeAsync()
    {
        await Component.DisposeAsync();
        await Connections.DisposeAsync();
        _metrics.Dispose();
    }
}
