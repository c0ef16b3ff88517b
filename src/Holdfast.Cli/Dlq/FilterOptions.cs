using System.CommandLine;
using System.Text.Json.Nodes;

namespace Holdfast.Cli.Dlq;

/// <summary>Which letters: the filters of the API, one option each.</summary>
internal sealed class FilterOptions
{
    private readonly (Option<string> Option, string Name)[] _options =
    [
        Of("--status", "status", "pending, retrying, recovered, failed or discarded."),
        Of("--kind", "kind", "event or sample."),
        Of("--event-type", "event_type", "Exact type of the event."),
        Of("--source", "source", "Exact source of the event."),
        Of("--fingerprint", "fingerprint", "Those with one cause."),
        Of("--sqlstate", "sqlstate", "The database's name of the fault."),
        Of("--correlation-id", "correlation_id", "The value of metadata.correlation_id."),
        Of("--text", "text", "Occurs in the payload or in the reason."),
        Of("--since", "since", "Dead-lettered at or after: RFC 3339 or unix milliseconds."),
        Of("--until", "until", "Dead-lettered before: RFC 3339 or unix milliseconds."),
    ];

    public FilterOptions AddTo(Command command)
    {
        foreach (var (option, _) in _options)
        {
            command.Options.Add(option);
        }

        return this;
    }

    /// <summary>The filters that were said, as the body of an operation over many.</summary>
    public JsonObject Body(ParseResult arguments) => new(Said(arguments).Select(said => KeyValuePair.Create(said.Name, (JsonNode?)said.Value)));

    /// <summary>The filters that were said, as a query string.</summary>
    public string Query(ParseResult arguments, params IEnumerable<(string Name, string Value)> more) =>
        "?" + string.Join('&', Said(arguments).Concat(more).Select(pair => $"{pair.Name}={Uri.EscapeDataString(pair.Value)}"));

    public bool Any(ParseResult arguments) => Said(arguments).Any();

    private IEnumerable<(string Name, string Value)> Said(ParseResult arguments) =>
        _options.Select(option => (option.Name, Value: arguments.GetValue(option.Option))).Where(said => said.Value is not null)!;

    private static (Option<string>, string) Of(string name, string field, string description) => (new Option<string>(name) { Description = description }, field);
}
