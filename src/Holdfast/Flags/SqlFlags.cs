using System.Text.Json;
using static Holdfast.Flags.FlagValidators;

namespace Holdfast.Flags;

/// <summary>Named connections on which components may have statements executed: section <c>sql</c> of holdfast.json.</summary>
internal static class SqlFlags
{
    public static IReadOnlyList<FlagDefinition> All { get; } =
    [
        new(FlagNames.SqlEnabled, FlagType.Bool, false, "Whether the component sql executes statements for others on the named connections.") { Apply = FlagApply.Start },
        new(
            FlagNames.SqlConnections,
            FlagType.Json,
            JsonSerializer.SerializeToElement(new Dictionary<string, string>()),
            "Connection strings by name, of PostgreSQL or SQLite: {\"shop\": \"Host=db;Database=shop;Username=...\", \"stock\": \"Data Source=/srv/stock.db\"}.")
        {
            Apply = FlagApply.Start,
            Secret = true,
        },
        new(
            FlagNames.SqlAllow,
            FlagType.Json,
            JsonSerializer.SerializeToElement(Array.Empty<string>()),
            "Statements that may be executed, or their beginnings with a * at the end: [\"CALL stock.refresh(*\"]. Empty: all.")
        {
            Apply = FlagApply.Start,
        },
        Number(FlagNames.SqlCriticalConnections, 4, "Connections to each database for what somebody waits for.", 1, 100),
        Number(FlagNames.SqlBackgroundConnections, 2, "Connections to each database for what can wait, retries among them.", 1, 100),
        Number(FlagNames.SqlWarmConnections, 1, "Connections of each pool that stay open.", 0, 100),
        Number(FlagNames.SqlLifetimeSeconds, 3_600, "Seconds after which a connection is closed when it comes back; 0: never.", 0, 86_400),
        Number(FlagNames.SqlKeepAliveSeconds, 30, "Seconds after which an idle connection is tried; 0: never.", 0, 3_600),
    ];

    private static FlagDefinition Number(string name, long fallback, string description, long least, long most) =>
        new(name, FlagType.Int, fallback, description) { Apply = FlagApply.Start, Validator = Between(least, most) };
}
