using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.Faults.Support;

/// <summary>Posts events with ids of its own over several connections, and notes what it is told about each.</summary>
internal sealed class Producer(Obligations obligations, ProducerOptions options)
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private static readonly Uri Events = new("api/events", UriKind.Relative);
    private long _refusals;
    private long _withoutRetryAfter;

    /// <summary>Requests that were answered 429 or 503.</summary>
    public long Refusals => Interlocked.Read(ref _refusals);

    /// <summary>Refusals that did not say when to come back.</summary>
    public long RefusalsWithoutRetryAfter => Interlocked.Read(ref _withoutRetryAfter);

    /// <summary>Posts until it is told to stop or the server is gone, and returns when every request has its answer or never will.</summary>
    public async Task RunAsync(Uri server, CancellationToken stop)
    {
        using var http = Connect(server);
        await Task.WhenAll(Enumerable.Range(0, options.Connections).Select(async worker =>
        {
            var random = new Random(HashCode.Combine(options.Seed, worker));
            while (!stop.IsCancellationRequested && await PostAsync(http, NextParcel(random)) is { } refused)
            {
                // Who is refused does not hammer; a test does not wait for as long as Retry-After says either.
                await Task.Delay(refused ? options.PauseWhenRefused : options.Pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }));
    }

    /// <summary>Posts until the load is ended or the server is gone.</summary>
    public Load StartLoad(Uri server, CancellationToken cancellationToken) => new(this, server, cancellationToken);

    /// <summary>Posts one event and returns its id when it was acknowledged, null otherwise.</summary>
    public async Task<Guid?> PostOneAsync(Uri server)
    {
        using var http = Connect(server);
        var parcel = obligations.Next(1);
        return await PostAsync(http, parcel) is false ? obligations.Naming.IdOf(parcel.First) : null;
    }

    /// <summary>Posts so many parcels one after the other, whatever the answers.</summary>
    public async Task PostAsync(Uri server, int parcels, int eventsEach)
    {
        using var http = Connect(server);
        for (var i = 0; i < parcels; i++)
        {
            await PostAsync(http, obligations.Next(eventsEach));
        }
    }

    /// <summary>Posts what was posted before once more, in one request.</summary>
    public async Task RepeatAsync(Uri server, Parcel parcel)
    {
        using var http = Connect(server);
        await PostAsync(http, parcel);
    }

    /// <summary>Posts until the server refuses, at most so many parcels.</summary>
    public async Task<bool> PostUntilRefusedAsync(Uri server, int parcelsMax, int eventsEach)
    {
        using var http = Connect(server);
        for (var i = 0; i < parcelsMax; i++)
        {
            if (await PostAsync(http, obligations.Next(eventsEach)) is not false)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The event of a number as it would be sent without a taint.</summary>
    public JsonNode EventOf(long number)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            WriteEvent(json, number, taint: null);
        }

        return JsonNode.Parse(stream.ToArray())!;
    }

    private HttpClient Connect(Uri server) => new(new SocketsHttpHandler { MaxConnectionsPerServer = options.Connections, UseProxy = false })
    {
        BaseAddress = server,
        Timeout = TimeSpan.FromSeconds(15),
    };

    private Parcel NextParcel(Random random) => random.Next(2) == 0 && obligations.TryTakeUnanswered(out var unanswered)
        ? unanswered
        : obligations.Next(random.Next(1, options.EventsMax + 1));

    /// <summary>True when the parcel was refused, false when it was taken, null when the server is not to be reached any more.</summary>
    private async Task<bool?> PostAsync(HttpClient http, Parcel parcel)
    {
        using var content = new ByteArrayContent(Body(parcel));
        content.Headers.ContentType = Json;
        try
        {
            using var response = await http.PostAsync(Events, content, CancellationToken.None);
            return await NoteAnswerAsync(parcel, response);
        }
        catch (Exception failed) when (failed is HttpRequestException or TaskCanceledException)
        {
            // Even a refused connection proves nothing: the handler may have sent the request over another one before.
            obligations.Note(parcel, Answer.Unknown);
            return null;
        }
    }

    private async Task<bool> NoteAnswerAsync(Parcel parcel, HttpResponseMessage response)
    {
        switch (response.StatusCode)
        {
            case HttpStatusCode.Accepted:
                using (var answer = JsonDocument.Parse(await response.Content.ReadAsStreamAsync()))
                {
                    answer.RootElement.GetProperty("accepted").GetInt32().ShouldBe(parcel.Count, answer.RootElement.ToString());
                }

                obligations.Note(parcel, Answer.Acknowledged);
                return false;
            case HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable:
                Interlocked.Increment(ref _refusals);
                Interlocked.Add(ref _withoutRetryAfter, response.Headers.RetryAfter?.Delta is null ? 1 : 0);
                obligations.Note(parcel, Answer.Refused);
                return true;
            default:
                throw new InvalidOperationException($"Unexpected answer {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        }
    }

    private byte[] Body(Parcel parcel)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartArray();
            for (var i = 0; i < parcel.Count; i++)
            {
                WriteEvent(json, parcel.First + i, options.Taint);
            }

            json.WriteEndArray();
        }

        return stream.ToArray();
    }

    private void WriteEvent(Utf8JsonWriter json, long number, Action<Utf8JsonWriter, long>? taint)
    {
        var text = EventNaming.TextOf(number);
        json.WriteStartObject();
        json.WriteString("event_id", obligations.Naming.IdOf(number));
        json.WriteString("event_type", number % 5 == 0 ? "order.failed" : "order.placed");
        json.WriteString("source", "faults");
        json.WriteStartObject("data");
        json.WriteNumber("number", number);
        json.WriteString("text", text);
        json.WriteNumber("check", EventNaming.CheckOf(number, text));
        taint?.Invoke(json, number);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}

/// <summary>How a producer behaves.</summary>
internal sealed record ProducerOptions
{
    public required int Seed { get; init; }

    public int Connections { get; init; } = 4;

    /// <summary>Writes more into the data of an event; null for nothing.</summary>
    public Action<Utf8JsonWriter, long>? Taint { get; init; }

    /// <summary>Events of a request: 1 to this many.</summary>
    public int EventsMax { get; init; } = 40;

    /// <summary>Between an answer and the next request of the same connection: enough load to be always under way, and few enough events to read them all back.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(10);

    public TimeSpan PauseWhenRefused { get; init; } = TimeSpan.FromMilliseconds(100);
}
