namespace Holdfast.Flags;

public static partial class FlagNames
{
    /// <summary>Address of the hosted project.</summary>
    public const string SupabaseUrl = "SUPABASE_URL";

    /// <summary>Key of its service role; secret.</summary>
    public const string SupabaseServiceRoleKey = "SUPABASE_SERVICE_ROLE_KEY";

    /// <summary>Topic that broadcasts are published under.</summary>
    public const string SupabaseTopic = "SUPABASE_TOPIC";

    /// <summary>Whether that topic is a private one.</summary>
    public const string SupabasePrivate = "SUPABASE_PRIVATE";

    /// <summary>Table that events are inserted into.</summary>
    public const string SupabaseTable = "SUPABASE_TABLE";
}
