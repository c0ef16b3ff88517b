using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Holdfast.Flags.Rules;

namespace Holdfast.Flags;

/// <summary>The values and rules in effect at one moment, secrets in clear.</summary>
internal sealed class FlagSnapshot
{
    private readonly Lazy<string> _revision;
    private readonly Lazy<string> _clientRevision;

    private FlagSnapshot(FlagStack stack, FrozenDictionary<string, FlagValue> values, FrozenDictionary<string, FlagRule> rules)
    {
        (Stack, Values, Rules) = (stack, values, rules);
        _revision = new(() => Fingerprint(_ => true));
        _clientRevision = new(() => Fingerprint(flag => flag.ForClients));
    }

    public FlagStack Stack { get; }

    public FrozenDictionary<string, FlagValue> Values { get; }

    /// <summary>Rules by flag; a flag with a rule has the rule's plain value in the layer of run time.</summary>
    public FrozenDictionary<string, FlagRule> Rules { get; }

    /// <summary>Changes when anything does that is in effect.</summary>
    public string Revision => _revision.Value;

    /// <summary>Changes when anything does that clients are told.</summary>
    public string ClientRevision => _clientRevision.Value;

    public static FlagSnapshot Of(FlagSchema schema, FlagStack stack) =>
        new(stack, schema.GetAll().ToFrozenDictionary(flag => flag.Name, stack.Resolve, StringComparer.Ordinal), FrozenDictionary<string, FlagRule>.Empty);

    /// <summary>The same process with other layers: what is read once at start stays as the process read it.</summary>
    public FlagSnapshot Next(FlagStack stack, IReadOnlyDictionary<string, FlagRule>? rules = null) => new(
        stack,
        Values.ToFrozenDictionary(
            entry => entry.Key,
            entry =>
            {
                var resolved = stack.Resolve(entry.Value.Definition);
                return entry.Value.Definition.Apply == FlagApply.Start
                    ? resolved with { Value = entry.Value.Value, Origin = entry.Value.Origin }
                    : resolved;
            },
            StringComparer.Ordinal),
        rules?.ToFrozenDictionary(StringComparer.Ordinal) ?? Rules);

    /// <summary>What differs, by value: a value that now comes from another layer has not changed.</summary>
    public IEnumerable<FlagChange> ChangesSince(FlagSnapshot earlier) =>
        from value in Values.Values
        let before = earlier.Values[value.Definition.Name].Value
        where !Same(before, value.Value)
        orderby value.Definition.Name
        select new FlagChange(value.Definition.Name, Mask(value.Definition, before), Mask(value.Definition, value.Value), value.Origin);

    public static bool Same(object left, object right) => (left, right) switch
    {
        (JsonElement one, JsonElement other) => JsonElement.DeepEquals(one, other),
        _ => left.Equals(right),
    };

    /// <summary>As it may be shown: a secret that is set reads <c>***</c>.</summary>
    public static FlagValue Mask(FlagValue value) => value.Definition.Secret
        ? value with
        {
            Value = Mask(value.Definition, value.Value),
            Layers = [.. value.Layers.Select(layer => (layer.Origin, Mask(value.Definition, layer.Value)))],
        }
        : value;

    private static object Mask(FlagDefinition flag, object value) => flag.Secret && value is not "" ? "***" : value;

    /// <summary>Values, rules and the overrides of users' flags. Secrets take part masked, so it says nothing of them.</summary>
    private string Fingerprint(Func<FlagDefinition, bool> wanted)
    {
        var values = Values.Values.Where(value => wanted(value.Definition)).Select(value => $"{value.Definition.Name}={Mask(value).Value} {value.Origin}");
        var rules = Rules.Select(rule => $"{rule.Key}:{rule.Value.Fingerprint}");
        var users = Stack[FlagOrigin.Override].Where(entry => !Values.ContainsKey(entry.Key)).Select(entry => $"{entry.Key}!{entry.Value}");
        var text = string.Join('\n', [.. values.Order(StringComparer.Ordinal), .. rules.Order(StringComparer.Ordinal), .. users.Order(StringComparer.Ordinal)]);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
    }
}
