using Holdfast.Flags;

namespace Holdfast.BuiltIn.Retry;

/// <summary>Which operations are executed of whom. Pure.</summary>
/// <param name="ofCallers">Whether a type may come from outside the process, of somebody who may hand in operations.</param>
/// <param name="ofRecorders">Whether also of somebody who may record events and no more.</param>
internal sealed class OutsideTypes(Func<string, bool> ofCallers, Func<string, bool> ofRecorders)
{
    /// <summary>Why an operation is not executed of an event with these tags; null: it is.</summary>
    public string? Refuse(string operationType, IReadOnlyCollection<string> tags) =>
        !tags.Contains(EventMarks.Outside) ? null
        : !ofCallers(operationType) ? $"operations of the type {operationType} may not come from outside"
        : tags.Contains(EventMarks.RecordOnly) && !ofRecorders(operationType)
            ? $"whoever sent it may record events, not hand in operations of the type {operationType}: send it with a key of the role operator, or list the type in {FlagNames.RetryIngestTypes}"
            : null;
}
