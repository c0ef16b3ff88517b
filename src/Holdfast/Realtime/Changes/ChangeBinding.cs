using System.Text;
using System.Text.Json;
using Holdfast.Realtime.Channels;

namespace Holdfast.Realtime.Changes;

/// <summary>What a channel wants to hear of changes: one entry of its join, and the number by which the client knows it again.</summary>
internal sealed record ChangeBinding
{
    private const string Any = "*";

    /// <summary>Not zero: clients take that for none.</summary>
    public required int Id { get; init; }

    /// <summary>Null: every kind of change.</summary>
    public ChangeType? Type { get; init; }

    /// <summary>The tables, each with the conditions bound to it.</summary>
    public IReadOnlyList<(ChangeTable Table, IReadOnlyList<RowFilter> Filters)> Tables { get; init; } = [];

    /// <summary>The columns that are told, beside the keys, sorted; null: all.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>The columns as one text: those who want the same get the same bytes.</summary>
    public string ColumnsText { get; init; } = "";

    /// <summary>Reads an entry.</summary>
    /// <returns>What is wrong with it, in the words of those who came first; null: nothing.</returns>
    public static string? Read(JsonElement entry, IReadOnlyList<ChangeTable> catalog, out ChangeBinding binding)
    {
        var (schema, table, filter) = (JoinRequest.Text(entry, "schema"), JoinRequest.Text(entry, "table"), JoinRequest.Text(entry, "filter"));
        binding = new ChangeBinding { Id = IdOf(entry), Type = TypeOf(JoinRequest.Text(entry, "event")) };
        if ((schema is null && table is null) || (filter is not null && (schema is null || table is null)))
        {
            return $"No subscription params provided. Please provide at least a `schema` or `table` to subscribe to: {Shortened(entry.GetRawText())}";
        }

        (schema, table) = (schema ?? "public", table ?? Any);
        if (SelectOf(entry, out var columns) is { } badSelect)
        {
            return badSelect;
        }

        if (columns is not null && (schema == Any || table == Any))
        {
            return "Column selection is not supported for wildcard subscriptions. Provide an explicit schema and table name.";
        }

        var parse = FilterText.Parse(filter ?? "");
        if (parse.Fault is { } badFilter)
        {
            return $"Error parsing `filter` params: {badFilter}";
        }

        var said = $"[event: {NameOf(binding.Type)}, schema: {schema}, table: {table}, filters: [{string.Join(", ", parse.Conditions)}], select: {(columns is null ? "nil" : $"[{string.Join(", ", columns.Select(FilterText.Quote))}]")}]";
        if (Bind(catalog, schema, table, parse.Conditions, columns, out var tables) is { } badColumn)
        {
            return $"Unable to subscribe to changes with given parameters. An exception happened so please check your connect parameters: {said}. Exception: {badColumn}";
        }

        binding = binding with { Tables = tables, Columns = columns, ColumnsText = columns is null ? "" : string.Join('\n', columns) };
        return tables.Count > 0 ? null
            : $"Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given connect parameters: {said}";
    }

    /// <summary>Regular expressions that it has, over all its tables.</summary>
    public int Patterns => Tables.Sum(table => table.Filters.Count(filter => filter.IsPattern));

    /// <summary>Whether a kind of change is wanted.</summary>
    public bool Wants(ChangeType type) => Type is null || Type == type;

    public static string NameOf(ChangeType? type) => type?.ToString().ToUpperInvariant() ?? Any;

    private static ChangeType? TypeOf(string? name) => name?.ToUpperInvariant() switch
    {
        "INSERT" => ChangeType.Insert,
        "UPDATE" => ChangeType.Update,
        "DELETE" => ChangeType.Delete,
        _ => null,
    };

    private static string? SelectOf(JsonElement entry, out IReadOnlyList<string>? columns)
    {
        columns = null;
        var select = JoinRequest.Member(entry, "select");
        if (select.ValueKind == JsonValueKind.String)
        {
            return "Error parsing `select` params: expected a list of column name strings, e.g. select: [\"col1\", \"col2\"]";
        }

        var named = JoinRequest.Items(select).Where(item => item.ValueKind == JsonValueKind.String).Select(JoinRequest.Text).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        columns = named.Length == 0 ? null : named;
        return null;
    }

    private static string? Bind(
        IReadOnlyList<ChangeTable> catalog, string schema, string table, IReadOnlyList<FilterCondition> conditions, IReadOnlyList<string>? columns, out List<(ChangeTable Table, IReadOnlyList<RowFilter> Filters)> tables)
    {
        tables = [];
        foreach (var found in catalog.Where(one => (schema == Any || one.Schema == schema) && (table == Any || one.Name == table)))
        {
            if (columns?.FirstOrDefault(column => found.IndexOf(column) < 0) is { } unknown)
            {
                return $"invalid column for select {unknown}";
            }

            var filters = new List<RowFilter>(conditions.Count);
            foreach (var condition in conditions)
            {
                if (RowFilter.Bind(condition, found, out var filter) is { } fault)
                {
                    return fault;
                }

                filters.Add(filter!);
            }

            tables.Add((found, filters));
        }

        return null;
    }

    private static string Shortened(string text) => text.Length <= 200 ? text : text[..200] + "...";

    // FNV-1a over the entry as it was said: the same entry has the same number in every channel, so they share what is encoded.
    public static int IdOf(JsonElement entry)
    {
        var hash = 2_166_136_261u;
        foreach (var one in Encoding.UTF8.GetBytes(entry.GetRawText()))
        {
            hash = (hash ^ one) * 16_777_619u;
        }

        return Math.Max(1, (int)(hash & int.MaxValue));
    }
}
