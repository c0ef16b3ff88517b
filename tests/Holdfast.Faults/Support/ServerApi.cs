using System.Net;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Holdfast.Faults.Support;

/// <summary>The server's answers, read as any client would read them.</summary>
internal sealed class ServerApi : IDisposable
{
    private const int PageMax = 500;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(25);

    private readonly HttpClient _http;

    public ServerApi(Uri server)
    {
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = server, Timeout = TimeSpan.FromSeconds(20) };
        Letters = new LettersApi(_http);
    }

    public LettersApi Letters { get; }

    public async Task<LedgerReading> LedgerAsync(CancellationToken cancellationToken) =>
        LedgerReading.Parse(await _http.GetFromJsonAsync<JsonElement>("api/ledger", cancellationToken));

    /// <summary>Waits until everything that was acknowledged has left the spool, one way or another.</summary>
    public async Task<LedgerReading> WhenSettledAsync(CancellationToken cancellationToken)
    {
        LedgerReading? last = null;
        while (last is not { StoreCurrent: true, Events.Spooled: 0 })
        {
            await Task.Delay(Poll, cancellationToken);
            last = await LedgerAsync(cancellationToken);
        }

        return last;
    }

    /// <summary>Waits until so many events are parked.</summary>
    public async Task WhenParkedAsync(long events, CancellationToken cancellationToken)
    {
        while ((await LedgerAsync(cancellationToken)).Events.Parked != events)
        {
            await Task.Delay(Poll, cancellationToken);
        }
    }

    /// <summary>Everything that is stored, newest first.</summary>
    public async IAsyncEnumerable<JsonElement> EventsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var cursor = ""; ;)
        {
            var page = await _http.GetFromJsonAsync<JsonElement>($"api/events?limit={PageMax}{cursor}", cancellationToken);
            foreach (var item in page.GetProperty("items").EnumerateArray())
            {
                yield return item;
            }

            if (page.GetProperty("next_cursor").GetString() is not { } next)
            {
                yield break;
            }

            cursor = $"&cursor={Uri.EscapeDataString(next)}";
        }
    }

    /// <summary>Waits until an event is stored.</summary>
    public async Task WhenStoredAsync(Guid id, CancellationToken cancellationToken)
    {
        while (!await IsStoredAsync(id, cancellationToken))
        {
            await Task.Delay(Poll, cancellationToken);
        }
    }

    /// <summary>What <c>/health/ready</c> says: <c>pass</c>, <c>warn</c> or <c>fail</c>.</summary>
    public async Task<string> HealthAsync(CancellationToken cancellationToken)
    {
        using var answer = await _http.GetAsync(new Uri("health/ready", UriKind.Relative), cancellationToken);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("status").GetString()!;
    }

    /// <summary>Waits until <c>/health/ready</c> says so.</summary>
    public async Task WhenHealthAsync(string status, CancellationToken cancellationToken)
    {
        while (await HealthAsync(cancellationToken) != status)
        {
            await Task.Delay(Poll, cancellationToken);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<bool> IsStoredAsync(Guid id, CancellationToken cancellationToken)
    {
        using var answer = await _http.GetAsync(new Uri($"api/events?event_id={id}", UriKind.Relative), cancellationToken);
        return answer.StatusCode == HttpStatusCode.OK
            && (await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("items").GetArrayLength() > 0;
    }
}

/// <summary>An answer of <c>GET /api/ledger</c>.</summary>
internal sealed record LedgerReading(LedgerLine Events, LedgerLine Samples, long? Error, bool StoreCurrent)
{
    public static LedgerReading Parse(JsonElement json) => new(
        LedgerLine.Parse(json.GetProperty("events")),
        LedgerLine.Parse(json.GetProperty("samples")),
        json.GetProperty("error") is { ValueKind: JsonValueKind.Number } error ? error.GetInt64() : null,
        json.GetProperty("store_current").GetBoolean());
}

/// <summary>The terms of one kind of row.</summary>
internal sealed record LedgerLine(long Received, long Stored, long DeadLettered, long Parked, long Spooled, long Duplicates, long Discarded, long Lost)
{
    public static LedgerLine Parse(JsonElement json) => new(
        Term(json, "received"), Term(json, "stored"), Term(json, "dead_lettered"), Term(json, "parked"),
        Term(json, "spooled"), Term(json, "duplicates"), Term(json, "discarded"), Term(json, "lost"));

    private static long Term(JsonElement json, string name) => json.GetProperty(name).GetInt64();
}
