using System.Text.Json;

namespace Holdfast.Operations;

/// <summary>Operations on the wire.</summary>
internal static class OperationJson
{
    public static IReadOnlyDictionary<string, OperationKind?> Kinds { get; } = Named<OperationKind>();

    public static IReadOnlyDictionary<string, OperationState?> States { get; } = Named<OperationState>();

    public static IReadOnlyDictionary<string, OperationOver?> Overs { get; } =
        new Dictionary<string, OperationOver?>(StringComparer.Ordinal) { ["retries"] = OperationOver.Retries, ["dead_letters"] = OperationOver.DeadLetters };

    public static string NameOf(OperationState state) => state.ToString().ToLowerInvariant();

    public static string NameOf(OperationKind kind) => kind.ToString().ToLowerInvariant();

    public static string NameOf(OperationOver over) => over == OperationOver.Retries ? "retries" : "dead_letters";

    public static void Write(Utf8JsonWriter json, BulkOperation operation)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, operation.Id);
        json.WriteString("kind"u8, NameOf(operation.Kind));
        json.WriteString("over"u8, NameOf(operation.Over));
        json.WritePropertyName("filter"u8);
        json.WriteRawValue(operation.Filter);
        json.WriteString("state"u8, NameOf(operation.State));
        json.WriteString("because"u8, operation.Because);
        WriteNumber(json, "matched", operation.Matched);
        json.WriteNumber("taken"u8, operation.Progress.Taken);
        json.WriteNumber("succeeded"u8, operation.Progress.Succeeded);
        json.WriteNumber("failed"u8, operation.Progress.Failed);
        json.WriteNumber("skipped"u8, operation.Progress.Skipped);
        json.WriteBoolean("canary"u8, operation.Canary);
        json.WriteNumber("step"u8, operation.Step);
        json.WriteNumber("stop_above"u8, operation.StopAbove);
        WriteNumber(json, "rate_per_second", operation.RatePerSecond);
        json.WriteString("actor"u8, operation.Actor);
        json.WriteString("reason"u8, operation.Reason);
        json.WriteString("created_at"u8, operation.CreatedAt.UtcDateTime);
        json.WriteString("cutoff"u8, operation.Cutoff.UtcDateTime);
        if (operation.EndedAt is { } ended)
        {
            json.WriteString("ended_at"u8, ended.UtcDateTime);
        }
        else
        {
            json.WriteNull("ended_at"u8);
        }

        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? number)
    {
        if (number is { } value)
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static Dictionary<string, T?> Named<T>()
        where T : struct, Enum =>
        Enum.GetValues<T>().ToDictionary(value => value.ToString().ToLowerInvariant(), value => (T?)value, StringComparer.Ordinal);
}
