using System.Text;
using System.Text.Json.Nodes;

namespace Holdfast.Preferences;

/// <summary>
/// What people do to their own preferences. Nothing of it is audited: it changes what its owner sees and nothing else, and an audit that is
/// full of filters hides what operators did.
/// </summary>
internal sealed class PreferenceDesk(IPreferenceStore store)
{
    /// <summary>Size of a document, as it is kept.</summary>
    public const int ValueBytesMax = 4 << 10;

    private const int KeyLengthMax = 100;

    public static PreferenceLimits Limits { get; } = new(OwnerMax: 100, TotalMax: 10_000);

    public ValueTask<IReadOnlyList<Preference>> ListAsync(string owner, CancellationToken cancellationToken) => store.ReadAsync(owner, cancellationToken);

    public ValueTask<PreferenceResult> PutAsync(string owner, string key, JsonObject value, IReadOnlyList<int>? seen, CancellationToken cancellationToken) =>
        store.WriteAsync(new PreferenceWrite(owner, key, value.ToJsonString(), seen), Limits, cancellationToken);

    public ValueTask<PreferenceResult> RemoveAsync(string owner, string key, IReadOnlyList<int>? seen, CancellationToken cancellationToken) =>
        store.WriteAsync(new PreferenceWrite(owner, key, null, seen), Limits, cancellationToken);

    /// <summary>What is wrong with a key; null when nothing is.</summary>
    public static string? FaultInKey(string key) =>
        key.Length is > 0 and <= KeyLengthMax && key.All(IsOfKey) ? null : $"Lower-case letters, digits and . _ - are wanted, at most {KeyLengthMax}";

    /// <summary>What is wrong with a document; null when nothing is.</summary>
    public static string? FaultInValue(JsonObject value) =>
        Encoding.UTF8.GetByteCount(value.ToJsonString()) <= ValueBytesMax ? null : $"At most {ValueBytesMax} bytes are kept";

    private static bool IsOfKey(char character) => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character is '.' or '_' or '-';
}
