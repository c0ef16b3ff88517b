using Holdfast.Monitoring;
using Holdfast.Pipeline;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary><c>GET /api/series?name&amp;label=k:v&amp;since&amp;until&amp;step&amp;agg</c>: points of stored series.</summary>
internal sealed class SeriesApi(ITelemetryStore store, StoreState state, TimeProvider time)
{
    /// <summary>Points of one series in one answer.</summary>
    public const int PointsMax = 11_000;

    private static readonly TimeSpan StepMax = TimeSpan.FromDays(3_660);

    // Steps are rounded up beyond the end: a decade before instants end there is always room for one.
    private static readonly DateTimeOffset Latest = new(9_989, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Dictionary<string, Aggregation> Aggregations = new(StringComparer.Ordinal)
    {
        ["avg"] = Aggregation.Avg,
        ["min"] = Aggregation.Min,
        ["max"] = Aggregation.Max,
        ["sum"] = Aggregation.Sum,
        ["last"] = Aggregation.Last,
        ["rate"] = Aggregation.Rate,
    };

    public async Task QueryAsync(HttpContext context)
    {
        var reader = new QueryReader(context.Request.Query);
        var query = Read(reader);
        if (reader.Errors is { Count: > 0 } errors)
        {
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "The query has faults.", errors: errors);
            return;
        }

        if (!await StoreGate.OpenAsync(context, state))
        {
            return;
        }

        var results = await store.QuerySeriesAsync(query, context.RequestAborted);
        await WriteAsync(context, results);
    }

    private SeriesQuery Read(QueryReader reader)
    {
        var name = reader.Required("name");
        var labels = Labels(reader);
        var until = reader.Instant("until") ?? time.GetUtcNow();
        var since = reader.Instant("since") ?? until - TimeSpan.FromHours(1);
        var range = until - since;
        if (range <= TimeSpan.Zero)
        {
            reader.Fault("since", "Must lie before until.");
        }

        var step = reader.Duration("step") ?? DefaultStep(range);
        if (until > Latest)
        {
            reader.Fault("until", $"Nothing after {Latest:yyyy} can be asked for.");
        }

        if (step > StepMax)
        {
            reader.Fault("step", $"At most {StepMax.TotalDays:F0} days are wanted.");
        }
        else if (step < TimeSpan.FromSeconds(1) || step.Ticks % TimeSpan.TicksPerSecond != 0)
        {
            reader.Fault("step", "Whole seconds are wanted, at least 1.");
        }
        else if (range / step > PointsMax)
        {
            reader.Fault("step", $"More than {PointsMax} points a series. Ask for a larger step or a shorter range.");
        }

        return new SeriesQuery
        {
            Name = name,
            Labels = labels,
            Since = since,
            Until = until,
            Step = step,
            Aggregation = reader.Choice("agg", Aggregation.Avg, Aggregations),
            SeriesMax = reader.Int("limit", 100, 1, 500),
        };
    }

    private static Dictionary<string, string> Labels(QueryReader reader)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in reader.Texts("label"))
        {
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
            {
                reader.Fault("label", $"'{text}' is not of the form key:value.");
                continue;
            }

            labels[text[..colon]] = text[(colon + 1)..];
        }

        return labels;
    }

    // About 600 points, as many as a chart shows, in whole seconds.
    private static TimeSpan DefaultStep(TimeSpan range) => TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling(range.TotalSeconds / 600)));

    private static Task WriteAsync(HttpContext context, IReadOnlyList<SeriesResult> results) => Answer.JsonAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("items"u8);
        foreach (var result in results)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, result.Series.Name);
            json.WritePropertyName("labels"u8);
            json.WriteRawValue(result.Series.LabelsJson, skipInputValidation: true);
            json.WriteString("unit"u8, result.Series.Unit);
            json.WriteString("kind"u8, result.Series.Kind == SeriesKind.Counter ? "counter"u8 : "gauge"u8);
            json.WriteNumber("step_seconds"u8, (long)result.Step.TotalSeconds);
            json.WriteStartArray("points"u8);
            foreach (var (at, value) in result.Points)
            {
                json.WriteStartArray();
                json.WriteNumberValue(at);
                LiveSeriesJson.WriteNumber(json, value);
                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNull("next_cursor"u8);
        json.WriteEndObject();
    });
}
