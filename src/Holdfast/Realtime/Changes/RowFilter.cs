using System.Text.RegularExpressions;

namespace Holdfast.Realtime.Changes;

/// <summary>A condition bound to a column of a table, ready to be asked of rows. Pure.</summary>
internal sealed class RowFilter
{
    /// <summary>Values that a list may have.</summary>
    public const int ValuesMax = 100;

    private readonly FilterOperator _operator;
    private readonly bool _negated;
    private readonly ColumnValue?[] _values;
    private readonly LikePattern? _like;
    private readonly Regex? _regex;
    private readonly string _word;

    private RowFilter(int column, FilterCondition condition, ColumnValue?[] values)
    {
        (Column, _operator, _negated, _values, _word) = (column, condition.Operator, condition.Negated, values, condition.Value);
        _like = condition.Operator is FilterOperator.Like or FilterOperator.Ilike ? new LikePattern(condition.Value, condition.Operator == FilterOperator.Ilike) : null;
        _regex = condition.Operator is FilterOperator.Match or FilterOperator.Imatch ? RowPattern.Make(condition.Value, condition.Operator == FilterOperator.Imatch) : null;
    }

    /// <summary>Place of the column in its table.</summary>
    public int Column { get; }

    /// <summary>It has a regular expression.</summary>
    public bool IsPattern => _regex is not null;

    /// <summary>The one value that the column must have, where that is what the condition says and the value has one form; null otherwise.</summary>
    public ColumnValue? Exactly => _operator == FilterOperator.Eq && !_negated && ColumnTypes.HasOneForm(_values[0]!.Value.Type) ? _values[0] : null;

    /// <summary>Binds a condition to a table.</summary>
    /// <returns>What is wrong with it; null: nothing, and there is a filter.</returns>
    public static string? Bind(FilterCondition condition, ChangeTable table, out RowFilter? filter)
    {
        filter = null;
        var column = table.IndexOf(condition.Column);
        if (column < 0)
        {
            return $"invalid column for filter {condition.Column}";
        }

        var type = table.Columns[column].Type;
        if (FaultOf(condition, type) is { } fault)
        {
            return fault;
        }

        if (ValuesOf(condition, type, out var values) is { } badValue)
        {
            return badValue;
        }

        filter = new RowFilter(column, condition, values);
        return null;
    }

    /// <summary>Whether a value passes. Nothing is known of null, so only what asks for null itself lets it pass, as in SQL.</summary>
    public bool Matches(in ColumnValue value) => _operator switch
    {
        FilterOperator.IsDistinct => Differs(value) != _negated,
        FilterOperator.Is => Is(value) != _negated,
        FilterOperator.In when _values.Length == 0 => _negated, // among nothing is not even null
        _ => !value.IsNull && Holds(value) is { } holds && holds != _negated,
    };

    private bool? Holds(in ColumnValue value) => _operator switch
    {
        FilterOperator.Eq => value.Compare(_values[0]!.Value) == 0,
        FilterOperator.Neq => value.Compare(_values[0]!.Value) != 0,
        FilterOperator.Lt => value.Compare(_values[0]!.Value) < 0,
        FilterOperator.Lte => value.Compare(_values[0]!.Value) <= 0,
        FilterOperator.Gt => value.Compare(_values[0]!.Value) > 0,
        FilterOperator.Gte => value.Compare(_values[0]!.Value) >= 0,
        FilterOperator.In => IsAmong(value),
        FilterOperator.Like or FilterOperator.Ilike => _like!.Matches(value.ToString()),
        FilterOperator.Match or FilterOperator.Imatch => RowPattern.Matches(_regex!, value.ToString()),
        _ => throw new InvalidOperationException($"{_operator} is judged elsewhere."),
    };

    // A list with null in it: whoever is not among the others might be null, which is not known.
    private bool? IsAmong(in ColumnValue value)
    {
        var unknown = false;
        foreach (var one in _values)
        {
            if (one is { } known && value.Compare(known) == 0)
            {
                return true;
            }

            unknown |= one is null;
        }

        return unknown ? null : false;
    }

    private bool Differs(in ColumnValue value) => value.IsNull || value.Compare(_values[0]!.Value) != 0;

    private bool Is(in ColumnValue value) => _word switch
    {
        "true" => !value.IsNull && value.Whole != 0,
        "false" => !value.IsNull && value.Whole == 0,
        _ => value.IsNull, // null, and unknown, which is the null of truths
    };

    private static string? FaultOf(FilterCondition condition, ColumnType type) => condition.Operator switch
    {
        FilterOperator.Is when condition.Value is not ("null" or "true" or "false" or "unknown") => "invalid value for is filter: must be null, true, false, or unknown",
        FilterOperator.Is when condition.Value != "null" && type != ColumnType.Bool => $"is {condition.Value} filter requires a boolean column, got {ColumnTypes.NameOf(type)}",
        FilterOperator.Like or FilterOperator.Ilike or FilterOperator.Match or FilterOperator.Imatch when !ColumnTypes.IsText(type) =>
            $"operator {FilterText.NameOf(condition.Operator)} requires a text-compatible column type, got {ColumnTypes.NameOf(type)}",
        FilterOperator.Match or FilterOperator.Imatch => RowPattern.FaultOf(condition.Value) is { } fault ? $"invalid regular expression for {FilterText.NameOf(condition.Operator)} filter: {fault}" : null,
        FilterOperator.Lt or FilterOperator.Lte or FilterOperator.Gt or FilterOperator.Gte when type == ColumnType.Json =>
            $"operator {FilterText.NameOf(condition.Operator)} requires a column type with an order, got {ColumnTypes.NameOf(type)}",
        _ => null,
    };

    private static string? ValuesOf(FilterCondition condition, ColumnType type, out ColumnValue?[] values)
    {
        values = [];
        if (condition.Operator is FilterOperator.Is or FilterOperator.Like or FilterOperator.Ilike or FilterOperator.Match or FilterOperator.Imatch)
        {
            return null;
        }

        var texts = condition.Operator == FilterOperator.In ? FilterText.Values(condition.Value) : [condition.Value];
        if (texts is null)
        {
            return $"malformed array literal: {FilterText.Quote(condition.Value)}";
        }

        if (texts.Count > ValuesMax)
        {
            return $"too many values for `in` filter. Maximum {ValuesMax}";
        }

        values = [.. texts.Select(text => text is null ? null : ColumnValue.Parse(text, type))];
        for (var at = 0; at < values.Length; at++)
        {
            if (values[at] is null && texts[at] is { } text)
            {
                return $"invalid input syntax for type {ColumnTypes.NameOf(type)}: {FilterText.Quote(text)}";
            }
        }

        return null;
    }
}
