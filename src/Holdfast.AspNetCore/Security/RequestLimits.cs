using Holdfast.Access;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Security;

/// <summary>Keeps one caller from taking what is there for all. Whoever is on this machine while there are no keys has no limits.</summary>
internal sealed class RequestLimits(Func<AccessLimits> limits, TimeProvider time)
{
    private readonly RateTable _requests = new(time);
    private readonly RateTable _failures = new(time);

    /// <summary>Why a request has to wait; null: it has not.</summary>
    /// <param name="caller">Null: nobody is known.</param>
    public Refusal? Take(HttpContext context, Permission permission, Caller? caller, string address)
    {
        if (caller == Caller.Local)
        {
            return null;
        }

        var now = limits();
        var (kind, perMinute) = permission switch
        {
            Permission.EventsWrite or Permission.Broadcast => ("ingest", now.IngestPerMinute),
            Permission.Read or Permission.AuditRead or Permission.Known or Permission.None => ("read", now.ReadsPerMinute), // also those that have to be POST
            _ => HttpMethods.IsGet(context.Request.Method) ? ("read", now.ReadsPerMinute) : ("write", now.WritesPerMinute),
        };
        return _requests.Take($"{kind} {caller?.KeyId ?? caller?.Name ?? address}", perMinute) is { } wait
            ? Refusal.TooMany($"This {(caller is null ? "address" : "key")} may send {perMinute:F0} requests of this kind in a minute.", wait)
            : null;
    }

    /// <summary>
    /// Counts what was shown and was not good; beyond the limit the address is told to wait. Who shows something good is let in all the same:
    /// 256 bits are not found by trying, and whoever tries would lock out all others behind the same address.
    /// </summary>
    public TimeSpan? TakeFailure(string address) => _failures.Take(address, limits().FailuresPerMinute);
}
