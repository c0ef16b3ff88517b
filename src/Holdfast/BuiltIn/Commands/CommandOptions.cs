namespace Holdfast.BuiltIn.Commands;

/// <summary>What can be changed about commands while the server runs.</summary>
internal sealed record CommandOptions
{
    /// <summary>Commands that nobody may call.</summary>
    public IReadOnlyList<string> Disabled { get; init; } = [];

    /// <summary>How long a caller waits before the same command again; zero: not at all.</summary>
    public TimeSpan Cooldown { get; init; } = TimeSpan.FromSeconds(5);
}
