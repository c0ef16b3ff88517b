namespace Holdfast.Resilience;

/// <summary>What an error says about whom: decides who pays for it.</summary>
public enum ErrorClass
{
    /// <summary>Nothing known: taken for <see cref="Connectivity"/>, because trying again costs time and giving up costs data.</summary>
    Unknown,

    /// <summary>The database cannot be reached or is overloaded. Counts against its breaker; tried again, then the data waits.</summary>
    Connectivity,

    /// <summary>This way of storing is not to be had: a function, a table, a column or a right is missing. Another approach may do.</summary>
    Capability,

    /// <summary>The row is bad. It alone is taken out; nobody else pays.</summary>
    Data,

    /// <summary>There is no partition for the row yet. It is made, and the row is stored; it is not a bad row.</summary>
    MissingPartition,

    /// <summary>We gave up ourselves. Nothing happened.</summary>
    Cancelled,
}

/// <summary>What follows from a class.</summary>
public static class ErrorClassExtensions
{
    /// <summary>True for what is tried again and counts against the breaker of the dependency; false for what says nothing about it.</summary>
    public static bool IsTransient(this ErrorClass error) => error is ErrorClass.Connectivity or ErrorClass.Unknown;
}
