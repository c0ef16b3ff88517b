using System.Net;
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

    // Of those the writer has its own, so that however many slow questions are asked, what was received is stored: one for the flusher, one
    // for what is written beside it.
    private const int WriterPoolSize = 2;

    // The queue of retries has its own beside them: a heartbeat that waits behind somebody's slow question costs a process its lease.
    private const int RetryPoolSize = 4;

    // Flags have theirs: a kill waits for nothing. One reads, one writes.
    private const int FlagPoolSize = 3;

    // A few statements, sent all day: planning them anew each time costs as much as executing them.
    private const int RetryStatementsPrepared = 20;

    // The keys have theirs: two that write, one that asks.
    private const int KeyPoolSize = 3;

    // What people keep of the page has the fewest: it is a click now and then.
    private const int PreferencePoolSize = 2;

    private readonly string _completed;

    private static readonly string[] PasswordKeywords = ["Password", "PWD", "PSW"];

    private ConnectionSettings(NpgsqlConnectionStringBuilder builder)
    {
        _completed = builder.ConnectionString;
        MayBeClear = builder.SslMode is SslMode.Disable or SslMode.Allow or SslMode.Prefer && builder.Host!.Split(',').Any(IsElsewhere);
        User = builder.Username ?? "";
        Database = builder.Database is { Length: > 0 } database ? database : User;
        Server = builder.Host?.StartsWith('/') == true ? $"{builder.Host} (port {builder.Port})" : $"{builder.Host}:{builder.Port}";
    }

    public string Server { get; }

    /// <summary>Whether passwords and data may cross a network in clear: unless TLS is required, it is given up where the server has none.</summary>
    public bool MayBeClear { get; }

    public string Database { get; }
    public string User { get; }

    /// <param name="text"><c>Host=db;Database=holdfast;Username=...</c> or <c>postgres://user:password@db/holdfast</c>.</param>
    /// <exception cref="FormatException">It cannot be read; the message names the part and shows no value.</exception>
    public static ConnectionSettings Parse(string text)
    {
        var builder = ConnectionUri.Matches(text) ? ConnectionUri.Parse(text) : ParseKeywords(text);
        if (string.IsNullOrWhiteSpace(builder.Host))
        {
            throw new FormatException("The connection string names no host: add Host=...");
        }

        Complete(builder);
        return new ConnectionSettings(builder);
    }

    /// <summary>The same database with fewer connections, for the queue of retries.</summary>
    public ConnectionSettings ForRetries() => With(RetryPoolSize);

    /// <summary>The same database with the fewest connections, for flags.</summary>
    public ConnectionSettings ForFlags() => With(FlagPoolSize);

    /// <summary>The same database with few connections, for the keys.</summary>
    public ConnectionSettings ForKeys() => With(KeyPoolSize);

    /// <summary>The same database with the fewest connections, for what people keep of the page.</summary>
    public ConnectionSettings ForPreferences() => With(PreferencePoolSize);

    private ConnectionSettings With(int poolSize)
    {
        var builder = new NpgsqlConnectionStringBuilder(_completed);
        builder.MaxPoolSize = Math.Min(builder.MaxPoolSize, poolSize);
        builder.MinPoolSize = Math.Min(builder.MinPoolSize, builder.MaxPoolSize);
        SetDefault(builder, "Max Auto Prepare", RetryStatementsPrepared);
        return new ConnectionSettings(builder);
    }

    /// <summary>For one connection that listens for as long as the process lives: beside the pools, and told by the server when it breaks.</summary>
    public string ForListening() => new NpgsqlConnectionStringBuilder(_completed) { Pooling = false, CommandTimeout = 0 }.ConnectionString;

    /// <summary>For questions and maintenance.</summary>
    public string ForReading() => With(pool => Math.Max(1, pool - WriterPoolSize), readTimeout: TimeSpan.Zero);

    /// <summary>For the writer.</summary>
    /// <param name="readTimeout">How long the server may say nothing. The driver ends a COPY without any other limit.</param>
    public string ForWriting(TimeSpan readTimeout) => With(pool => Math.Min(pool, WriterPoolSize), readTimeout);

    /// <summary>Why a setting's value is no connection string, in words without its values; null when it is one.</summary>
    public static string? Judge(object setting) => FaultOf(() => Parse((string)setting))?.Message;

    // Without the driver's exception, whose text may hold half of a password.
    private static NpgsqlConnectionStringBuilder ParseKeywords(string text)
    {
        var builder = new NpgsqlConnectionStringBuilder();
        return FaultOf(() => builder.ConnectionString = text) is { } fault
            ? throw new FormatException($"The connection string cannot be read: {Explain(text, fault)}")
            : builder;
    }

    /// <summary>
    /// The driver names the keyword that it does not know. Where an unquoted ; cuts a password in two, that keyword is half of the password:
    /// what comes after the password is not repeated.
    /// </summary>
    private static string Explain(string text, Exception fault)
    {
        var password = PasswordKeywords.Select(keyword => text.IndexOf(keyword, StringComparison.OrdinalIgnoreCase)).Where(at => at >= 0).DefaultIfEmpty(-1).Min();
        return password < 0 ? fault.Message
            : FaultOf(() => new NpgsqlConnectionStringBuilder().ConnectionString = text[..password]) is { } before ? before.Message
            : "after the password a keyword is not known or a value cannot be used. A password with ; = or quotes in it must be quoted: Password='...'";
    }

    private static Exception? FaultOf(Action parse)
    {
        try
        {
            parse();
            return null;
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            return fault;
        }
    }

    private static void Complete(NpgsqlConnectionStringBuilder builder)
    {
        SetDefault(builder, "Application Name", "holdfast");
        SetDefault(builder, "Maximum Pool Size", PoolSizeMax);
        SetDefault(builder, "Timeout", 5);

        // A peer that is gone without a word is noticed within a minute and not after the hours that TCP takes by itself.
        SetDefault(builder, "Keepalive", 30);
        if (IsTcp(builder))
        {
            SetDefault(builder, "TCP Keepalive Time", 30);
            SetDefault(builder, "TCP Keepalive Interval", 10);
        }

        builder.Multiplexing = false; // transactions and COPY need a connection of their own
        builder.Enlist = false;
        builder.PersistSecurityInfo = false;
    }

    private static bool IsElsewhere(string host)
    {
        var name = host.Split(':') is [var first, _] ? first : host; // several hosts have their ports with them
        return !(name.StartsWith('/') || name.StartsWith('@') || name == "localhost" || (IPAddress.TryParse(name, out var address) && IPAddress.IsLoopback(address)));
    }

    // A unix socket does not know these options, and refuses them.
    private static bool IsTcp(NpgsqlConnectionStringBuilder builder) => !builder.Host!.Split(',').Any(host => host.StartsWith('/') || host.StartsWith('@'));

    /// <summary>Limits of time are set for each operation: one for all of them would be wrong for most.</summary>
    private string With(Func<int, int> poolSize, TimeSpan readTimeout)
    {
        var builder = new NpgsqlConnectionStringBuilder(_completed) { CommandTimeout = (int)Math.Ceiling(readTimeout.TotalSeconds) };
        builder.MaxPoolSize = poolSize(builder.MaxPoolSize);
        builder.MinPoolSize = Math.Min(builder.MinPoolSize, builder.MaxPoolSize);
        return builder.ConnectionString;
    }

    private static void SetDefault(NpgsqlConnectionStringBuilder builder, string keyword, object value)
    {
        if (!builder.Keys.Contains(keyword, StringComparer.OrdinalIgnoreCase))
        {
            builder[keyword] = value;
        }
    }
}
