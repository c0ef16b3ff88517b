using System.Text.Json;
using Holdfast.Pipeline;
using Holdfast.Retries;

namespace Holdfast.BuiltIn.Sql;

/// <summary>
/// Executes statements again on the connection that is the item's target. Items without a target are for the database of the queue, where there
/// is one. Never for items from outside.
/// </summary>
/// <param name="ofQueue">Executes on the database of the queue; null: it has none that statements could be for.</param>
internal sealed class NamedSqlHandler(SqlConnections connections, IRetryHandler? ofQueue) : IRetryHandler
{
    public string OperationType => SqlEnvelope.OperationType;

    public async Task<RetryOutcome> HandleAsync(RetryContext context, CancellationToken cancellationToken)
    {
        if (context.Target.Length == 0 && ofQueue is not null)
        {
            return await ofQueue.HandleAsync(context, cancellationToken);
        }

        return connections.Find(context.Target, background: true) is { } lane
            ? await ExecuteAsync(lane, context, cancellationToken)
            : RetryOutcome.GiveUp($"There is no SQL connection '{context.Target}'.");
    }

    private async Task<RetryOutcome> ExecuteAsync(SqlLane lane, RetryContext context, CancellationToken cancellationToken)
    {
        try
        {
            var statements = Read(context.Payload);
            if (statements.Any(one => !connections.Allows(one.Operation.Sql)))
            {
                return RetryOutcome.GiveUp("The statement is none of those that are allowed.");
            }

            await lane.RunAsync(statements, cancellationToken);
            return RetryOutcome.Done;
        }
        catch (Exception fault) when (fault is FormatException or SqlOperationRefusedException)
        {
            return RetryOutcome.Fail(fault.Message);
        }
        catch (StoreUnavailableException away) when (away.RetryAfter is { } after)
        {
            // No connection could be made: nothing was attempted.
            return RetryOutcome.Snooze(after);
        }
    }

    private static IReadOnlyList<SqlStatement> Read(JsonElement payload) =>
        payload.ValueKind == JsonValueKind.Object && payload.TryGetProperty("batch", out var batch) && batch.ValueKind == JsonValueKind.Array
            ? [.. batch.EnumerateArray().Select(one => new SqlStatement(SqlOperationHandler.Read(one), 0))]
            : [new SqlStatement(SqlOperationHandler.Read(payload), 0)];
}
