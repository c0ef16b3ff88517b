using System.Text.Json;
using Holdfast.Lifecycle;
using Holdfast.Monitoring.Adapters;
using Holdfast.Pipeline;
using Holdfast.Spool;

namespace Holdfast.Monitoring;

/// <summary>Who this process is; does not change while it runs.</summary>
internal sealed record ServiceIdentity(string Node, string Version, DateTimeOffset StartedAt, string BasePath);

/// <summary>What is wrong, in words an operator can act on, and what is right. Built from memory: asking costs no I/O.</summary>
internal sealed class ServiceStatus(
    ServiceIdentity identity, ISpool spool, DatabaseStatus database, Flusher flusher, LifecycleState lifecycle, TimeProvider time)
{
    public ServiceIdentity Identity => identity;

    public DatabaseStatus Database => database;

    public SpoolDurability Durability => spool.Durability;

    public bool Ready => lifecycle.Accepting && spool.Snapshot().Fault is null;

    /// <summary>The adapter that is asked for; set at the root from the flags.</summary>
    public Func<string> AdapterAskedFor { get; init; } = () => "websocket";

    /// <summary>How broadcasts are made; set at the root.</summary>
    public required AdapterSwitch Adapters { get; init; }

    /// <summary>What is wrong with parts that have a life of their own, a sentence each; set at the root.</summary>
    public Func<IEnumerable<string>> ProblemsOfComponents { get; init; } = () => [];

    /// <summary>What checks in the background have found that is said nowhere else, a sentence each; set at the root.</summary>
    public Func<IEnumerable<string>> ProblemsOfChecks { get; init; } = () => [];

    /// <summary>Everything that is wrong at present; empty when all is well.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        var waiting = spool.Snapshot();
        if (lifecycle.Draining)
        {
            problems.Add("The server is shutting down: nothing new is accepted.");
        }

        if (waiting.Fault is { } spoolFault)
        {
            problems.Add($"The spool cannot be written, so nothing is accepted: {spoolFault}");
        }

        database.AddProblems(problems, time.GetUtcNow());
        AddSpoolLevel(problems, waiting);
        if (waiting.LostRows > 0)
        {
            problems.Add($"{waiting.LostRows} rows were lost from the spool; the ledger and the log say which.");
        }

        if (waiting.ParkedRows > 0)
        {
            problems.Add($"{waiting.ParkedRows} rows that the store refused are parked in the spool. Look at them with 'spool dump', and decide what becomes of them.");
        }

        if (flusher.Ledger is { Error: not (null or 0) } ledger)
        {
            problems.Add($"The ledger does not balance: {ledger.Error} rows are unaccounted for.");
        }

        problems.AddRange(Adapters.Problems());
        problems.AddRange(ProblemsOfComponents());
        problems.AddRange(ProblemsOfChecks());
        return problems;
    }

    public void Write(Utf8JsonWriter json)
    {
        var problems = Problems();
        json.WriteStartObject();
        json.WriteString("name"u8, "holdfast"u8);
        json.WriteString("version"u8, identity.Version);
        json.WriteString("node"u8, identity.Node);
        json.WriteString("started_at"u8, identity.StartedAt.UtcDateTime);
        json.WriteNumber("uptime_seconds"u8, Math.Round((time.GetUtcNow() - identity.StartedAt).TotalSeconds, 1));
        json.WriteString("store"u8, database.Kind);
        json.WriteString("durability"u8, Names.Of(spool.Durability));
        json.WriteString("state"u8, problems.Count == 0 ? "ok"u8 : "degraded"u8);
        json.WriteStartArray("problems"u8);
        foreach (var problem in problems)
        {
            json.WriteStringValue(problem);
        }

        json.WriteEndArray();
        json.WriteString("adapter_type"u8, AdapterAskedFor());
        json.WriteString("adapter_effective"u8, Adapters.Effective.Name);
        json.WritePropertyName("broadcast"u8);
        BroadcastJson.WriteStatus(json, Adapters);
        json.WriteString("base_path"u8, identity.BasePath);
        json.WriteEndObject();
    }

    private static void AddSpoolLevel(List<string> problems, SpoolSnapshot waiting)
    {
        var full = waiting.DiskBytesMax == 0 ? 0 : 100.0 * waiting.LiveBytes / waiting.DiskBytesMax;
        switch (waiting.Level)
        {
            case SpoolLevel.Refuse:
                problems.Add($"The spool is {full:F0} % full: new data is refused until the store drains it.");
                break;
            case SpoolLevel.Slow:
                problems.Add($"The spool is {full:F0} % full: answers are delayed to slow the producers down.");
                break;
            case SpoolLevel.Warn:
                problems.Add($"The spool is {full:F0} % full.");
                break;
            case SpoolLevel.Ok:
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(waiting), waiting.Level, "Not a level.");
        }
    }
}

/// <summary>Names of the spool's values on the wire.</summary>
internal static class Names
{
    public static string Of(SpoolDurability durability) => durability switch
    {
        SpoolDurability.Durable => "durable",
        SpoolDurability.Process => "process",
        SpoolDurability.Memory => "memory",
        _ => throw new ArgumentOutOfRangeException(nameof(durability), durability, "Not a durability."),
    };

    public static string Of(SpoolLevel level) => level switch
    {
        SpoolLevel.Ok => "ok",
        SpoolLevel.Warn => "warn",
        SpoolLevel.Slow => "slow",
        SpoolLevel.Refuse => "refuse",
        _ => throw new ArgumentOutOfRangeException(nameof(level), level, "Not a level."),
    };
}
