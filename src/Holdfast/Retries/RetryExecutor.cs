using System.Text.Json;

namespace Holdfast.Retries;

/// <summary>Executes an item: asks its destination's gate, calls the handler, and hands in what came of it. Never throws.</summary>
internal sealed class RetryExecutor(RetryHandlers handlers, DestinationGates gates, RetryAckWriter acks, RetryMetrics metrics, RetryEnvironment environment)
    : IDisposable
{
    // Only types with a handler are claimed, so this is the last resort; another process may have it.
    private static readonly TimeSpan NoHandlerDelay = TimeSpan.FromSeconds(30);

    private readonly HandlerRunner _runner = new(environment);
    private readonly CancellationTokenSource _stop = new();

    public int LeftBehind => _runner.LeftBehind;

    /// <summary>Cancels what is executed: the process leaves.</summary>
    public Task StopAsync() => _stop.CancelAsync();

    public void Dispose() => _stop.Dispose();

    public async Task ExecuteAsync(ClaimedRetry claimed)
    {
        try
        {
            await TryExecuteAsync(claimed);
        }
        catch (Exception fault)
        {
            // Not the handler's: its exceptions are outcomes.
            environment.Logger.ExecutionFailed(fault, claimed.Item.Id);
            var policy = environment.Options().PolicyOf(claimed.Item.What.OperationType);
            await acks.AddAsync(claimed, AttemptJudge.Judge(claimed, new AttemptResult.Threw(fault), policy, environment.Random)!);
        }
    }

    private async Task TryExecuteAsync(ClaimedRetry claimed)
    {
        // 1. It waited for a worker: by now it may be somebody else's.
        if (!claimed.Term.Held || _stop.IsCancellationRequested)
        {
            return;
        }

        // 2. Who can do it?
        var what = claimed.Item.What;
        if (handlers.Find(what.OperationType) is not { } handler)
        {
            await acks.AddAsync(claimed, claimed.Snoozed(NoHandlerDelay * (1 + environment.Random())));
            return;
        }

        // 3. May it be tried now?
        var options = environment.Options();
        var policy = options.PolicyOf(what.OperationType);
        var gate = gates.Of(RetryDestination.Of(what.OperationType, what.Target), policy);
        var answer = await gate.EnterAsync(options);
        if (answer.Wait is { } wait)
        {
            await acks.AddAsync(claimed, claimed.Snoozed(wait));
            return;
        }

        // 4. The attempt, and what it says of the destination.
        var began = environment.Time.GetTimestamp();
        var result = await AttemptAsync(handler, claimed);
        var took = environment.Time.GetElapsedTime(began);
        await gate.LeaveAsync(answer.Permit, result.Verdict, (result as AttemptResult.Threw)?.Fault);

        // 5. What is recorded of it.
        var ack = AttemptJudge.Judge(claimed, result, policy, environment.Random);
        metrics.Attempted(what.OperationType, ack?.Kind, took);
        if (ack is not null)
        {
            await acks.AddAsync(claimed, ack with { Took = took });
        }

        await result.WorkerFree;
    }

    private async Task<AttemptResult> AttemptAsync(IRetryHandler handler, ClaimedRetry claimed)
    {
        JsonDocument payload;
        try
        {
            payload = JsonDocument.Parse(claimed.Item.What.Payload);
        }
        catch (JsonException fault)
        {
            return new AttemptResult.Told(RetryOutcome.Fail($"The payload cannot be read: {fault.Message}"));
        }

        metrics.Started();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(claimed.Term.Lost, _stop.Token);

        // Not disposed of: a handler that was left behind may still read it. It is memory only.
        return await _runner.RunAsync(handler, Context(claimed, payload.RootElement), claimed.Item.What.Timeout, end.Token);
    }

    public static RetryContext Context(ClaimedRetry claimed, JsonElement payload)
    {
        var what = claimed.Item.What;
        return new RetryContext
        {
            Id = what.Id,
            OperationType = what.OperationType,
            Target = what.Target,
            Payload = payload,
            Attempt = claimed.Item.Attempt,
            MaxRetries = what.MaxRetries,
            Token = claimed.Token,
            CorrelationId = what.CorrelationId,
            IdempotencyKey = what.IdempotencyKey,
            Tags = what.Tags,
        };
    }
}
