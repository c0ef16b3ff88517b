using System.Text.Json;
using Holdfast.Pipeline;

namespace Holdfast.Retries;

/// <summary>
/// Executes a statement again: <c>{sql, parameters}</c>, where the parameters are a list or an object with their names. Never for items
/// from outside: whoever could hand one in could do anything to the database.
/// </summary>
internal sealed class SqlOperationHandler(ISqlOperationExecutor executor) : IRetryHandler
{
    // When the database is away the queue, which is in it, has other cares; the item is only put aside.
    private static readonly TimeSpan AwayDelay = TimeSpan.FromSeconds(5);

    // Its worker does something else meanwhile.
    private static readonly TimeSpan BusyDelay = TimeSpan.FromSeconds(1);

    public string OperationType => "sql_operation";

    public async Task<RetryOutcome> HandleAsync(RetryContext context, CancellationToken cancellationToken)
    {
        try
        {
            await executor.ExecuteAsync(Read(context.Payload), cancellationToken);
            return RetryOutcome.Done;
        }
        catch (FormatException fault)
        {
            return RetryOutcome.Fail(fault.Message);
        }
        catch (SqlOperationRefusedException refused)
        {
            return RetryOutcome.Fail(refused.Message);
        }
        catch (SqlOperationBusyException)
        {
            return RetryOutcome.Snooze(BusyDelay);
        }
        catch (StoreUnavailableException unavailable) when (unavailable.RetryAfter is { } after)
        {
            // The breaker refused: nothing was attempted.
            return RetryOutcome.Snooze(after > AwayDelay ? after : AwayDelay);
        }
    }

    internal static SqlOperation Read(JsonElement payload) =>
        payload.ValueKind == JsonValueKind.Object && payload.TryGetProperty("sql", out var sql) && sql.ValueKind == JsonValueKind.String
            ? new SqlOperation(sql.GetString()!, payload.TryGetProperty("parameters", out var parameters) ? ReadParameters(parameters) : [])
            : throw new FormatException("The payload is no object with a text 'sql'.");

    private static SqlValue[] ReadParameters(JsonElement parameters) => parameters.ValueKind switch
    {
        JsonValueKind.Array => [.. parameters.EnumerateArray().Select(value => new SqlValue("", ReadValue(value)))],
        JsonValueKind.Object => [.. parameters.EnumerateObject().Select(value => new SqlValue(value.Name, ReadValue(value.Value)))],
        _ => throw new FormatException("'parameters' is neither a list nor an object."),
    };

    private static object? ReadValue(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => value.TryGetInt64(out var whole) ? (object)whole : value.GetDouble(),
        JsonValueKind.String => value.GetString(),
        _ => new SqlJson(value.GetRawText()),
    };
}
