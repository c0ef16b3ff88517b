using System.Diagnostics.CodeAnalysis;

namespace Holdfast.Events;

/// <summary>
/// One event as handlers get it. All subscribers get the same object, so its data must not be changed by any of them.
/// </summary>
/// <param name="type">What happened, in words with dots: <c>sql.query.failed</c>.</param>
/// <param name="data">What there is to know of it; null: nothing.</param>
/// <param name="metadata">What its publisher says about it. Default: <see cref="EventMetadata.Default"/>.</param>
public sealed class BusEvent(string type, object? data = null, EventMetadata? metadata = null)
{
    private readonly string? _source;

    /// <summary>What happened.</summary>
    public string Type { get; } = type;

    /// <summary>What there is to know of it. <see cref="DataAs"/> reads it as what is expected.</summary>
    public object? Data { get; } = data;

    /// <summary>What its publisher says about it, to be handed on with another event.</summary>
    public EventMetadata Metadata { get; } = metadata ?? EventMetadata.Default;

    /// <summary>When it was published.</summary>
    public DateTimeOffset Timestamp { get; init; }

    /// <summary>The endpoint it was sent to; null: it was published to all.</summary>
    public string? Target { get; init; }

    /// <summary>Who published it; empty when nobody has said.</summary>
    [AllowNull]
    public string Source
    {
        get => Metadata.Source ?? _source ?? "";
        init => _source = value;
    }

    /// <inheritdoc cref="EventMetadata.CorrelationId"/>
    public Guid? CorrelationId => Metadata.CorrelationId;

    /// <inheritdoc cref="EventMetadata.Priority"/>
    public EventPriority Priority => Metadata.Priority;

    /// <inheritdoc cref="EventMetadata.Tags"/>
    public IReadOnlyList<string> Tags => Metadata.Tags;

    /// <inheritdoc cref="EventMetadata.Attempt"/>
    public int Attempt => Metadata.Attempt;

    /// <inheritdoc cref="EventMetadata.NoRetry"/>
    public bool NoRetry => Metadata.NoRetry;

    /// <summary>The call that waits for an answer; null: nobody does.</summary>
    internal PendingRequest? Request { get; init; }

    /// <summary>The data as what is expected.</summary>
    /// <exception cref="InvalidCastException">The data is something else; the message says what.</exception>
    public T DataAs<T>() => Data is T expected
        ? expected
        : throw new InvalidCastException($"The data of {Type} is {Data?.GetType().Name ?? "nothing"}, not {typeof(T).Name}.");

    /// <inheritdoc/>
    public override string ToString() => Target is null ? Type : $"{Type} to {Target}";
}
