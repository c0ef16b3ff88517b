using System.Globalization;
using System.Text;
using System.Xml;
using Holdfast.AspNetCore.Security;
using Holdfast.Pipeline;
using Holdfast.Storage;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary>Reads the parameters of a query string and collects every fault, so that the caller learns of all of them at once.</summary>
internal sealed class QueryReader(IQueryCollection query)
{
    private const int TextMax = 1_024;

    private static readonly long LatestMicroseconds = UnixMicroseconds.From(DateTimeOffset.MaxValue);

    private readonly List<EventError> _errors = [];
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    // The gate has read these.
    private static readonly string[] OfGate = [Credential.TicketParameter, Credential.KeyParameter];

    public IReadOnlyList<EventError> Errors
    {
        get
        {
            var unknown = query.Keys.Where(key => !_known.Contains(key) && !OfGate.Contains(key))
                .Select(key => new EventError("unknown_parameter", key, $"There is no such parameter. Known: {string.Join(", ", _known.Order())}."));
            return [.. _errors, .. unknown];
        }
    }

    /// <summary>What the query string says; null when it has faults and they were answered.</summary>
    public static async Task<T?> ReadAsync<T>(HttpContext context, Func<QueryReader, T> read)
        where T : class
    {
        var reader = new QueryReader(context.Request.Query);
        var query = read(reader);
        if (reader.Errors is not { Count: > 0 } errors)
        {
            return query;
        }

        await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "The query has faults.", errors: errors);
        return null;
    }

    /// <summary>The value; null when it is missing, empty, or not a text that anything could be compared with.</summary>
    public string? Text(string name, int charactersMax = TextMax)
    {
        _known.Add(name);
        var value = query[name].ToString();
        var fault = query[name].Count > 1 ? "Given more than once." : FaultOf(value, charactersMax);
        if (fault is not null)
        {
            Fault(name, fault);
        }

        return fault is null && value.Length > 0 ? value : null;
    }

    public IReadOnlyList<string> Texts(string name)
    {
        _known.Add(name);
        var values = query[name].Where(v => !string.IsNullOrEmpty(v)).Select(v => v!).ToArray();
        foreach (var fault in values.Select(value => FaultOf(value, TextMax)).OfType<string>())
        {
            Fault(name, fault);
        }

        return values;
    }

    public string Required(string name)
    {
        var value = Text(name);
        if (value is null)
        {
            Fault(name, "Missing.");
        }

        return value ?? "";
    }

    public int Int(string name, int fallback, int min, int max)
    {
        if (Text(name) is not { } text)
        {
            return fallback;
        }

        if (int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max)
        {
            return value;
        }

        Fault(name, $"A whole number from {min} to {max} is wanted.");
        return fallback;
    }

    public Guid? Guid(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (System.Guid.TryParseExact(text, "D", out var value))
        {
            return value;
        }

        Fault(name, "A UUID is wanted.");
        return null;
    }

    /// <summary>RFC 3339, or unix milliseconds; from 1970 to 9999, so that no arithmetic with it overflows.</summary>
    public DateTimeOffset? Instant(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (ParseMicroseconds(text) is { } microseconds && microseconds >= 0 && microseconds <= LatestMicroseconds)
        {
            return UnixMicroseconds.ToInstant(microseconds);
        }

        Fault(name, "RFC 3339 (2026-01-31T12:00:00Z) or unix milliseconds are wanted, from 1970 to 9999.");
        return null;
    }

    /// <summary>Seconds (<c>60</c>), or a number with a unit (<c>10s</c>, <c>5m</c>, <c>1h</c>, <c>1d</c>), or ISO 8601 (<c>PT5M</c>).</summary>
    public TimeSpan? Duration(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (ParseDuration(text) is { } duration && duration > TimeSpan.Zero)
        {
            return duration;
        }

        Fault(name, "Seconds (60), a number with a unit (10s, 5m, 1h, 1d) or ISO 8601 (PT5M) are wanted.");
        return null;
    }

    public T Choice<T>(string name, T fallback, IReadOnlyDictionary<string, T> choices)
    {
        if (Text(name) is not { } text)
        {
            return fallback;
        }

        if (choices.TryGetValue(text, out var value))
        {
            return value;
        }

        Fault(name, $"One of {string.Join(", ", choices.Keys)} is wanted.");
        return fallback;
    }

    public void Fault(string name, string message) => _errors.Add(new EventError("parameter", name, message));

    private static string? FaultOf(string value, int charactersMax) =>
        value.Length > charactersMax ? $"Longer than {charactersMax} characters."
        : value.Contains('\0') ? "Has a NUL character, at which a database would end the text."
        : null;

    private static long? ParseMicroseconds(string text)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var milliseconds))
        {
            return Math.Abs((decimal)milliseconds) <= LatestMicroseconds / 1_000 ? milliseconds * 1_000 : null;
        }

        return Rfc3339.TryParse(Encoding.UTF8.GetBytes(text), out var microseconds) ? microseconds : null;
    }

    private static TimeSpan? ParseDuration(string text)
    {
        var unit = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3_600, 'd' => 86_400, _ => 0 };
        var number = unit == 0 ? text : text[..^1];
        if (double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount))
        {
            var seconds = amount * Math.Max(1, unit);
            return seconds < TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(seconds) : null;
        }

        try
        {
            return XmlConvert.ToTimeSpan(text);
        }
        catch (Exception fault) when (fault is FormatException or OverflowException)
        {
            return null;
        }
    }
}
