using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;

namespace Holdfast.AspNetCore.Dashboard;

/// <summary>A file of the page in every coding it was built in.</summary>
/// <param name="ContentType">As it goes into the header.</param>
/// <param name="Hash">SHA-256 of the bytes, shortened to what tells versions apart.</param>
internal sealed record DashboardAsset(string ContentType, string Hash, ReadOnlyMemory<byte> Identity, ReadOnlyMemory<byte>? Gzip, ReadOnlyMemory<byte>? Brotli)
{
    /// <summary>The bytes in the coding asked for, or plain where that was not built.</summary>
    public (AssetEncoding Encoding, ReadOnlyMemory<byte> Bytes) In(AssetEncoding encoding) => encoding switch
    {
        AssetEncoding.Brotli when Brotli is { } bytes => (encoding, bytes),
        AssetEncoding.Gzip when Gzip is { } bytes => (encoding, bytes),
        _ => (AssetEncoding.Identity, Identity),
    };

    /// <summary>Each coding is a representation of its own, with its own strong tag.</summary>
    public string ETag(AssetEncoding encoding) => AssetEncodings.Name(encoding) is { } name ? $"\"{Hash}-{name}\"" : $"\"{Hash}\"";
}

/// <summary>The built page, from the resources of this assembly. Empty when it was built without Node.</summary>
internal sealed class DashboardAssets
{
    private const string Prefix = "dashboard/";
    private const string ShellName = Prefix + "index.html";

    private static readonly FrozenDictionary<string, string> ContentTypes = new Dictionary<string, string>
    {
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".png"] = "image/png",
        [".woff2"] = "font/woff2",
        [".json"] = "application/json",
    }.ToFrozenDictionary();

    private readonly FrozenDictionary<string, DashboardAsset> _byPath;

    private DashboardAssets(byte[]? shell, FrozenDictionary<string, DashboardAsset> byPath)
    {
        Shell = shell;
        _byPath = byPath;
    }

    /// <summary>The HTML that the server completes; null when the page was not built.</summary>
    public byte[]? Shell { get; }

    /// <summary>Paths relative to the page, such as <c>assets/index-CnsZ1jie.css</c>.</summary>
    public IEnumerable<string> Paths => _byPath.Keys;

    /// <summary>Reads what the assembly carries.</summary>
    public static DashboardAssets Load(Assembly assembly)
    {
        var resources = assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .ToDictionary(name => name.Replace('\\', '/'), name => Read(assembly, name), StringComparer.Ordinal);
        var files = resources.Keys.Where(name => name != ShellName && !name.EndsWith(".br", StringComparison.Ordinal) && !name.EndsWith(".gz", StringComparison.Ordinal));
        return new DashboardAssets(
            resources.GetValueOrDefault(ShellName),
            files.ToFrozenDictionary(name => name[Prefix.Length..], name => Make(name, resources)));
    }

    public DashboardAsset? Find(string path) => _byPath.GetValueOrDefault(path);

    private static DashboardAsset Make(string name, Dictionary<string, byte[]> resources)
    {
        var identity = resources[name];
        return new DashboardAsset(
            ContentTypes.GetValueOrDefault(Path.GetExtension(name), "application/octet-stream"),
            Convert.ToHexStringLower(SHA256.HashData(identity).AsSpan(0, 16)),
            identity,
            Compressed(resources, name + ".gz"),
            Compressed(resources, name + ".br"));
    }

    private static ReadOnlyMemory<byte>? Compressed(Dictionary<string, byte[]> resources, string name) =>
        resources.TryGetValue(name, out var bytes) ? bytes : null;

    private static byte[] Read(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
