using Npgsql;

namespace Holdfast.Postgres.Database;

/// <summary>
/// The user's connection string, completed with what suits the product; whatever the user set stays. What is shown of it never holds the
/// password.
/// </summary>
internal sealed class ConnectionSettings
{
    // One writer, one maintenance job, a few queries at a time: more connections would only cost the server memory.
    private const int PoolSizeMax = 8;

    private ConnectionSettings(NpgsqlConnectionStringBuilder builder)
    {
        ConnectionString = builder.ConnectionString;
        User = builder.Username ?? "";
        Database = builder.Database is { Length: > 0 } database ? database : User;
        Server = builder.Host?.StartsWith('/') == true ? $"{builder.Host} (port {builder.Port})" : $"{builder.Host}:{builder.Port}";
    }

    public string ConnectionString { get; }
    public string Server { get; }
    public string Database { get; }
    public string User { get; }

    /// <param name="text"><c>Host=db;Database=holdfast;Username=...</c> or <c>postgres://user:password@db/holdfast</c>.</param>
    /// <exception cref="ArgumentException">It cannot be read; the message names the part and shows no value.</exception>
    public static ConnectionSettings Parse(string text)
    {
        var builder = ConnectionUri.Matches(text) ? ConnectionUri.Parse(text) : ParseKeywords(text);
        if (string.IsNullOrWhiteSpace(builder.Host))
        {
            throw new ArgumentException("The connection string names no host: add Host=...", nameof(text));
        }

        Complete(builder);
        return new ConnectionSettings(builder);
    }

    private static NpgsqlConnectionStringBuilder ParseKeywords(string text)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(text);
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            throw new ArgumentException($"The connection string cannot be read: {fault.Message}", nameof(text), fault);
        }
    }

    private static void Complete(NpgsqlConnectionStringBuilder builder)
    {
        SetDefault(builder, "Application Name", "holdfast");
        SetDefault(builder, "Maximum Pool Size", PoolSizeMax);
        SetDefault(builder, "Timeout", 5);

        // A peer that is gone without a word is noticed within a minute and not after the hours that TCP takes by itself.
        SetDefault(builder, "Keepalive", 30);
        SetDefault(builder, "TCP Keepalive", true);

        // Limits of time are set for each operation: one for all of them would be wrong for most.
        builder.CommandTimeout = 0;
        builder.Multiplexing = false; // transactions and COPY need a connection of their own
        builder.Enlist = false;
        builder.PersistSecurityInfo = false;
    }

    private static void SetDefault(NpgsqlConnectionStringBuilder builder, string keyword, object value)
    {
        if (!builder.Keys.Contains(keyword, StringComparer.OrdinalIgnoreCase))
        {
            builder[keyword] = value;
        }
    }
}
