using System.Text.Json;

namespace Holdfast.Flags.Rules;

/// <summary>Evaluates flags over the layers of one moment: the operator's layers win over rules, and what has no rule is the same for everybody.</summary>
internal static class FlagAnswers
{
    public static FlagEvaluation Evaluate(FlagSnapshot now, string name, FlagContext context, bool explain = false) =>
        now.Values.TryGetValue(name, out var value) ? OfSetting(now, value, context, explain)
        : now.Stack[FlagOrigin.Override].TryGetValue(name, out var said) && Fits(now, name, (JsonElement)said) ? Overridden(name, (JsonElement)said, FlagOrigin.Override, explain)
        : now.Rules.TryGetValue(name, out var rule) ? FlagEvaluator.Evaluate(name, rule, context, explain)
        : new FlagEvaluation(name, null, null, FlagReason.Error, FlagOrigin.Default) { Error = FlagError.FlagNotFound, Trace = explain ? [$"There is no flag {name}."] : [] };

    /// <summary>The flags that clients are told of: users' flags, and the settings made for clients; in the order of their names.</summary>
    public static IEnumerable<string> ForClients(FlagSnapshot now) => now.Values.Values
        .Where(value => value.Definition.ForClients).Select(value => value.Definition.Name)
        .Union(now.Rules.Keys)
        .Union(now.Stack[FlagOrigin.Override].Keys.Where(FlagNaming.IsUsers))
        .Order(StringComparer.Ordinal);

    private static FlagEvaluation OfSetting(FlagSnapshot now, FlagValue value, FlagContext context, bool explain)
    {
        var name = value.Definition.Name;
        return value.Origin == FlagOrigin.Runtime && now.Rules.TryGetValue(name, out var rule)
            ? FlagEvaluator.Evaluate(name, rule, context, explain)
            : Overridden(name, ToJson(value.Value), value.Origin, explain) with { Apply = value.Origin < FlagOrigin.Runtime ? FlagApply.Immediate : value.Definition.Apply };
    }

    private static FlagEvaluation Overridden(string name, JsonElement value, FlagOrigin origin, bool explain) => new(name, value, null, FlagReason.Static, origin)
    {
        Trace = explain ? [$"The layer {origin.ToString().ToLowerInvariant()} decides, for everybody: {value.GetRawText()}."] : [],
    };

    /// <summary>An override of another type than the flag's is passed over: a client could do nothing with it.</summary>
    private static bool Fits(FlagSnapshot now, string name, JsonElement said) =>
        !now.Rules.TryGetValue(name, out var rule) || FlagParser.Json(new FlagDefinition(name, rule.Type, "", ""), said).Fault is null;

    private static JsonElement ToJson(object value) => value is JsonElement json ? json : JsonSerializer.SerializeToElement(value, value.GetType());
}
