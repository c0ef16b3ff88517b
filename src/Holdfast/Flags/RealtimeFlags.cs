namespace Holdfast.Flags;

/// <summary>What clients of the Realtime protocol may send.</summary>
internal static class RealtimeFlags
{
    public static IReadOnlyList<FlagDefinition> All { get; } =
    [
        new(FlagNames.RealtimeMessages, FlagType.Int, 1_000L, "Messages a second that one key may broadcast, over all its connections and HTTP. 0: no limit.") { Validator = FlagValidators.Between(0, 1_000_000) },
        new(FlagNames.RealtimePayloadBytes, FlagType.Int, 256L << 10, "Bytes of the payload of one broadcast.") { Validator = FlagValidators.Between(1_024, 3_000_000) },
        new(FlagNames.RealtimeHosted, FlagType.Bool, false, "For tests and demonstrations alone: the Realtime protocol behaves as a hosted project does, with 100 messages a second of a key, and errors that come after 2 s (connections) and 5 s (joins).")
        {
            Apply = FlagApply.Start,
        },
    ];
}
