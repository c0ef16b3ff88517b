using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Holdfast.Events;

namespace Holdfast.BuiltIn.EventFilter;

/// <summary>
/// What a rule says of an event in a room: its text, in which <c>{event_type}</c>, <c>{source}</c> and <c>{a.member}</c> of the data stand for
/// their values; what is not there is left out. Without a text the type and the data. Pure.
/// </summary>
internal static partial class RuleText
{
    public static string Of(EventRule rule, BusEvent happened)
    {
        var data = EventData.Of(happened.Data);
        return rule.Text is { } template
            ? Place().Replace(template, place => ValueOf(place.Groups["name"].Value, happened, data))
            : $"{happened.Type}: {data.ToJsonString()}";
    }

    private static string ValueOf(string name, BusEvent happened, JsonObject data) => name switch
    {
        "event_type" => happened.Type,
        "source" => happened.Source,
        _ => EventData.TryFind(data, name, out var value) ? value?.ToString() ?? "" : "",
    };

    [GeneratedRegex(@"\{(?<name>[^{}]+)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Place();
}
