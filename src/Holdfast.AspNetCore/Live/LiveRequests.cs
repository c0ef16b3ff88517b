using System.Text.Json;
using Holdfast.Monitoring;

namespace Holdfast.AspNetCore.Live;

/// <summary>What a watcher says: the client's frames, by which its outbox is set. Nonsense is answered and nothing else comes of it.</summary>
internal sealed class LiveRequests(LiveContext context, Outbox outbox, Watcher watcher)
{
    private const int WordCharsMax = 32;

    // Half of the time after which a page reports again.
    private static readonly TimeSpan CountedEvery = TimeSpan.FromSeconds(5);

    private long? _countedAt;

    public void Handle(ReadOnlyMemory<byte> frame)
    {
        try
        {
            using var document = JsonDocument.Parse(frame, new JsonDocumentOptions { MaxDepth = 8 });
            Handle(document.RootElement);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // The second kind: a text with half of a surrogate pair is noticed only when it is read.
            Refuse("frame", $"Not JSON: {fault.Message}");
        }
    }

    private void Handle(JsonElement frame)
    {
        if (frame.ValueKind != JsonValueKind.Array || frame.GetArrayLength() < 2 || frame[0].ValueKind != JsonValueKind.String)
        {
            Refuse("frame", "An array is wanted whose first element is the type: [\"sub\", topic].");
            return;
        }

        Dispatch(frame[0].GetString()!, frame[1]);
    }

    private void Dispatch(string type, JsonElement argument)
    {
        switch (type)
        {
            case "sub" or "unsub":
                Subscribe(argument, wanted: type == "sub");
                break;
            case "pong" when argument.ValueKind == JsonValueKind.Number && argument.TryGetInt64(out var sent):
                var rtt = context.Time.GetUtcNow().ToUnixTimeMilliseconds() - sent;
                watcher.RoundTripMilliseconds = Math.Max(0, rtt);
                outbox.OfferOwn(You(Math.Max(0, rtt)));
                break;
            case "m" when argument.ValueKind == JsonValueKind.Object:
                Report(new WatcherReport(NumberOf(argument, "e2e_p95_ms"), (long?)NumberOf(argument, "gaps"), TextOf(argument, "mode"), TextOf(argument, "wanted")));
                break;
            default:
                Refuse("type", $"'{Cut(type)}' is not known here or its argument is not of the right form. Known: sub, unsub, pong, m.");
                break;
        }
    }

    /// <summary>What a watcher says may be anything; what no page measures is not said.</summary>
    private static double? NumberOf(JsonElement report, string name) =>
        report.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.Number && member.TryGetDouble(out var value) && value is >= 0 and < 1e12 ? value : null;

    private static string? TextOf(JsonElement report, string name) =>
        report.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? Cut(member.GetString()!) : null;

    // It is kept, or said again: no longer than any word that means something here.
    private static string Cut(string said) => said.Length <= WordCharsMax ? said : said[..WordCharsMax];

    /// <summary>Kept for who asks, and counted now and then: a watcher that reports a thousand times a second is one watcher.</summary>
    private void Report(WatcherReport report)
    {
        var before = watcher.Report;
        watcher.Report = report;
        var now = context.Time.GetTimestamp();
        if (_countedAt is { } last && context.Time.GetElapsedTime(last, now) < CountedEvery)
        {
            return;
        }

        _countedAt = now;
        context.Reported(before, report);
    }

    private void Subscribe(JsonElement topic, bool wanted)
    {
        switch (topic.ValueKind == JsonValueKind.String ? topic.GetString() : null)
        {
            case "overview":
                var isNews = wanted && !outbox.WantsOverview;
                outbox.WantsOverview = wanted;
                if (isNews)
                {
                    // Series that came meanwhile were not told to it.
                    outbox.Offer(new ControlUpdate(LiveFrames.Series(context.Broadcaster.Series.Entries())));
                }

                break;
            case "events":
                outbox.WantsEvents = wanted;
                break;
            default:
                Refuse("topic", "Known topics: overview, events.");
                break;
        }
    }

    private void Refuse(string field, string message) => outbox.Offer(new ControlUpdate(LiveFrames.Problem(field, message)));

    private byte[] You(long rttMilliseconds)
    {
        void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("id"u8, watcher.Id);
            json.WriteNumber("rtt_ms"u8, rttMilliseconds);
            json.WriteEndObject();
        }

        return LiveFrames.Put("overview", context.Broadcaster.Cursor, [("you", Write)]);
    }
}
