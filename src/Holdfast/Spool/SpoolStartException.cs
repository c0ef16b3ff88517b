namespace Holdfast.Spool;

/// <summary>
/// The spool cannot be opened, and only a person can change that: another process has the data directory, or it cannot be written. The
/// message is one sentence that says what to do. Damage on disk is never a reason: that is salvaged, counted, and the spool starts.
/// </summary>
public sealed class SpoolStartException(string message, Exception? inner) : Exception(message, inner);
