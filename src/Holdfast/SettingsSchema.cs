using System.Text.Json;
using Holdfast.BuiltIn.Rooms;
using Holdfast.BuiltIn.Sql;
using Holdfast.Flags;
using Holdfast.Health;
using Holdfast.Pipeline;
using Holdfast.Retries;
using Holdfast.Supabase;

namespace Holdfast;

/// <summary>Every setting with every rule: also those that only the capability knows that reads them.</summary>
internal static class SettingsSchema
{
    public static FlagSchema Product { get; } = FlagSchema.Product
        .WithRule(FlagNames.Redact, value => EventRedaction.FaultOf((string)value))
        .WithRule(FlagNames.RetryPolicies, value => RetryPolicyJson.Fault((JsonElement)value))
        .WithRule(FlagNames.SqlConnections, value => SqlOptions.FaultInConnections((JsonElement)value))
        .WithRule(FlagNames.SqlAllow, value => SqlOptions.FaultInAllowed((JsonElement)value))
        .WithRule(FlagNames.Rooms, value => RoomSettings.FaultOf((JsonElement)value))
        .WithRule(FlagNames.SupabaseUrl, value => SupabaseOptions.FaultOfUrl((string)value))
        .WithRule(FlagNames.SupabaseTable, value => SupabaseOptions.FaultOfTable((string)value))
        .WithRule(FlagNames.HealthChecks, value => HealthSettingsJson.FaultInChecks((JsonElement)value))
        .WithRule(FlagNames.HealthRules, value => HealthSettingsJson.FaultInRules((JsonElement)value))
        .WithRule(FlagNames.CallbackAllow, value => CallbackAllowList.FaultOf((string)value));
}
