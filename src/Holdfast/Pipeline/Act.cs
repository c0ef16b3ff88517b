namespace Holdfast.Pipeline;

/// <summary>Who does something by hand, and why: what every verb of an operator takes, so that none can be written down without a name.</summary>
/// <param name="Actor">The caller's name.</param>
/// <param name="Reason">In the operator's words; null when nothing was said.</param>
internal sealed record Act(string Actor, string? Reason = null);
