using System.Text.Json;
using Holdfast.Pipeline;

namespace Holdfast.AspNetCore.Api;

/// <summary>The body of an operator's request to a breaker: <c>{"reason": "...", "duration_seconds": 60}</c>; empty when nothing is said.</summary>
internal sealed record BreakerCommand(string? Reason, TimeSpan? Duration)
{
    /// <summary>Bytes of a body.</summary>
    public const int BytesMax = 4 << 10;

    private const int ReasonMax = 500;
    private const double SecondsMax = 365 * 86_400;

    /// <summary>Reads a body; returns null with every fault that it has.</summary>
    public static BreakerCommand? Read(ReadOnlyMemory<byte> body, bool wantsDuration, out IReadOnlyList<EventError> errors)
    {
        var faults = new List<EventError>();
        errors = faults;
        var command = body.Length == 0 ? new BreakerCommand(null, null) : ReadObject(body, wantsDuration, faults);
        if (wantsDuration && faults.Count == 0 && command?.Duration is null)
        {
            faults.Add(new EventError("required_fields", "duration_seconds", "Missing: for how many seconds nothing is let through."));
        }

        return faults.Count == 0 ? command : null;
    }

    private static BreakerCommand? ReadObject(ReadOnlyMemory<byte> body, bool wantsDuration, List<EventError> faults)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document.RootElement.EnumerateObject().Aggregate(
                    new BreakerCommand(null, null), (command, member) => command.With(member, wantsDuration, faults));
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // Told below, in the same words as everything else that is no object. The second is a text that is none: half of a surrogate pair.
        }

        faults.Add(new EventError("json", "body", "A JSON object is wanted, or nothing."));
        return null;
    }

    private BreakerCommand With(JsonProperty member, bool wantsDuration, List<EventError> faults)
    {
        switch (member.Name)
        {
            // PostgreSQL stores no NUL, and the audit must hold what was said.
            case "reason" when member.Value.ValueKind == JsonValueKind.String && member.Value.GetString() is { Length: <= ReasonMax } reason && !reason.Contains('\0'):
                return this with { Reason = string.IsNullOrWhiteSpace(reason) ? null : reason };
            case "reason":
                faults.Add(new EventError("data_types", "reason", $"A text of at most {ReasonMax} characters is wanted, none of them NUL."));
                return this;
            case "duration_seconds" when wantsDuration && member.Value.ValueKind == JsonValueKind.Number
                                         && member.Value.TryGetDouble(out var seconds) && seconds is >= 0.001 and <= SecondsMax:
                return this with { Duration = TimeSpan.FromSeconds(seconds) };
            case "duration_seconds" when wantsDuration:
                faults.Add(new EventError("data_types", "duration_seconds", $"A number of seconds above 0 and up to {SecondsMax} is wanted."));
                return this;
            default:
                faults.Add(new EventError("unknown_field", member.Name, $"There is no such field. Known: reason{(wantsDuration ? ", duration_seconds" : "")}."));
                return this;
        }
    }
}
