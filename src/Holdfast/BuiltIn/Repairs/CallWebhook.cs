using System.Buffers;
using System.Text.Json;
using Holdfast.Health;
using Holdfast.Retries;

namespace Holdfast.BuiltIn.Repairs;

/// <summary>
/// Calls a URL with what is wrong, by the handler of callbacks: signed in the same way, and to no host that it may not reach. At once, since the
/// queue is in the database that it may be about; what cannot be delivered goes into the queue.
/// </summary>
/// <param name="url">Null: there is none.</param>
/// <param name="handler">Of the operation type <c>http_callback</c>.</param>
/// <param name="node">Who calls.</param>
internal sealed class CallWebhook(Func<string?> url, IRetryHandler handler, IRetryQueue queue, string node, TimeProvider time) : IRecoveryAction
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public string Name => "webhook";

    public async ValueTask<RecoveryResult> ExecuteAsync(RecoveryCall call, CancellationToken cancellationToken)
    {
        if (url() is not { } target)
        {
            throw new RecoveryRefusedException("HOLDFAST_HEALTH_WEBHOOK names no URL.");
        }

        var id = Guid.CreateVersion7(time.GetUtcNow());
        using var payload = JsonDocument.Parse(PayloadOf(call));
        var context = new RetryContext { Id = id, OperationType = handler.OperationType, Target = target, Payload = payload.RootElement, Attempt = 1, MaxRetries = 1, Token = 1 };
        if (await TryAsync(context, cancellationToken) is not { } why)
        {
            return new RecoveryResult("The webhook was called.");
        }

        // Its URL is a secret, and everybody who may look at the queue sees targets.
        await queue.EnqueueAsync(new RetryDraft { Id = id, OperationType = HealthWebhookHandler.Type, Target = "HOLDFAST_HEALTH_WEBHOOK", Payload = payload.RootElement.Clone(), IdempotencyKey = $"{id}" }, cancellationToken);
        return new RecoveryResult($"The webhook did not take it ({why}); the queue of retries calls it again.");
    }

    /// <returns>Why not; null when it was taken.</returns>
    private async Task<string?> TryAsync(RetryContext context, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await handler.HandleAsync(context, either.Token) switch
            {
                RetryOutcome.DoneOutcome => null,
                RetryOutcome.FailOutcome refused => throw new RecoveryRefusedException($"The webhook cannot be called: {refused.Error}"),
                _ => "it answered that it could not",
            };
        }
        catch (HttpRequestException fault)
        {
            return $"it could not be reached: {fault.HttpRequestError}";
        }
        catch (Exception silence) when (silence is IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return "it did not answer";
        }
    }

    private ReadOnlyMemory<byte> PayloadOf(RecoveryCall call)
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteStartObject("body"u8);
            json.WriteString("node"u8, node);
            json.WriteString("rule"u8, call.Rule);
            json.WriteString("check"u8, call.Check);
            json.WriteString("state"u8, call.State);
            json.WriteString("detail"u8, call.Detail);
            json.WriteString("at"u8, time.GetUtcNow().UtcDateTime);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return bytes.WrittenMemory;
    }
}
