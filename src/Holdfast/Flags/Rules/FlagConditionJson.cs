using System.Text.Json;

namespace Holdfast.Flags.Rules;

/// <summary>
/// Reads conditions: <c>{"and": [{"==": [{"var": "plan"}, "pro"]}, {"sem_ver": [{"var": "app"}, "&gt;=", "2.1.0"]}]}</c>. Every fault is
/// listed; size and depth are counted over one rule.
/// </summary>
internal sealed class FlagConditionJson(List<FlagFault> faults)
{
    private const string Operators = "and, or, !, ==, !=, ===, !==, <, <=, >, >=, in, starts_with, ends_with, sem_ver, var";

    private static readonly FlagCondition Never = new AnyHolds([]);
    private static readonly FlagOperand Nothing = new FlagLiteral(default);

    private int _nodes;

    public FlagCondition Read(JsonElement json, string field, int depth = 1)
    {
        if (!Enter(field, depth))
        {
            return Never;
        }

        if (json.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return json.ValueKind == JsonValueKind.True ? new AllHold([]) : Never;
        }

        return FindOperator(json) is { } found ? ReadOperator(found.Name, found.Value, json, field, depth) : Fault(field, $"An object with one operator is wanted, of {Operators}.");
    }

    private FlagCondition ReadOperator(string name, JsonElement arguments, JsonElement whole, string field, int depth) => name switch
    {
        "and" => new AllHold(ReadParts(arguments, $"{field}.and", depth)),
        "or" => new AnyHolds(ReadParts(arguments, $"{field}.or", depth)),
        "!" => new Not(Read(arguments.ValueKind == JsonValueKind.Array && arguments.GetArrayLength() == 1 ? arguments[0] : arguments, $"{field}.!", depth + 1)),
        "var" => new IsTruthy(ReadOperand(whole, field, depth + 1)),
        "==" or "===" => Pair(arguments, $"{field}.{name}", depth, (left, right) => new IsEqual(left, right)),
        "!=" or "!==" => Pair(arguments, $"{field}.{name}", depth, (left, right) => new Not(new IsEqual(left, right))),
        "<" or "<=" or ">" or ">=" => Order(name, arguments, $"{field}.{name}", depth),
        "in" => Pair(arguments, $"{field}.in", depth, (left, right) => new IsIn(left, right)),
        "starts_with" => Pair(arguments, $"{field}.starts_with", depth, (left, right) => new HasEdge(left, right, AtStart: true)),
        "ends_with" => Pair(arguments, $"{field}.ends_with", depth, (left, right) => new HasEdge(left, right, AtStart: false)),
        "sem_ver" => Version(arguments, $"{field}.sem_ver", depth),
        _ => Fault(field, $"There is no operator {Shown(name)}. Known: {Operators}."),
    };

    private List<FlagCondition> ReadParts(JsonElement parts, string field, int depth)
    {
        if (parts.ValueKind != JsonValueKind.Array || parts.GetArrayLength() == 0)
        {
            Fault(field, "A list of conditions is wanted.");
            return [];
        }

        return [.. parts.EnumerateArray().Select((part, i) => Read(part, $"{field}[{i}]", depth + 1))];
    }

    private FlagCondition Pair(JsonElement arguments, string field, int depth, Func<FlagOperand, FlagOperand, FlagCondition> make) =>
        arguments.ValueKind == JsonValueKind.Array && arguments.GetArrayLength() == 2
            ? make(ReadOperand(arguments[0], $"{field}[0]", depth + 1), ReadOperand(arguments[1], $"{field}[1]", depth + 1))
            : Fault(field, "A list of two values is wanted.");

    private FlagCondition Order(string name, JsonElement arguments, string field, int depth)
    {
        if (arguments.ValueKind != JsonValueKind.Array || arguments.GetArrayLength() is < 2 or > 3)
        {
            return Fault(field, "A list of two or three numbers is wanted.");
        }

        var values = arguments.EnumerateArray().Select((value, i) => ReadOperand(value, $"{field}[{i}]", depth + 1)).ToList();
        return new IsOrdered(values, Ascending: name[0] == '<', OrEqual: name.Length == 2);
    }

    private FlagCondition Version(JsonElement arguments, string field, int depth)
    {
        if (arguments.ValueKind != JsonValueKind.Array || arguments.GetArrayLength() != 3
            || FlagValues.Text(arguments[1]) is not { } comparison || !IsVersion.Comparisons.Contains(comparison))
        {
            return Fault(field, $"Version, comparison and version are wanted: [{{\"var\": \"app.version\"}}, \">=\", \"2.1.0\"]. Comparisons: {string.Join(", ", IsVersion.Comparisons)}.");
        }

        var right = ReadOperand(arguments[2], $"{field}[2]", depth + 1);
        if (right is FlagLiteral literal && SemanticVersion.Parse(FlagValues.Text(literal.Value)) is null)
        {
            Fault($"{field}[2]", "A version with three numbers is wanted: 2.1.0.");
        }

        return new IsVersion(ReadOperand(arguments[0], $"{field}[0]", depth + 1), comparison, right);
    }

    private FlagOperand ReadOperand(JsonElement json, string field, int depth)
    {
        if (!Enter(field, depth))
        {
            return Nothing;
        }

        return json.ValueKind switch
        {
            JsonValueKind.Object => FindOperator(json) is { Name: "var" } variable ? ReadVariable(variable.Value, $"{field}.var") : OperandFault(field, "A value or {\"var\": \"name\"} is wanted."),
            JsonValueKind.Array => ReadList(json, field),
            JsonValueKind.String when FlagValues.Text(json) is not { Length: <= FlagLimits.TextLengthMax } => OperandFault(field, $"A text of at most {FlagLimits.TextLengthMax} characters is wanted."),
            _ => new FlagLiteral(json.Clone()),
        };
    }

    private FlagOperand ReadList(JsonElement list, string field)
    {
        _nodes += list.GetArrayLength();
        if (_nodes > FlagLimits.ConditionNodesMax)
        {
            return OperandFault(field, $"The conditions of a rule have at most {FlagLimits.ConditionNodesMax} parts.");
        }

        return list.EnumerateArray().Any(one => one.ValueKind is JsonValueKind.Array or JsonValueKind.Object)
            ? OperandFault(field, "A list of texts, numbers or truth values is wanted.")
            : new FlagLiteral(list.Clone());
    }

    private FlagOperand ReadVariable(JsonElement json, string field)
    {
        var isList = json.ValueKind == JsonValueKind.Array && json.GetArrayLength() is 1 or 2;
        var path = FlagValues.Text(isList ? json[0] : json);
        return path is { Length: > 0 and <= FlagLimits.TextLengthMax }
            ? new FlagVariable(path.Split('.'), isList && json.GetArrayLength() == 2 ? json[1].Clone() : default)
            : OperandFault(field, "The name of an attribute is wanted, or a list of a name and what stands for it where it is missing.");
    }

    private bool Enter(string field, int depth)
    {
        _nodes++;
        if (_nodes == FlagLimits.ConditionNodesMax + 1)
        {
            Fault(field, $"The conditions of a rule have at most {FlagLimits.ConditionNodesMax} parts.");
        }

        if (depth == FlagLimits.ConditionDepthMax + 1)
        {
            Fault(field, $"Conditions are at most {FlagLimits.ConditionDepthMax} deep.");
        }

        return _nodes <= FlagLimits.ConditionNodesMax && depth <= FlagLimits.ConditionDepthMax;
    }

    private static JsonProperty? FindOperator(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        using var members = json.EnumerateObject();
        return members.MoveNext() && members.Current is var only && !members.MoveNext() ? only : null;
    }

    private FlagOperand OperandFault(string field, string message)
    {
        Fault(field, message);
        return Nothing;
    }

    private FlagCondition Fault(string field, string message)
    {
        faults.Add(new FlagFault(field, message));
        return Never;
    }

    private static string Shown(string name) => name.Length <= 30 ? name : name[..30] + "...";
}
