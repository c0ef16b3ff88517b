using System.Text.Json;

namespace Holdfast.Flags.Rules;

/// <summary>
/// A condition on a context: a subset of JsonLogic. It always has an answer, whatever the context: what is missing is null, what is of
/// another type is not equal, and nothing is converted. Its size is bounded when it is read.
/// </summary>
internal abstract record FlagCondition
{
    public abstract bool Holds(JsonElement context);
}

internal sealed record AllHold(IReadOnlyList<FlagCondition> Parts) : FlagCondition
{
    public override bool Holds(JsonElement context) => Parts.All(part => part.Holds(context));
}

internal sealed record AnyHolds(IReadOnlyList<FlagCondition> Parts) : FlagCondition
{
    public override bool Holds(JsonElement context) => Parts.Any(part => part.Holds(context));
}

internal sealed record Not(FlagCondition Part) : FlagCondition
{
    public override bool Holds(JsonElement context) => !Part.Holds(context);
}

/// <summary>A value by itself: whether there is something to it.</summary>
internal sealed record IsTruthy(FlagOperand Value) : FlagCondition
{
    public override bool Holds(JsonElement context) => Value.Read(context) switch
    {
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.Number } number => number.GetDouble() != 0,
        { ValueKind: JsonValueKind.String } text => !text.ValueEquals(""),
        { ValueKind: JsonValueKind.Array } list => list.GetArrayLength() > 0,
        { ValueKind: JsonValueKind.Object } => true,
        _ => false,
    };
}

internal sealed record IsEqual(FlagOperand Left, FlagOperand Right) : FlagCondition
{
    public override bool Holds(JsonElement context) => FlagValues.Same(Left.Read(context), Right.Read(context));
}

/// <summary>Numbers in order: two of them, or three where the middle one is between.</summary>
internal sealed record IsOrdered(IReadOnlyList<FlagOperand> Values, bool Ascending, bool OrEqual) : FlagCondition
{
    public override bool Holds(JsonElement context)
    {
        double? before = null;
        foreach (var value in Values)
        {
            if (FlagValues.Number(value.Read(context)) is not { } number || (before is { } last && !InOrder(last, number)))
            {
                return false;
            }

            before = number;
        }

        return true;
    }

    private bool InOrder(double left, double right) => (OrEqual && left == right) || (Ascending ? left < right : left > right);
}

/// <summary>A text in a text, or a value in a list.</summary>
internal sealed record IsIn(FlagOperand Needle, FlagOperand Stack) : FlagCondition
{
    public override bool Holds(JsonElement context)
    {
        var needle = Needle.Read(context);
        return Stack.Read(context) switch
        {
            { ValueKind: JsonValueKind.Array } list => list.EnumerateArray().Any(one => FlagValues.Same(one, needle)),
            { ValueKind: JsonValueKind.String } text => FlagValues.Text(needle) is { } part && FlagValues.Text(text)?.Contains(part, StringComparison.Ordinal) == true,
            _ => false,
        };
    }
}

internal sealed record HasEdge(FlagOperand Text, FlagOperand Edge, bool AtStart) : FlagCondition
{
    public override bool Holds(JsonElement context) =>
        FlagValues.Text(Text.Read(context)) is { } text && FlagValues.Text(Edge.Read(context)) is { } edge
        && (AtStart ? text.StartsWith(edge, StringComparison.Ordinal) : text.EndsWith(edge, StringComparison.Ordinal));
}

/// <summary>Versions of semver.org, with <c>^</c> for the same major and <c>~</c> for the same minor version.</summary>
internal sealed record IsVersion(FlagOperand Left, string Comparison, FlagOperand Right) : FlagCondition
{
    public static IReadOnlyList<string> Comparisons { get; } = ["=", "!=", "<", "<=", ">", ">=", "^", "~"];

    public override bool Holds(JsonElement context) =>
        SemanticVersion.Parse(FlagValues.Text(Left.Read(context))) is { } left
        && SemanticVersion.Parse(FlagValues.Text(Right.Read(context))) is { } right
        && Comparison switch
        {
            "=" => SemanticVersion.Compare(left, right) == 0,
            "!=" => SemanticVersion.Compare(left, right) != 0,
            "<" => SemanticVersion.Compare(left, right) < 0,
            "<=" => SemanticVersion.Compare(left, right) <= 0,
            ">" => SemanticVersion.Compare(left, right) > 0,
            ">=" => SemanticVersion.Compare(left, right) >= 0,
            "^" => left.Major == right.Major,
            _ => left.Major == right.Major && left.Minor == right.Minor,
        };
}
