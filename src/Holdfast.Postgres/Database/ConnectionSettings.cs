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

    private readonly string _completed;

    private static readonly string[] PasswordKeywords = ["Password", "PWD", "PSW"];

    private ConnectionSettings(NpgsqlConnectionStringBuilder builder)
    {
        _completed = builder.ConnectionString;
        User = builder.Username ?? "";
        Database = builder.Database is { Length: > 0 } database ? database : User;
        Server = builder.Host?.StartsWith('/') == true ? $"{builder.Host} (port {builder.Port})" : $"{builder.Host}:{builder.Port}";
    }

    public string Server { get; }
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
