using System.Text.Json;
using Holdfast.Flags;
using Holdfast.Flags.Rules;

namespace Holdfast.AspNetCore.Flags;

/// <summary>Evaluations as OFREP 0.3.0 has them.</summary>
internal static class OfrepJson
{
    public const string InvalidContext = "INVALID_CONTEXT";

    public static string NameOf(FlagReason reason) => reason switch
    {
        FlagReason.Static => "STATIC",
        FlagReason.Default => "DEFAULT",
        FlagReason.TargetingMatch => "TARGETING_MATCH",
        FlagReason.Split => "SPLIT",
        FlagReason.Disabled => "DISABLED",
        _ => "ERROR",
    };

    public static string NameOf(FlagError error) => error == FlagError.FlagNotFound ? "FLAG_NOT_FOUND" : "TARGETING_KEY_MISSING";

    /// <summary>A value with its reason, or an error: a client falls back to the default in its own code then.</summary>
    public static void Write(Utf8JsonWriter json, FlagEvaluation evaluation)
    {
        json.WriteStartObject();
        json.WriteString("key"u8, evaluation.Name);
        if (evaluation.Error is { } error)
        {
            json.WriteString("errorCode"u8, NameOf(error));
            json.WriteString("errorDetails"u8, DetailsOf(error));
        }
        else
        {
            WriteValue(json, evaluation);
        }

        json.WriteEndObject();
    }

    public static void WriteError(Utf8JsonWriter json, string? key, string code, string details)
    {
        json.WriteStartObject();
        if (key is not null)
        {
            json.WriteString("key"u8, key);
        }

        json.WriteString("errorCode"u8, code);
        json.WriteString("errorDetails"u8, details);
        json.WriteEndObject();
    }

    public static string DetailsOf(FlagError error) =>
        error == FlagError.FlagNotFound ? "There is no such flag." : "A percentage decides, and the context has no targetingKey.";

    private static void WriteValue(Utf8JsonWriter json, FlagEvaluation evaluation)
    {
        json.WritePropertyName("value"u8);
        evaluation.Value!.Value.WriteTo(json);
        json.WriteString("reason"u8, NameOf(evaluation.Reason));
        if (evaluation.Variant is { } variant)
        {
            json.WriteString("variant"u8, variant);
        }

        json.WriteStartObject("metadata"u8);
        json.WriteString("apply"u8, FlagRuleJson.NameOf(evaluation.Apply));
        if (evaluation.Bucket is { } bucket)
        {
            json.WriteNumber("bucket"u8, bucket);
        }

        json.WriteEndObject();
    }
}
