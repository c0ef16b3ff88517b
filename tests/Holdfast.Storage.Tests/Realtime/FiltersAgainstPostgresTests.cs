using Holdfast.Realtime.Changes;
using Holdfast.Storage.Tests.Support;
using Npgsql;

namespace Holdfast.Storage.Tests.Realtime;

/// <summary>
/// Filters are those of a service that has PostgreSQL judge them. Here every operator is asked of every kind of value, null included, by this
/// code and by PostgreSQL, and both must say the same.
/// </summary>
public sealed class FiltersAgainstPostgresTests(PostgresServers servers)
{
    private static readonly (ColumnType Type, string?[] Values)[] Kinds =
    [
        (ColumnType.Text, [null, "", "a", "b", "A", "ab", "a%", "a_b", "Zoë", "10", "9", "a\nb"]),
        (ColumnType.Int8, [null, "0", "-5", "10", "9", "9223372036854775807"]),
        (ColumnType.Float8, [null, "0", "-1.5", "10", "9.25", "1e300"]),
        (ColumnType.Bool, [null, "true", "false"]),
        (ColumnType.Instant, [null, "2026-08-21T10:00:00Z", "2026-08-21T12:00:00+02:00", "2026-08-21T10:00:00.000001Z", "1969-12-31T23:59:59Z"]),
        (ColumnType.Date, [null, "2026-08-21", "2026-08-22", "1969-12-31"]),
        (ColumnType.Uuid, [null, "0193510b-2f3f-7000-8000-000000000001", "0193510B-2F3F-7000-8000-000000000001", "f193510b-2f3f-7000-8000-000000000001"]),
        (ColumnType.Json, [null, "{}", """{"a":1,"b":[2]}""", """{"b": [2], "a": 1}""", "[1,2]", "[2,1]", "\"x\"", "null"]),
    ];

    private static readonly Dictionary<FilterOperator, string> Comparisons = new()
    {
        [FilterOperator.Eq] = "=",
        [FilterOperator.Neq] = "<>",
        [FilterOperator.Lt] = "<",
        [FilterOperator.Lte] = "<=",
        [FilterOperator.Gt] = ">",
        [FilterOperator.Gte] = ">=",
        [FilterOperator.IsDistinct] = "IS DISTINCT FROM",
    };

    private static readonly (FilterOperator Operator, string Sql, string[] Operands)[] Patterns =
    [
        (FilterOperator.Like, "LIKE", ["%", "a%", "%b", "_", "a_", "a\\%", "a\\_b", "", "Z%ë", "%%", "a%b"]),
        (FilterOperator.Ilike, "ILIKE", ["A%", "_B", "zO_", "%B%"]),
        (FilterOperator.Match, "~", ["a", "^a$", "[0-9]+", "^(a|b)$", "a{1,2}b", "ë"]),
        (FilterOperator.Imatch, "~*", ["A", "^AB", "zoë"]),
    ];

    private static readonly string[] Lists = ["()", "(a)", "(a,b)", "(a,NULL)", "(\"a\",\"NULL\")", "(\"a%\",\"\")"];
    private static readonly bool[] Both = [false, true];
    private static readonly string?[] Truths = [null, "true", "false"];
    private static readonly string[] Words = ["null", "true", "false", "unknown"];

    [Fact]
    public async Task Every_comparison_says_what_PostgreSQL_says()
    {
        await using var connection = await OpenAsync();
        var differences = new List<string>();
        foreach (var (type, values) in Kinds)
        {
            foreach (var (of, sql) in Comparisons.Where(entry => type != ColumnType.Json || entry.Key is FilterOperator.Eq or FilterOperator.Neq or FilterOperator.IsDistinct))
            {
                foreach (var (value, operand, negated) in Pairs(values))
                {
                    // Texts are ordered by their code points here: the order of a database depends on its locale.
                    var collate = type == ColumnType.Text ? " COLLATE \"C\"" : "";
                    await CompareAsync(connection, differences, type, value, new FilterCondition("c", of, operand, negated), $"@value::{Sql(type)}{collate} {sql} @operand::{Sql(type)}");
                }
            }
        }

        differences.ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_pattern_says_what_PostgreSQL_says()
    {
        await using var connection = await OpenAsync();
        var differences = new List<string>();
        foreach (var (of, sql, operands) in Patterns)
        {
            foreach (var value in Kinds[0].Values)
            {
                foreach (var operand in operands)
                {
                    await CompareAsync(connection, differences, ColumnType.Text, value, new FilterCondition("c", of, operand, Negated: false), $"@value::text {sql} @operand::text");
                    await CompareAsync(connection, differences, ColumnType.Text, value, new FilterCondition("c", of, operand, Negated: true), $"@value::text {sql} @operand::text");
                }
            }
        }

        differences.ShouldBeEmpty();
    }

    [Fact]
    public async Task Lists_and_what_is_asked_of_null_say_what_PostgreSQL_says()
    {
        await using var connection = await OpenAsync();
        var differences = new List<string>();
        foreach (var value in Kinds[0].Values)
        {
            foreach (var list in Lists)
            {
                foreach (var negated in Both)
                {
                    await CompareAsync(connection, differences, ColumnType.Text, value, new FilterCondition("c", FilterOperator.In, list, negated), "@value::text = any(@operand::text[])", $"{{{list[1..^1]}}}");
                    await CompareAsync(connection, differences, ColumnType.Text, value, new FilterCondition("c", FilterOperator.Is, "null", negated), "@value::text IS NULL AND @operand::text = 'null'");
                }
            }
        }

        foreach (var value in Truths)
        {
            foreach (var word in Words)
            {
                await CompareAsync(connection, differences, ColumnType.Bool, value, new FilterCondition("c", FilterOperator.Is, word, Negated: false), $"@value::bool IS {word} AND @operand::text IS NOT NULL");
                await CompareAsync(connection, differences, ColumnType.Bool, value, new FilterCondition("c", FilterOperator.Is, word, Negated: true), $"@value::bool IS {word} AND @operand::text IS NOT NULL");
            }
        }

        differences.ShouldBeEmpty();
    }

    private static IEnumerable<(string? Value, string Operand, bool Negated)> Pairs(string?[] values) =>
        from value in values
        from operand in values.OfType<string>()
        from negated in Both
        select (value, operand, negated);

    /// <summary>Asks both. What PostgreSQL does not know (null) does not pass, negated or not.</summary>
    private static async Task CompareAsync(
        NpgsqlConnection connection, List<string> differences, ColumnType type, string? value, FilterCondition condition, string sql, string? operand = null)
    {
        var table = new ChangeTable("s", "t", [new ChangeColumn("c", type)], []);
        RowFilter.Bind(condition, table, out var filter).ShouldBeNull($"{condition}");
        var here = filter!.Matches(value is null ? ColumnValue.Null(type) : ColumnValue.Parse(value, type)!.Value);

        await using var command = new NpgsqlCommand($"SELECT {sql}", connection);
        command.Parameters.AddWithValue("value", NpgsqlTypes.NpgsqlDbType.Text, (object?)value ?? DBNull.Value);
        command.Parameters.AddWithValue("operand", NpgsqlTypes.NpgsqlDbType.Text, operand ?? condition.Value);
        var there = await command.ExecuteScalarAsync() is bool known && known != condition.Negated;

        if (here != there)
        {
            differences.Add($"{value ?? "null"} {condition}: {here} here, {there} there");
        }
    }

    private static string Sql(ColumnType type) => ColumnTypes.NameOf(type);

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var database = await (await servers.OldestAsync()).EmptyAsync();
        var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }
}
