namespace Holdfast.Events;

// Questions and their answers.
public sealed partial class EventBus
{
    internal async Task<object?> RequestFromAsync(
        string? source, string target, string type, object? data, TimeSpan? timeout, EventMetadata? metadata, CancellationToken cancellationToken)
    {
        RequireName(type);
        var patience = timeout ?? Options.RequestTimeout;
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(patience, TimeSpan.Zero, nameof(timeout));
        if (!_started)
        {
            throw new InvalidOperationException($"{type} was requested of '{target}' before the bus has started: nobody could answer.");
        }

        var began = _time.GetTimestamp();
        try
        {
            var endpoint = Find(target, type);
            _ = endpoint.ResponderOf(type) ?? throw NoHandler(target, type);
            using var timer = new CancellationTokenSource(patience, _time);
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token, Stopped);
            using var guarded = new GuardedCancellation(_logger.CancellationFailed, ended.Token);
            var correlated = (metadata ?? EventMetadata.Default) with { CorrelationId = Guid.CreateVersion7(_time.GetUtcNow()) };
            var asked = Event(source, target, type, data, correlated, new PendingRequest(guarded.Token));
            try
            {
                var answer = await AskAsync(asked, endpoint);
                Metrics.Requested(target, "answered", _time.GetElapsedTime(began));
                return answer;
            }
            catch (OperationCanceledException) when (ended.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw timer.IsCancellationRequested ? TooLate(asked, endpoint, patience) : Unanswered(asked);
            }
        }
        catch (Exception fault)
        {
            Metrics.Requested(target, OutcomeOf(fault), _time.GetElapsedTime(began));
            throw;
        }
    }

    private static async Task<object?> AskAsync(BusEvent asked, BusEndpoint endpoint)
    {
        var request = asked.Request!;
        await WhenReadyAsync(asked, endpoint);

        // Who answers may have changed while it was waited for.
        if (endpoint.ResponderOf(asked.Type) is not { } responder || !await responder.Mailbox.OfferOrWaitAsync(asked, request.Ended))
        {
            request.Ended.ThrowIfCancellationRequested();
            throw Unanswered(asked);
        }

        return await request.AnswerAsync();
    }

    private static async Task WhenReadyAsync(BusEvent asked, BusEndpoint endpoint)
    {
        try
        {
            await endpoint.WhenReadyAsync(asked.Request!.Ended);
        }
        catch (OperationCanceledException) when (!asked.Request!.Ended.IsCancellationRequested)
        {
            throw Unanswered(asked);
        }
    }

    private BusEndpoint Find(string target, string type)
    {
        ArgumentException.ThrowIfNullOrEmpty(target);
        return _endpoints.TryGetValue(target, out var endpoint)
            ? endpoint
            : throw new NoHandlerException($"Nobody on the bus is called '{target}', to which {type} was addressed.") { Target = target, EventType = type };
    }

    private static NoHandlerException NoHandler(string target, string type) =>
        new($"'{target}' has no handler for {type}.") { Target = target, EventType = type };

    private static RequestFailedException Unanswered(BusEvent asked) =>
        new($"'{asked.Target}' left before it answered {asked.Type}.", inner: null) { Target = asked.Target!, EventType = asked.Type, CorrelationId = asked.CorrelationId };

    private static RequestTimeoutException TooLate(BusEvent asked, BusEndpoint endpoint, TimeSpan patience)
    {
        var reason = endpoint.IsReady ? $"did not answer {asked.Type}" : $"was not ready for {asked.Type} ({endpoint.NotReadyReason})";
        return new($"'{asked.Target}' {reason} within {patience.TotalSeconds} s.")
        {
            Target = asked.Target!,
            EventType = asked.Type,
            CorrelationId = asked.CorrelationId,
        };
    }

    private static string OutcomeOf(Exception fault) => fault switch
    {
        NoHandlerException => "no_handler",
        RequestTimeoutException => "timed_out",
        OperationCanceledException => "cancelled",
        _ => "failed",
    };
}
