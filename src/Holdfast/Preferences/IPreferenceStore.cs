using Holdfast.Pipeline;

namespace Holdfast.Preferences;

/// <summary>
/// What people keep of the page, for all nodes: small documents, each under a key of its owner. One conformance suite holds for every
/// implementation. Every verb throws <see cref="StoreUnavailableException"/> while the store is away.
/// </summary>
internal interface IPreferenceStore : IAsyncDisposable
{
    /// <summary>Brings the schema up to date; repeated when the store was exchanged.</summary>
    ValueTask OpenAsync(CancellationToken cancellationToken);

    /// <summary>All of an owner, by key.</summary>
    ValueTask<IReadOnlyList<Preference>> ReadAsync(string owner, CancellationToken cancellationToken);

    /// <summary>
    /// Sets or removes one where it is still as the writer saw it. Repeated it changes nothing: what is there as it is wanted has been done.
    /// </summary>
    ValueTask<PreferenceResult> WriteAsync(PreferenceWrite write, PreferenceLimits limits, CancellationToken cancellationToken);
}

/// <summary>A document as it is kept.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Version">Grows with every change of any document, and never comes again: also one that was removed and made anew is told apart.</param>
/// <param name="Value">A JSON object, as text.</param>
internal sealed record Preference(string Key, int Version, string Value);

/// <summary>A change.</summary>
/// <param name="Owner">Whose it is.</param>
/// <param name="Key">Its name.</param>
/// <param name="Value">A JSON object, as text; null removes it.</param>
/// <param name="Seen">The versions of which the writer saw one, where 0 is nothing; null writes over whatever is there.</param>
internal sealed record PreferenceWrite(string Owner, string Key, string? Value, IReadOnlyList<int>? Seen);

/// <summary>How much is kept.</summary>
/// <param name="OwnerMax">Documents of one owner. Another one is refused.</param>
/// <param name="TotalMax">Documents of all owners. What was changed the longest ago is forgotten for another one.</param>
internal sealed record PreferenceLimits(int OwnerMax, int TotalMax);

/// <summary>What became of a change.</summary>
/// <param name="Verdict">Whether it was done.</param>
/// <param name="Now">The document as it is now; null: there is none.</param>
internal sealed record PreferenceResult(PreferenceVerdict Verdict, Preference? Now);

internal enum PreferenceVerdict
{
    Done,

    /// <summary>It is not as the writer saw it.</summary>
    Overtaken,

    /// <summary>Its owner has too many.</summary>
    TooMany,
}
