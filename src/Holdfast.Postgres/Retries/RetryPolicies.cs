using Holdfast.Postgres.Database;
using Holdfast.Retries;
using Npgsql;

namespace Holdfast.Postgres.Retries;

/// <summary>The policies as <c>holdfast.fail_retry</c> finds them.</summary>
internal static class RetryPolicies
{
    // Nodes that start together write one after the other.
    private const string Delete = "LOCK TABLE holdfast.retry_policies IN SHARE ROW EXCLUSIVE MODE; DELETE FROM holdfast.retry_policies";

    private const string Insert =
        """
        INSERT INTO holdfast.retry_policies (operation_type, initial_delay, max_delay, backoff_multiplier, jitter, non_retryable)
        VALUES ($1, $2, $3, $4, $5, $6)
        """;

    // Stands for all types without a policy of their own.
    private const string AnyType = "";

    public static async ValueTask<bool> ReplaceAsync(NpgsqlConnection connection, RetryQueueOptions options, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync(Delete, cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        Add(batch, AnyType, options.Fallback);
        foreach (var (operationType, policy) in options.Policies)
        {
            Add(batch, operationType, policy);
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
        return true;
    }

    private static void Add(NpgsqlBatch batch, string operationType, RetryPolicy policy) => batch.Add(
        Insert, operationType, policy.InitialDelay, policy.MaxDelay, policy.BackoffMultiplier, policy.Jitter, policy.NonRetryable.ToArray());
}
