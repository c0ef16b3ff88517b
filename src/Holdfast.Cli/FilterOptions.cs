using System.CommandLine;
using System.Text.Json.Nodes;

namespace Holdfast.Cli;

/// <summary>Which items: the filters of a list of the API, one option each.</summary>
/// <param name="filters">Option, parameter of the API, and what it means.</param>
internal sealed class FilterOptions(params IEnumerable<(string Option, string Name, string Description)> filters)
{
    private readonly List<(Option<string> Option, string Name)> _options =
        [.. filters.Select(filter => (new Option<string>(filter.Option) { Description = filter.Description }, filter.Name))];

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
}
