namespace Holdfast.Flags.Rules;

/// <summary>One fault of a rule: where it stands (<c>rule.targeting[0].if</c>) and what would be right.</summary>
internal readonly record struct FlagFault(string Field, string Message);
