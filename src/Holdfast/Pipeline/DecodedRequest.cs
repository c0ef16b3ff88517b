using Holdfast.Spool;

namespace Holdfast.Pipeline;

/// <summary>How a body is to be read.</summary>
internal enum EventFormat
{
    /// <summary>One object or an array of objects.</summary>
    Json,

    /// <summary>Exactly one object.</summary>
    JsonObject,

    /// <summary>One object a line; blank lines are no items.</summary>
    Ndjson,
}

/// <summary>How a request as a whole ended.</summary>
internal enum IntakeStatus
{
    /// <summary>Its good items are taken, all others are listed; 202.</summary>
    Taken,

    /// <summary>As a whole it is not what its format says; 400.</summary>
    Unreadable,

    /// <summary>It is beyond a limit of the request: bytes, items, or bytes of the only item; 413.</summary>
    TooLarge,

    /// <summary>In strict mode: an item is bad, so nothing is taken; 422.</summary>
    Refused,
}

/// <summary>An item that was not accepted.</summary>
/// <param name="Index">Its number in the request, from 0; of NDJSON, among the lines that are not blank.</param>
/// <param name="Errors">Every fault it has.</param>
internal sealed record RejectedItem(int Index, IReadOnlyList<EventError> Errors);

/// <summary>The event of a request that had only one.</summary>
internal sealed record OnlyEvent(Guid EventId, string EventType);

/// <summary>What became of a body.</summary>
internal sealed record DecodedRequest
{
    public required IntakeStatus Status { get; init; }

    /// <summary>Why the body as a whole was refused, for people; null when it could be read.</summary>
    public string? Problem { get; init; }

    /// <summary>The accepted events, encoded.</summary>
    public IReadOnlyList<SpoolEntry> Entries { get; init; } = [];
    public int Accepted { get; init; }

    /// <summary>Good events refused with their bad neighbours, in strict mode.</summary>
    public int GoodButRefused { get; init; }
    public IReadOnlyList<RejectedItem> Rejected { get; init; } = [];

    /// <summary>Ids of accepted events that the client chose.</summary>
    public IReadOnlyList<Guid> ClientIds { get; init; } = [];
    public IReadOnlyList<ValidationCount> Validation { get; init; } = [];

    /// <summary>Accepted events that tell of a failed operation with the operation.</summary>
    public IReadOnlyList<ReportedFailure> Failures { get; init; } = [];

    /// <summary>The accepted event, when the body was one object.</summary>
    public OnlyEvent? Only { get; init; }
}
