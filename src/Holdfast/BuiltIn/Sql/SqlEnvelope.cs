using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Pipeline;
using Holdfast.Retries;

namespace Holdfast.BuiltIn.Sql;

/// <summary>
/// Statements as the retry that executes them again: of the type <c>sql_operation</c>, with the name of the connection as target and
/// <c>{sql, parameters}</c> or <c>{batch: [{sql, parameters}]}</c> as payload. Pure.
/// </summary>
internal static class SqlEnvelope
{
    public const string OperationType = "sql_operation";

    public static RetryDraft Of(string connection, string correlationId, IReadOnlyList<SqlRequest> operations) => new()
    {
        OperationType = OperationType,
        Target = connection,
        CorrelationId = correlationId,
        Payload = JsonSerializer.SerializeToElement(operations.Count == 1 ? Of(operations[0]) : new JsonObject { ["batch"] = new JsonArray([.. operations.Select(Of)]) }),
    };

    /// <summary>The same, for operations that may have no such form: a value of no known kind, or one that JSON has no word for, such as NaN.</summary>
    /// <returns>The operation, or why there is none.</returns>
    public static (RetryDraft? Operation, string? Why) TryWrite(string connection, string correlationId, IReadOnlyList<SqlRequest> operations)
    {
        try
        {
            return (Of(connection, correlationId, operations), null);
        }
        catch (Exception fault) when (fault is SqlRequestRefusedException or ArgumentException or JsonException)
        {
            return (null, fault.Message);
        }
    }

    /// <summary>What kind of failure it is, in the words of <see cref="OperationFailure.ErrorClass"/>.</summary>
    public static string ClassOf(Exception fault) => fault switch
    {
        SqlRequestRefusedException refused => refused.ErrorClass,
        SqlOperationRefusedException => "validation",
        StoreUnavailableException => "unavailable",
        OperationCanceledException => "timeout",
        _ => "failed",
    };

    /// <summary>Values as <see cref="SqlOperation"/> has them.</summary>
    public static SqlOperation ToOperation(SqlRequest request) => new(
        request.Sql,
        request.Named is { } named
            ? [.. named.Select(one => new SqlValue(one.Key, Plain(one.Value)))]
            : [.. request.Parameters.Select(value => new SqlValue("", Plain(value)))]);

    private static JsonObject Of(SqlRequest request) => new()
    {
        ["sql"] = request.Sql,
        ["parameters"] = request.Named is { } named
            ? new JsonObject(named.Select(one => KeyValuePair.Create(one.Key, ToNode(one.Value))))
            : new JsonArray([.. request.Parameters.Select(ToNode)]),
    };

    private static JsonNode? ToNode(object? value) => Plain(value) switch
    {
        null => null,
        bool truth => JsonValue.Create(truth),
        long whole => JsonValue.Create(whole),
        double number => JsonValue.Create(number),
        SqlJson json => JsonNode.Parse(json.Text),
        var text => JsonValue.Create((string)text),
    };

    private static object? Plain(object? value) => value switch
    {
        null or bool or long or double or string or SqlJson => value,
        int whole => (long)whole,
        short whole => (long)whole,
        float number => (double)number,
        decimal number => number.ToString(System.Globalization.CultureInfo.InvariantCulture),
        Guid id => id.ToString(),
        DateTimeOffset instant => instant.ToString("O", System.Globalization.CultureInfo.InvariantCulture),
        JsonElement { ValueKind: JsonValueKind.Object or JsonValueKind.Array } json => new SqlJson(json.GetRawText()),
        JsonNode json => new SqlJson(json.ToJsonString()),
        _ => throw new SqlRequestRefusedException("validation", $"A parameter is a {value.GetType().Name}: null, booleans, numbers, text, UUIDs, instants and JSON can be parameters."),
    };
}
