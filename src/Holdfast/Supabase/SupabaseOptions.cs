using System.Net;

namespace Holdfast.Supabase;

/// <summary>The hosted project that broadcasts are published to.</summary>
/// <param name="Url">Its address: <c>https://ref.supabase.co</c>. Only this host is ever sent the key.</param>
/// <param name="Key">The service role's key; a secret.</param>
internal sealed record SupabaseOptions(Uri Url, string Key)
{
    /// <summary>The topic that is broadcast to. Default: <c>holdfast</c>.</summary>
    public string Topic { get; init; } = "holdfast";

    /// <summary>Whether the topic is a private one. Default: false.</summary>
    public bool IsPrivate { get; init; }

    /// <summary>The table that events are inserted into beside the broadcasts, <c>table</c> or <c>schema.table</c>; null: none. Default: null.</summary>
    public string? Table { get; init; }

    /// <summary>What tells this node's messages from others. Default: <c>holdfast</c>.</summary>
    public string Origin { get; init; } = "holdfast";

    /// <summary>Least time between two requests. Default: 500 ms, since each message counts once for each of those who watch.</summary>
    public TimeSpan Period { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>What is wrong with an address; null when nothing is.</summary>
    public static string? FaultOfUrl(string url)
    {
        if (url.Length == 0)
        {
            return null;
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("https" or "http"))
        {
            return "must be an address such as https://ref.supabase.co";
        }

        if (address.UserInfo.Length > 0 || address.Query.Length > 0 || address.Fragment.Length > 0)
        {
            return "must be an address alone: no user, no query, no fragment";
        }

        return address.Scheme == "https" || IsLoopback(address) ? null : "must begin with https://: the key would go over the network in clear";
    }

    /// <summary>What is wrong with the name of a table; null when nothing is.</summary>
    public static string? FaultOfTable(string table) =>
        table.Length == 0 || (table.Split('.') is { Length: <= 2 } parts && Array.TrueForAll(parts, IsName)) ? null : "must be table or schema.table, of letters, digits and _";

    private static bool IsName(string name) => name.Length is > 0 and <= 63 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_');

    private static bool IsLoopback(Uri address) => address.IsLoopback || (IPAddress.TryParse(address.Host, out var ip) && IPAddress.IsLoopback(ip));
}
