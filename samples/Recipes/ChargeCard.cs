using System.Text.Json;
using Holdfast.Retries;

namespace Recipes;

/// <summary>Who takes the money; it recognises a charge that it has made already by its key.</summary>
internal interface IBank
{
    Task<BankAnswer> ChargeAsync(JsonElement order, string? key, CancellationToken cancellationToken);
}

internal sealed record BankAnswer(bool Declined);

/// <summary>An operation that is executed until the bank has answered.</summary>
internal sealed class ChargeCard(IBank bank) : IRetryHandler
{
    public string OperationType => "charge_card";

    public async Task<RetryOutcome> HandleAsync(RetryContext context, CancellationToken cancellationToken)
    {
        var answer = await bank.ChargeAsync(context.Payload, context.IdempotencyKey, cancellationToken);
        return answer.Declined ? RetryOutcome.Fail("declined") : RetryOutcome.Done;
    }
}
