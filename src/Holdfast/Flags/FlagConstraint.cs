namespace Holdfast.Flags;

/// <summary>What must hold between flags, whatever the layers say.</summary>
/// <param name="Names">The flags it is about.</param>
/// <param name="Judge">Asked with a way to read the values that would be in effect; answers with what must hold, or null when it does.</param>
internal sealed record FlagConstraint(IReadOnlyList<string> Names, Func<Func<string, object>, string?> Judge);
