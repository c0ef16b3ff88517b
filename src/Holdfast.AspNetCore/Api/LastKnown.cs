using System.Text.Json;
using Holdfast.Pipeline;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary>
/// An answer of the store, kept until the next one: while the store is away the last one is told, and that it is an old one. For what people look
/// at when the database is in trouble; lists with filters are not kept. One value in memory. Safe for concurrent use.
/// </summary>
internal sealed class LastKnown<T>(StoreState state, TimeProvider time)
    where T : class
{
    private volatile Known? _known;

    /// <summary>What the store says; what it said last when it is away; null when it never said anything, and that was answered.</summary>
    public async Task<Known?> ReadAsync(HttpContext context, Func<CancellationToken, ValueTask<T>> read)
    {
        if (_known is { } last && !state.Now.Available)
        {
            return last with { IsStale = true };
        }

        if (!await StoreGate.OpenAsync(context, state))
        {
            return null;
        }

        try
        {
            // Read before it is asked: what is told is not younger than it says.
            var asOf = time.GetUtcNow();
            return _known = new Known(await read(context.RequestAborted), asOf, IsStale: false);
        }
        catch (StoreUnavailableException) when (_known is { } known)
        {
            return known with { IsStale = true };
        }
    }

    /// <param name="Value">What the store said.</param>
    /// <param name="AsOf">When.</param>
    /// <param name="IsStale">The store is away; by now it may be different.</param>
    public sealed record Known(T Value, DateTimeOffset AsOf, bool IsStale)
    {
        /// <summary>Says so in the answer.</summary>
        public void WriteAge(Utf8JsonWriter json)
        {
            json.WriteBoolean("stale"u8, IsStale);
            json.WriteString("as_of"u8, AsOf.UtcDateTime);
        }
    }
}
