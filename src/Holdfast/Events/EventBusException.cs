namespace Holdfast.Events;

/// <summary>What was addressed to one endpoint did not get there, or no answer came back.</summary>
/// <param name="message">What happened, in words.</param>
/// <param name="inner">What the handler threw, when it was that.</param>
public abstract class EventBusException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The endpoint that was addressed.</summary>
    public required string Target { get; init; }

    /// <summary>The type of the event or the request.</summary>
    public required string EventType { get; init; }

    /// <summary>The request's own id; null when it has not got as far as having one.</summary>
    public Guid? CorrelationId { get; init; }
}

/// <summary>There is no such endpoint, or it does not handle this type. It is known at once, and waiting would not change it.</summary>
/// <param name="message">What happened, in words.</param>
public sealed class NoHandlerException(string message) : EventBusException(message);

/// <summary>The endpoint was not ready, its queue was full, or the answer did not come, and the time is over.</summary>
/// <param name="message">What happened, in words.</param>
public sealed class RequestTimeoutException(string message) : EventBusException(message);

/// <summary>The handler of the request threw; its exception is the inner one. Or the endpoint left before it answered; then there is none.</summary>
/// <param name="message">What happened, in words.</param>
/// <param name="inner">What the handler threw.</param>
public sealed class RequestFailedException(string message, Exception? inner) : EventBusException(message, inner);
