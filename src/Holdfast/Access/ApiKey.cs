namespace Holdfast.Access;

/// <summary>A key as it is kept: everything but the secret.</summary>
internal sealed record ApiKey
{
    public required string Id { get; init; }

    /// <summary>Unique among the keys that are not revoked; stands in the audit as who did something.</summary>
    public required string Name { get; init; }

    public required AccessRole Role { get; init; }

    /// <summary>SHA-256 of the secret, see <see cref="KeyText"/>.</summary>
    public required ReadOnlyMemory<byte> Hash { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }

    /// <summary>Null: it does not expire.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Null: it is not revoked.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>To the minute, and written down a minute later at the latest; null: never.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    public bool IsGoodAt(DateTimeOffset now) => RevokedAt is null && !(ExpiresAt <= now);
}
