namespace Holdfast.Realtime.Changes;

/// <summary>What a filter compares by.</summary>
internal enum FilterOperator
{
    Eq,
    Neq,
    Lt,
    Lte,
    Gt,
    Gte,
    In,
    Like,
    Ilike,
    Is,
    Match,
    Imatch,
    IsDistinct,
}

/// <summary>A condition as it was said: <c>column=[not.]operator.value</c>.</summary>
internal sealed record FilterCondition(string Column, FilterOperator Operator, string Value, bool Negated)
{
    /// <summary>As other servers show it where something is wrong with it.</summary>
    public override string ToString() => $"{{{FilterText.Quote(Column)}, {FilterText.Quote(FilterText.NameOf(Operator))}, {FilterText.Quote(Value)}, {(Negated ? "true" : "false")}}}";
}

/// <summary>A filter, or why it is none.</summary>
internal sealed record FilterParse(IReadOnlyList<FilterCondition> Conditions, string? Fault);
