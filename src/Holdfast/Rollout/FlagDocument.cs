using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Holdfast.Flags;
using Holdfast.Flags.Rules;

namespace Holdfast.Rollout;

/// <summary>What a flag says at run time: a value for everybody, or a rule, which a rollout may be moving.</summary>
internal sealed record FlagDocument(JsonElement? Value, FlagRule? Rule, GuardedRollout? Rollout = null)
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = FlagLimits.JsonDepthMax };

    public string ToJson()
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            WriteMembers(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    public void WriteMembers(Utf8JsonWriter json)
    {
        if (Value is { } value)
        {
            json.WritePropertyName("value"u8);
            value.WriteTo(json);
        }

        if (Rule is { } rule)
        {
            json.WritePropertyName("rule"u8);
            FlagRuleJson.Write(json, rule);
        }

        if (Rollout is { } rollout)
        {
            json.WritePropertyName("rollout"u8);
            RolloutJson.Write(json, rollout);
        }
    }

    /// <summary>What was stored; null when it cannot be used, with the faults.</summary>
    public static FlagDocument? Parse(string text, FlagDefinition? definition, List<FlagFault> faults)
    {
        JsonElement root;
        try
        {
            using var document = JsonDocument.Parse(text, Strict);
            root = document.RootElement.Clone();
        }
        catch (JsonException fault)
        {
            faults.Add(new FlagFault("", fault.Message));
            return null;
        }

        var read = Read(root, definition, faults);
        return faults.Count == 0 ? read with { Rule = read.Rule is { } rule ? rule with { Fingerprint = FingerprintOf(text) } : null } : null;
    }

    private static FlagDocument Read(JsonElement root, FlagDefinition? definition, List<FlagFault> faults)
    {
        var fields = new FlagFields(root, "", faults);
        FlagRule? rule = fields.Find("rule") is { } ruleJson ? FlagRuleReader.Read(ruleJson, definition, faults) : null;
        GuardedRollout? rollout = fields.Find("rollout") is { } rolloutJson ? RolloutJson.Read(rolloutJson, "rollout", faults) : null;
        var value = fields.Find("value");
        fields.RefuseUnknown();
        if (rule is null == value is null)
        {
            faults.Add(new FlagFault("value", "Either a value or a rule is wanted."));
        }

        return new FlagDocument(value, rule, rollout);
    }

    private static string FingerprintOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
}
