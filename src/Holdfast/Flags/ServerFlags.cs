using static Holdfast.Flags.FlagValidators;

namespace Holdfast.Flags;

/// <summary>Where the server lives, how it is reached, and what it says of itself.</summary>
internal static class ServerFlags
{
    public static IReadOnlyList<FlagDefinition> All { get; } =
    [
        AtStart(FlagNames.Data, "./data", "Directory of the spool, the embedded store and flags.override.json.") with { Validator = NotBlank },
        AtStart(FlagNames.Config, "", "Path of the configuration file. Empty: holdfast.json in the data directory, if it is there."),
        AtStart(FlagNames.Postgres, "", "PostgreSQL: connection string or postgres:// URI. Empty: the embedded SQLite store.") with { Secret = true },
        AtStart(FlagNames.Bind, "127.0.0.1", "Address to listen on. Any but a loopback address needs an API key first.") with { Validator = Address },
        new(FlagNames.Port, FlagType.Int, 8080L, "TCP port to listen on. 0: any free port.") { Apply = FlagApply.Start, Validator = Between(0, 65_535) },
        AtStart(FlagNames.BasePath, "/", "Path below which everything is served, for a proxy that does not strip it.") with { Validator = BasePath },
        AtStart(FlagNames.Node, Environment.MachineName, "Name of this node. Default: the name of the machine.") with { Validator = NotBlank },
        AtStart(FlagNames.Durability, "durable", "What an acknowledgement is worth: durable (synced to disk), process (survives kill -9, not a power cut) or memory.")
            .OneOf("durable", "process", "memory"),
        AtStart(FlagNames.ChecksumSecret, "", "Key of the HMAC-SHA256 over critical events. Empty: every event has a CRC32C only.") with { Secret = true },
        AtStart(
            FlagNames.Sources,
            "host,runtime,system",
            "Built-in sources that are on, with commas: host (the machine), runtime (this process), system (events of the server itself: the store lost and found, levels of the spool, rescues, stops). Empty: none but the moves of circuit breakers.") with
        {
            Validator = ListOf("host", "runtime", "system"),
        },
        new(
            FlagNames.OtlpLabels,
            FlagType.String,
            "service.name,service.namespace,service.instance.id,host.name",
            "Resource attributes of OpenTelemetry that become labels, with commas; otel.scope.name adds the instrumentation scope.")
        {
            Validator = NamesUpTo(32),
        },
        AtStart(FlagNames.LogLevel, "information", "Least level that is logged.")
            .OneOf("trace", "debug", "information", "warning", "error", "critical", "none"),
        AtStart(FlagNames.LogFormat, "text", "Form of the log: text for people, json for machines, one object a line.").OneOf("text", "json"),
        new(FlagNames.GracefulShutdownTimeout, FlagType.Int, 30L, "Budget of a graceful shutdown, in seconds.")
        {
            Apply = FlagApply.Start,
            Validator = Between(1, 3_600),
        },
    ];

    private static FlagDefinition AtStart(string name, string fallback, string description) =>
        new(name, FlagType.String, fallback, description) { Apply = FlagApply.Start };
}
