using Holdfast.BuiltIn.Retry;

namespace Holdfast.Tests.Support;

/// <summary>What may come from outside, for tests.</summary>
internal static class Outside
{
    public static OutsideTypes Anything { get; } = new(_ => true, _ => true);

    public static OutsideTypes Nothing { get; } = new(_ => false, _ => false);

    /// <summary>The type may come from whoever may hand in operations, and from nobody else.</summary>
    public static OutsideTypes HandedIn(string operationType) => new(type => type == operationType, _ => false);
}
