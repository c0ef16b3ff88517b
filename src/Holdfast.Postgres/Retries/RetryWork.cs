using Holdfast.Retries;
using Npgsql;
using NpgsqlTypes;

namespace Holdfast.Postgres.Retries;

/// <summary>What worker processes do: each operation is one call of a function.</summary>
internal static class RetryWork
{
    private const string Renew = "SELECT holdfast.renew_retry_process($1, $2, $3)";
    private const string Settle = "SELECT holdfast.settle_retries($1, $2, $3, $4, $5, $6, $7, $8)";
    private const string Leave = "SELECT holdfast.leave_retry_process($1)";
    private const string Rescue = "SELECT rescued, dead_lettered, more FROM holdfast.rescue_retries($1)";

    private const int ItemColumn = 7;

    private static readonly string Claim =
        $"""
        SELECT c.token, c.claimed_at, c.next_in, c.solitary, c.took, c.walked, c.more_due, {RetryRow.HeldColumns("i.", "c.token", "$1::uuid", "c.claimed_at")}
        FROM holdfast.claim_retries($1, $2, $3, $4, $5, $6, $7, $8) c LEFT JOIN LATERAL unnest(c.items) i ON true
        """;

    public static async ValueTask<bool> RenewAsync(
        NpgsqlConnection connection, TimeSpan limit, Guid process, string node, TimeSpan lease, CancellationToken cancellationToken) =>
        (await RetryCall.RunAsync(connection, limit, Renew, row => row.GetBoolean(0), cancellationToken, process, node, lease))[0];

    public static async ValueTask<RetryClaim> ClaimAsync(
        NpgsqlConnection connection, TimeSpan limit, ClaimOrder order, ClaimWindows windows, CancellationToken cancellationToken)
    {
        var look = order.Alone ? ClaimLook.Everywhere : windows.Next(order.Types);
        var (claim, found) = (RetryClaim.Nothing, default(ClaimFindings));
        var items = await RetryCall.RunAsync(
            connection,
            limit,
            Claim,
            row =>
            {
                if (ReferenceEquals(claim, RetryClaim.Nothing))
                {
                    (claim, found) = (ReadClaim(row), ReadFindings(row));
                }

                return row.IsDBNull(ItemColumn) ? null : RetryRow.Read(row, ItemColumn);
            },
            cancellationToken,
            order.Process,
            Math.Clamp(order.Limit, 1, 1_000),
            order.Alone,
            ArrayOf(order.Types?.ToArray(), NpgsqlDbType.Text),
            ArrayOf(look.Types, NpgsqlDbType.Text),
            ArrayOf(look.Keys, NpgsqlDbType.Bigint),
            ArrayOf(look.Penalties, NpgsqlDbType.Bigint),
            new NpgsqlParameter { Value = look.DueFrom ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        claim = claim.Token == 0 ? claim : claim with { Items = items! };
        if (order is { Alone: false, Types: { } types } && items.Count > 0)
        {
            var isAll = claim.Items.Count < order.Limit && claim.NextIn != TimeSpan.Zero;
            windows.Note(look, found with { Items = claim.Items, Types = types, IsAll = isAll });
        }

        return look.FullIn is { } fullIn && (claim.NextIn is not { } nextIn || nextIn > fullIn) ? claim with { NextIn = fullIn } : claim;
    }

    public static async ValueTask<IReadOnlyList<AckResult>> AckAsync(
        NpgsqlConnection connection, TimeSpan limit, Guid process, IReadOnlyList<RetryAck> acks, CancellationToken cancellationToken)
    {
        var statuses = await RetryCall.RunAsync(
            connection,
            limit,
            Settle,
            row => row.GetFieldValue<string?[]>(0),
            cancellationToken,
            process,
            acks.Select(ack => ack.Id).ToArray(),
            acks.Select(ack => ack.Token).ToArray(),
            acks.Select(ack => RetryNames.NameOf(ack.Kind)).ToArray(),
            acks.Select(ack => ack.Delay).ToArray(),
            acks.Select(ack => ack.Took).ToArray(),
            Texts(acks, ack => ack.Failure?.Message),
            Texts(acks, ack => ack.Failure?.Fingerprint));
        return Array.ConvertAll(statuses[0], status => status is null ? AckResult.Stale : AckResult.Accepted);
    }

    public static async ValueTask<int> LeaveAsync(NpgsqlConnection connection, TimeSpan limit, Guid process, CancellationToken cancellationToken) =>
        (await RetryCall.RunAsync(connection, limit, Leave, row => row.GetInt32(0), cancellationToken, process))[0];

    public static async ValueTask<RescueResult> RescueAsync(NpgsqlConnection connection, TimeSpan limit, int items, CancellationToken cancellationToken) =>
        (await RetryCall.RunAsync(
            connection, limit, Rescue, row => new RescueResult(row.GetInt32(0), row.GetInt32(1), row.GetBoolean(2)), cancellationToken, items))[0];

    private static RetryClaim ReadClaim(NpgsqlDataReader row) =>
        new(row.IsDBNull(0) ? 0 : row.GetInt64(0), [], row.IsDBNull(2) ? null : row.GetTimeSpan(2), row.GetBoolean(3));

    private static ClaimFindings ReadFindings(NpgsqlDataReader row) =>
        new([], [], row.GetFieldValue<DateTimeOffset>(1), row.GetTimeSpan(4), row.GetInt64(5), IsAll: false, row.GetBoolean(6));

    private static NpgsqlParameter ArrayOf<T>(T[]? values, NpgsqlDbType type) =>
        new() { Value = values ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | type };

    private static NpgsqlParameter Texts(IReadOnlyList<RetryAck> acks, Func<RetryAck, string?> text) =>
        new() { Value = acks.Select(text).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
}
