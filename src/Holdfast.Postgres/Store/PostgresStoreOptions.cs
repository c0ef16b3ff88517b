namespace Holdfast.Postgres.Store;

/// <summary>Settings of the PostgreSQL store.</summary>
internal sealed class PostgresStoreOptions
{
    /// <summary>How to reach the database: keywords and values, or a <c>postgres://</c> URI.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>A write that takes longer is ended and asked again. Default: 30 seconds.</summary>
    public TimeSpan WriteTimeMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A query that takes longer is ended. Default: 10 seconds.</summary>
    public TimeSpan ReadTimeMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A round of rollups, or one step of retention, that takes longer is ended and tried again. Default: 2 minutes.</summary>
    public TimeSpan MaintenanceTimeMax { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The ways in which rows may be stored. Default: all three.</summary>
    public IReadOnlyList<StoreApproach> Approaches { get; init; } = [StoreApproach.Rpc, StoreApproach.Direct, StoreApproach.View];
}
