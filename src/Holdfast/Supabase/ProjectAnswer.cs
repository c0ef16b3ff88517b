using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace Holdfast.Supabase;

/// <summary>What the project answered.</summary>
/// <param name="Status">The status code.</param>
/// <param name="RetryAfter">When it wants to be asked again; null: it did not say.</param>
/// <param name="Rate">What is left of its limit; null: it did not say.</param>
/// <param name="Detail">The beginning of what it says of a failure.</param>
internal sealed record ProjectAnswer(HttpStatusCode Status, TimeSpan? RetryAfter, ProjectRate? Rate, string Detail)
{
    public bool IsAccepted => (int)Status is >= 200 and < 300;

    public bool IsThrottled => Status == HttpStatusCode.TooManyRequests;

    /// <summary>Nothing that is sent will be taken until somebody changes a setting, here or there. That the project is elsewhere is one of these: the key is sent nowhere else.</summary>
    public bool IsRefused => Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound || ((int)Status < 400 && !IsAccepted);

    /// <summary>The same request would fail for ever; others need not.</summary>
    public bool IsRejected => (int)Status is >= 400 and < 500 && !IsThrottled && !IsRefused && Status != HttpStatusCode.RequestTimeout;

    public bool TooManyMessages => IsThrottled && Detail.Contains("reduce the batch size", StringComparison.OrdinalIgnoreCase);

    public static ProjectAnswer Of(HttpResponseMessage response, string detail, DateTimeOffset now) =>
        new(response.StatusCode, RetryAfterOf(response.Headers.RetryAfter, now), ProjectRate.Of(response.Headers), detail);

    private static TimeSpan? RetryAfterOf(RetryConditionHeaderValue? header, DateTimeOffset now)
    {
        var after = header?.Delta ?? (header?.Date - now);
        return after < TimeSpan.Zero ? TimeSpan.Zero : after;
    }
}

/// <summary>The project's limit of messages a second.</summary>
/// <param name="Limit">How many there may be.</param>
/// <param name="Remaining">How many more at this moment.</param>
internal sealed record ProjectRate(double Limit, double Remaining)
{
    /// <summary>Less than a fifth is left: others publish too, and everybody who watches counts.</summary>
    public bool IsShort => Remaining < Limit / 5;

    public static ProjectRate? Of(HttpResponseHeaders headers) =>
        Number(headers, "x-rate-limit") is { } limit && Number(headers, "x-rate-limit-remaining") is { } remaining ? new ProjectRate(limit, remaining) : null;

    private static double? Number(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values) && double.TryParse(values.First(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : null;
}
