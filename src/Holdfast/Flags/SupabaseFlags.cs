namespace Holdfast.Flags;

/// <summary>A hosted project that broadcasts are published to. Read at the start: whoever may set flags must not choose where the key is sent.</summary>
internal static class SupabaseFlags
{
    public static IReadOnlyList<FlagDefinition> All { get; } =
    [
        AtStart(FlagNames.SupabaseUrl, "", "Address of a hosted Supabase project, such as https://ref.supabase.co: it takes the place of the server's own Realtime endpoint as the adapter realtime. Empty: none."),
        AtStart(FlagNames.SupabaseServiceRoleKey, "", "Key of the project's service role. It is sent to SUPABASE_URL and to nobody else.") with { Secret = true },
        AtStart(FlagNames.SupabaseTopic, "holdfast", "Topic that broadcasts are published under.") with { Validator = Topic },
        new(FlagNames.SupabasePrivate, FlagType.Bool, false, "Whether that topic is a private one, which the project lets only those read whom its policies name.") { Apply = FlagApply.Start },
        AtStart(FlagNames.SupabaseTable, "", "Table (or schema.table) of the project that events are inserted into as well, for those who watch changes of rows. Empty: none."),
    ];

    /// <summary>A key without an address does nothing, and an address without a key is refused at each request.</summary>
    public static IReadOnlyList<FlagConstraint> Constraints { get; } =
    [
        new(
            [FlagNames.SupabaseUrl, FlagNames.SupabaseServiceRoleKey],
            read => ((string)read(FlagNames.SupabaseUrl)).Length > 0 == ((string)read(FlagNames.SupabaseServiceRoleKey)).Length > 0 ? null : "must be set both or neither"),
    ];

    private static FlagDefinition AtStart(string name, string fallback, string description) => new(name, FlagType.String, fallback, description) { Apply = FlagApply.Start };

    private static string? Topic(object value) => ((string)value).Length is > 0 and <= 100 ? null : "must be a name of at most 100 characters";
}
