using System.Security.Cryptography;
using System.Text;
using Holdfast.Flags;

namespace Holdfast.AspNetCore.Api;

/// <summary>A short text that changes when a value in effect changes. Secrets take part masked, so it says nothing of them.</summary>
internal static class FlagsEtag
{
    public static string Of(FlagManager flags)
    {
        var text = string.Join('\n', flags.GetAll().Select(flag => $"{flag.Definition.Name}={flag.Value}"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
    }
}
