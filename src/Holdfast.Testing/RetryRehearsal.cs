using System.Text.Json;
using Holdfast.Retries;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Testing;

/// <summary>
/// Executes an operation with a handler as the queue would, from the first attempt to the last, without waiting between attempts: for the tests
/// of handlers. What a handler throws, how long it may take, what the policy makes of its outcome and when the item is given up are decided by
/// the queue's own code. Destination breakers and budgets take no part.
/// </summary>
/// <param name="handler">The handler under test.</param>
/// <param name="options">Policies by operation type. Default: those of a queue without settings.</param>
/// <param name="time">Times the attempts, each limited by the item's timeout. Default: the system's clock.</param>
public sealed class RetryRehearsal(IRetryHandler handler, RetryQueueOptions? options = null, TimeProvider? time = null)
{
    // Delays in the middle of their jitter, so that a test can name them.
    private const double NoJitter = 0.5;

    private readonly RetryQueueOptions _options = options ?? new RetryQueueOptions();
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Runs the operation until it is settled.</summary>
    /// <param name="draft">The operation, as it would be enqueued.</param>
    /// <param name="callsMax">At most so many calls of the handler: one that always snoozes has no last attempt. Default: 1,000.</param>
    /// <param name="cancellationToken">Cancels the attempt under way.</param>
    /// <exception cref="RetryRejectedException">The queue would not take it; all faults are listed.</exception>
    /// <exception cref="ArgumentException">The draft is of another operation type than the handler.</exception>
    /// <exception cref="InvalidOperationException">It was not settled after <paramref name="callsMax"/> calls.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<RehearsedRetry> RunAsync(RetryDraft draft, int callsMax = 1_000, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(draft);
        var what = RetryValidator.Check([draft], _options, _time.GetUtcNow())[0];
        if (what.OperationType != handler.OperationType)
        {
            throw new ArgumentException($"The operation is of type '{what.OperationType}', the handler executes '{handler.OperationType}'.", nameof(draft));
        }

        var runner = new HandlerRunner(new RetryEnvironment("rehearsal", () => _options, _time, () => NoJitter, NullLogger.Instance));
        var attempts = new List<RehearsedAttempt>();
        var attempt = 1;
        while (attempts.Count < callsMax)
        {
            var ack = await AttemptAsync(runner, what, attempt, attempts.Count + 1, cancellationToken);
            var status = RetryTransitions.AfterAttempt(ack.Kind, attempt, what.MaxRetries);
            attempts.Add(new RehearsedAttempt(attempt, status, status == RetryStatus.Pending ? ack.Delay : null, ack.Failure?.Message));
            if (status != RetryStatus.Pending)
            {
                return new RehearsedRetry(status, attempts);
            }

            attempt += RetryTransitions.RestoresAttempt(ack.Kind) ? 0 : 1;
        }

        throw new InvalidOperationException($"The operation was not settled after {callsMax} calls of the handler; the last said: {attempts[^1]}.");
    }

    private async Task<RetryAck> AttemptAsync(HandlerRunner runner, NewRetry what, int attempt, long token, CancellationToken cancellationToken)
    {
        using var payload = JsonDocument.Parse(what.Payload);
        var now = _time.GetUtcNow();
        var item = new RetryItem
        {
            What = what,
            Status = RetryStatus.Processing,
            Attempt = attempt,
            Crashes = 0,
            Version = 1,
            RunAfter = now,
            CreatedAt = now,
            UpdatedAt = now,
        };
        var claimed = new ClaimedRetry(item, token, new LeaseTerm(Guid.CreateVersion7(now), _time));
        var result = await runner.RunAsync(handler, RetryExecutor.Context(claimed, payload.RootElement), what.Timeout, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        return AttemptJudge.Judge(claimed, result, _options.PolicyOf(what.OperationType), () => NoJitter)
            ?? throw new OperationCanceledException("The attempt was interrupted.");
    }
}

/// <summary>What came of an operation.</summary>
/// <param name="Status">Where it ended: completed, dead-lettered or failed.</param>
/// <param name="Attempts">Each call of the handler.</param>
public sealed record RehearsedRetry(RetryStatus Status, IReadOnlyList<RehearsedAttempt> Attempts);

/// <summary>One call of a handler.</summary>
/// <param name="Number">The attempt, from 1; the same again after a snooze.</param>
/// <param name="Status">Where the item stood after it.</param>
/// <param name="Delay">How long it would have waited; null when there was nothing more to wait for.</param>
/// <param name="Error">What failed, as it is recorded; null when nothing did.</param>
public sealed record RehearsedAttempt(int Number, RetryStatus Status, TimeSpan? Delay, string? Error);
