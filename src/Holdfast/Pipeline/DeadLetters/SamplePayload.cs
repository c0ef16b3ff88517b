using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.Pipeline.DeadLetters;

/// <summary>
/// A sample as an operator writes it: <c>{name, labels, unit, kind, timestamp, value}</c>, the timestamp in unix milliseconds. Kind and unit
/// stay what they were when they are not written.
/// </summary>
internal static class SamplePayload
{
    private static readonly string[] Known = ["name", "labels", "unit", "kind", "timestamp", "value"];

    public static EditedPayload Read(DeadLetter letter, JsonObject payload, TimeProvider time)
    {
        var errors = new List<EventError>();
        errors.AddRange(payload.Where(member => !Known.Contains(member.Key))
            .Select(member => new EventError("unknown_field", member.Key, $"There is no such field. Known: {string.Join(", ", Known)}.")));
        var old = TryReadSeries(letter);
        var unit = Text(payload, "unit", errors) ?? old?.Unit ?? "";
        var kind = ReadKind(payload, errors) ?? old?.Kind ?? SeriesKind.Gauge;
        var series = ReadSeries(payload, unit, kind, time, errors);
        var timestamp = Number(payload, "timestamp", "unix milliseconds", errors);
        var value = Number(payload, "value", "a finite number", errors);
        if (errors.Count > 0 || series is null)
        {
            return EditedPayload.Faulty(errors);
        }

        var sample = new Sample(series, (long)timestamp, value);
        var bytes = SampleCodec.Encode([sample]);
        return new EditedPayload(bytes, DeadLetterPayload.Of(sample, bytes), SampleCodec.Version, []);
    }

    private static SeriesDefinition? ReadSeries(JsonObject payload, string unit, SeriesKind kind, TimeProvider time, List<EventError> errors)
    {
        var labels = ReadLabels(payload, errors);
        if (Text(payload, "name", errors) is not { } name)
        {
            errors.Add(new EventError("required_fields", "name", "It is missing."));
            return null;
        }

        // A registry of its own: what an operator tries must not count among the active series.
        var series = new SeriesRegistry(() => new SeriesOptions(), time).Resolve(name, labels, unit, kind, out var fault);
        if (fault != SeriesFault.None)
        {
            errors.Add(new EventError("series", fault == SeriesFault.Name ? "name" : "labels", Explain(fault)));
        }

        return series;
    }

    private static KeyValuePair<string, string>[] ReadLabels(JsonObject payload, List<EventError> errors)
    {
        if (payload["labels"] is null)
        {
            return [];
        }

        if (payload["labels"] is JsonObject labels && labels.All(label => label.Value?.GetValueKind() == JsonValueKind.String))
        {
            return [.. labels.Select(label => KeyValuePair.Create(label.Key, label.Value!.GetValue<string>()))];
        }

        errors.Add(new EventError("data_types", "labels", "It must be an object of texts."));
        return [];
    }

    private static SeriesKind? ReadKind(JsonObject payload, List<EventError> errors)
    {
        switch (Text(payload, "kind", errors))
        {
            case null:
                return null;
            case "gauge":
                return SeriesKind.Gauge;
            case "counter":
                return SeriesKind.Counter;
            default:
                errors.Add(new EventError("data_types", "kind", "It must be gauge or counter."));
                return null;
        }
    }

    private static string? Text(JsonObject payload, string name, List<EventError> errors)
    {
        if (payload[name] is not { } value)
        {
            return null;
        }

        if (value.GetValueKind() == JsonValueKind.String)
        {
            return value.GetValue<string>();
        }

        errors.Add(new EventError("data_types", name, "It must be a text."));
        return null;
    }

    private static double Number(JsonObject payload, string name, string what, List<EventError> errors)
    {
        if (payload[name] is { } value && value.GetValueKind() == JsonValueKind.Number && value.AsValue().TryGetValue(out double number)
            && double.IsFinite(number) && Math.Abs(number) <= (name == "timestamp" ? DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() : double.MaxValue))
        {
            return number;
        }

        errors.Add(new EventError(payload[name] is null ? "required_fields" : "data_types", name, $"It must be a number: {what}."));
        return 0;
    }

    private static SeriesDefinition? TryReadSeries(DeadLetter letter)
    {
        try
        {
            var at = 0;
            return letter.FormatVersion == SampleCodec.Version && SampleCodec.ReadDictionary(letter.Payload, ref at) is [var only] ? only : null;
        }
        catch (InvalidDataException)
        {
            return null; // it was dead-lettered because nobody could read it
        }
    }

    private static string Explain(SeriesFault fault)
    {
        var limits = new SeriesOptions();
        return fault switch
        {
            SeriesFault.Name => $"It must have 1 to {limits.NameCharactersMax} characters.",
            SeriesFault.LabelCount => $"There may be up to {limits.LabelsMax}.",
            SeriesFault.LabelKey => $"A key must have 1 to {limits.NameCharactersMax} characters.",
            SeriesFault.LabelValue => $"A value may have up to {limits.LabelValueCharactersMax} characters.",
            _ => "The series cannot be taken.",
        };
    }
}
