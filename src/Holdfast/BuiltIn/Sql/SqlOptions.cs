using System.Text.Json;

namespace Holdfast.BuiltIn.Sql;

/// <summary>What the component <c>sql</c> may do. It executes what it is asked, so it is off unless somebody says otherwise.</summary>
internal sealed record SqlOptions
{
    /// <summary>Default: off.</summary>
    public bool Enabled { get; init; }

    /// <summary>Connection strings by name.</summary>
    public IReadOnlyDictionary<string, string> Connections { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Statements that may be executed; see <see cref="SqlAllowList"/>. Default: all.</summary>
    public IReadOnlyList<string> Allowed { get; init; } = [];

    /// <summary>Connections for what somebody waits for.</summary>
    public required SqlPoolOptions Critical { get; init; }

    /// <summary>Connections for what can wait: requests that say so, and what is executed again.</summary>
    public required SqlPoolOptions Background { get; init; }

    /// <summary>What is wrong with connections as a setting; null: nothing.</summary>
    public static string? FaultInConnections(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object && value.EnumerateObject().All(one => one.Name.Length is > 0 and <= 100 && one.Value.ValueKind == JsonValueKind.String)
            ? null
            : "must be an object of connection strings by name: {\"shop\": \"Host=db;Database=shop;Username=...\"}";

    /// <summary>The same, as those see it who know the databases.</summary>
    public static string? FaultInConnections(JsonElement value, IReadOnlyList<ISqlDriver> drivers) => FaultInConnections(value) ?? value.EnumerateObject()
        .Select(one => FaultIn(one.Value.GetString()!, drivers) is { } fault ? $"'{one.Name}': {fault}" : null)
        .FirstOrDefault(fault => fault is not null);

    /// <summary>Why a connection string cannot be used, without its values; null: it can.</summary>
    public static string? FaultIn(string connectionString, IReadOnlyList<ISqlDriver> drivers) =>
        drivers.FirstOrDefault(driver => driver.Takes(connectionString)) is { } driver
            ? driver.FaultOf(connectionString)
            : "it is for no database that is known here: Data Source=... is SQLite, Host=... is PostgreSQL";

    /// <summary>What is wrong with allowed statements as a setting; null: nothing.</summary>
    public static string? FaultInAllowed(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(one => one.ValueKind == JsonValueKind.String && one.GetString()!.Trim().Length > 0)
            ? null
            : "must be a list of statements, or of their beginnings with a * at the end: [\"CALL stock.refresh(*\"]";

    public static IReadOnlyDictionary<string, string> ReadConnections(JsonElement value) =>
        value.EnumerateObject().ToDictionary(one => one.Name, one => one.Value.GetString()!, StringComparer.Ordinal);

    public static IReadOnlyList<string> ReadAllowed(JsonElement value) => [.. value.EnumerateArray().Select(one => one.GetString()!)];
}
