namespace Holdfast.Access;

/// <summary>Who calls. The name stands in the audit, the role decides what is allowed.</summary>
internal sealed record Caller(string Name, AccessRole Role)
{
    /// <summary>Whoever is on this machine, as long as there are no keys.</summary>
    public static Caller Local { get; } = new("local", AccessRole.Admin);

    /// <summary>The key that was shown; null where it was none.</summary>
    public string? KeyId { get; init; }

    /// <summary>A ticket was shown, which stands in addresses: nothing can be changed with it.</summary>
    public bool ReadsOnly { get; init; }

    /// <summary>Until when what was shown is good; null: until it is revoked.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}
