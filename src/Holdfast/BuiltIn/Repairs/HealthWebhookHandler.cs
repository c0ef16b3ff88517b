using Holdfast.Retries;

namespace Holdfast.BuiltIn.Repairs;

/// <summary>
/// Calls the webhook of the health again. Where it is stands in its setting alone, which is read at each attempt: the queue may be looked at by
/// people who may not know it.
/// </summary>
/// <param name="callbacks">Of the operation type <c>http_callback</c>.</param>
/// <param name="url">Null: there is none any more.</param>
internal sealed class HealthWebhookHandler(IRetryHandler callbacks, Func<string?> url) : IRetryHandler
{
    public const string Type = "health_webhook";

    public string OperationType => Type;

    public Task<RetryOutcome> HandleAsync(RetryContext context, CancellationToken cancellationToken) => url() is { } target
        ? callbacks.HandleAsync(context with { Target = target }, cancellationToken)
        : Task.FromResult(RetryOutcome.Fail("HOLDFAST_HEALTH_WEBHOOK names no URL any more."));
}
