using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Holdfast.AspNetCore.Dashboard;

/// <summary>How the bytes of an answer are compressed.</summary>
internal enum AssetEncoding
{
    Identity,
    Gzip,
    Brotli,
}

/// <summary>Chooses between what a browser takes and what there is.</summary>
internal static class AssetEncodings
{
    /// <summary>The content coding as HTTP names it; null for none.</summary>
    public static string? Name(AssetEncoding encoding) => encoding switch
    {
        AssetEncoding.Brotli => "br",
        AssetEncoding.Gzip => "gzip",
        _ => null,
    };

    /// <summary>The smallest of what is accepted with the highest weight (RFC 9110, 12.5.3). Without the header, and when all is refused: no coding.</summary>
    public static AssetEncoding Choose(StringValues acceptEncoding)
    {
        if (!StringWithQualityHeaderValue.TryParseList(acceptEncoding, out var accepted))
        {
            return AssetEncoding.Identity;
        }

        var brotli = Weight(accepted, "br");
        var gzip = Weight(accepted, "gzip");
        return brotli > 0 && brotli >= gzip ? AssetEncoding.Brotli
            : gzip > 0 ? AssetEncoding.Gzip
            : AssetEncoding.Identity;
    }

    private static double Weight(IList<StringWithQualityHeaderValue> accepted, string coding)
    {
        var named = accepted.FirstOrDefault(a => a.Value.Equals(coding, StringComparison.OrdinalIgnoreCase))
            ?? accepted.FirstOrDefault(a => a.Value == "*");
        return named is null ? 0 : named.Quality ?? 1;
    }
}
