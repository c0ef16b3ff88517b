using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Holdfast.AspNetCore.Api;

/// <summary>
/// The version of what people edit (a dead letter, a retry) as HTTP has it: the entity tag is the number in quotes. It tells edits apart and not answers: attempts leave
/// it as it is, so that an edit is never refused because of a worker that tried it meanwhile.
/// </summary>
internal static class EntityVersion
{
    public static void WriteTag(HttpResponse response, int version) => response.Headers.ETag = TagOf(version);

    public static string TagOf(int version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>
    /// The versions that If-Match names, any of which will do; null when it is absent or *, which mean whatever is there. Tags that were never
    /// handed out here match nothing. False when the header cannot be read.
    /// </summary>
    public static bool TryReadIfMatch(HttpRequest request, out IReadOnlyList<int>? versions)
    {
        versions = null;
        var header = request.Headers.IfMatch;
        if (header.Count == 0)
        {
            return true;
        }

        if (!EntityTagHeaderValue.TryParseStrictList(header, out var tags) || tags.Count == 0)
        {
            return false;
        }

        versions = tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any)) ? null : [.. tags.Select(VersionOf).OfType<int>()];
        return true;
    }

    /// <summary>If-Match compares strongly: a weak tag matches nothing.</summary>
    private static int? VersionOf(EntityTagHeaderValue tag) =>
        !tag.IsWeak && int.TryParse(tag.Tag.AsSpan().Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : null;
}
