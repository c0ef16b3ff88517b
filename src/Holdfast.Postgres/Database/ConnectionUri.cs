using System.Globalization;
using Npgsql;

namespace Holdfast.Postgres.Database;

/// <summary>Reads the URI form of a connection string, which is what hosting services hand out and the driver does not know.</summary>
internal static class ConnectionUri
{
    // libpq's names of parameters and the driver's.
    private static readonly Dictionary<string, string> Keywords = new(StringComparer.OrdinalIgnoreCase)
    {
        ["host"] = "Host",
        ["port"] = "Port",
        ["user"] = "Username",
        ["password"] = "Password",
        ["dbname"] = "Database",
        ["sslmode"] = "SSL Mode",
        ["sslrootcert"] = "Root Certificate",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["connect_timeout"] = "Timeout",
        ["application_name"] = "Application Name",
        ["options"] = "Options",
        ["target_session_attrs"] = "Target Session Attributes",
        ["channel_binding"] = "Channel Binding",
    };

    public static bool Matches(string text) =>
        text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="FormatException">It is not a URI, or a parameter is not known; no value is shown.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string text)
    {
        // An @ behind a / ? or # means that this character stands in the password, whose rest would be taken for something else and shown.
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || $"{uri.PathAndQuery}{uri.Fragment}".Contains('@', StringComparison.Ordinal))
        {
            throw new FormatException(
                "The connection string begins like a URI and is none; characters such as @ : / ? in the password must be percent-encoded.");
        }

        var builder = new NpgsqlConnectionStringBuilder();
        Set(builder, "host", uri.Host);
        Set(builder, "port", uri.Port > 0 ? uri.Port.ToString(CultureInfo.InvariantCulture) : "");
        var user = uri.UserInfo.Split(':', 2);
        Set(builder, "user", Uri.UnescapeDataString(user[0]));
        Set(builder, "password", user.Length == 2 ? Uri.UnescapeDataString(user[1]) : "");
        Set(builder, "dbname", Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/')));
        foreach (var parameter in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = parameter.Split('=', 2);
            Set(builder, pair[0], pair.Length == 2 ? Uri.UnescapeDataString(pair[1].Replace('+', ' ')) : "");
        }

        return builder;
    }

    private static void Set(NpgsqlConnectionStringBuilder builder, string name, string value)
    {
        if (value.Length == 0)
        {
            return;
        }

        if (!Keywords.TryGetValue(name, out var keyword))
        {
            throw new FormatException($"The connection string has the parameter '{name}', which is not known.");
        }

        try
        {
            // verify-full and read-write are VerifyFull and ReadWrite to the driver.
            builder[keyword] = keyword is "SSL Mode" or "Target Session Attributes" or "Channel Binding" ? value.Replace("-", "", StringComparison.Ordinal) : value;
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            throw new FormatException($"The value of the connection string's parameter '{name}' cannot be used.", fault);
        }
    }
}
