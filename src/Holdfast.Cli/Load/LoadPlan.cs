using System.Text.Json;

namespace Holdfast.Cli.Load;

/// <summary>What is sent, and when. Pure.</summary>
/// <param name="Rate">Events a second; 0: as many as the connections bear.</param>
/// <param name="Duration">How long is sent.</param>
/// <param name="BatchSize">Events of one request.</param>
/// <param name="Type">Type of the events.</param>
internal sealed record LoadPlan(double Rate, TimeSpan Duration, int BatchSize, string Type)
{
    /// <summary>Events that a plan with a rate has.</summary>
    public long Events => (long)(Rate * Duration.TotalSeconds);

    /// <summary>Requests that a plan with a rate has.</summary>
    public long Requests => (Events + BatchSize - 1) / BatchSize;

    /// <summary>When a request is due, since the beginning; null: as soon as there is a connection for it.</summary>
    public TimeSpan? DueAt(long request) => Rate == 0 ? null : TimeSpan.FromSeconds(request * BatchSize / Rate);

    /// <summary>Events of a request; the last one may have fewer.</summary>
    public int SizeOf(long request) => Rate == 0 ? BatchSize : (int)Math.Min(BatchSize, Events - (request * BatchSize));

    /// <summary>The events of a request, each different from every other one.</summary>
    public byte[] BodyOf(long request)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartArray();
            for (var item = 0; item < SizeOf(request); item++)
            {
                json.WriteStartObject();
                json.WriteString("event_type"u8, Type);
                json.WriteString("source"u8, "holdfast-load"u8);
                json.WriteStartObject("data"u8);
                json.WriteNumber("request"u8, request);
                json.WriteNumber("item"u8, item);
                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return body.ToArray();
    }
}
