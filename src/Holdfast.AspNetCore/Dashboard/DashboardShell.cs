using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;

namespace Holdfast.AspNetCore.Dashboard;

/// <summary>
/// The HTML around the page. Two places in it are filled at each request: the base, against which every address of the page is resolved,
/// and a snapshot, so that figures are on the screen before a connection stands.
/// </summary>
internal sealed class DashboardShell
{
    // As index.html has them; a shell without them is a fault of the build and noticed at start.
    private const string BaseMark = "<base href=\"/\" />";
    private const string SnapshotMark = "id=\"holdfast-snapshot\">null<";
    private const string ScriptStart = "<script>";
    private const string ScriptEnd = "</script>";

    // Measured on a shell of 25 kB: 5 costs about a millisecond and is within a tenth of the size that 11 reaches in fifty.
    private const int BrotliQuality = 5;
    private const int BrotliWindowBits = 18;

    /// <summary>What stands in the place of a snapshot when there is none.</summary>
    private static ReadOnlySpan<byte> NoSnapshot => "null"u8;

    private static readonly byte[] EscapedLessThan = "\\u003c"u8.ToArray();

    // A path may be written in capitals and not, so there is no end of them.
    private const int BarePagesMax = 32;

    private readonly ConcurrentDictionary<(string, AssetEncoding), ReadOnlyMemory<byte>> _bare = [];
    private readonly byte[] _head;
    private readonly byte[] _middle;
    private readonly byte[] _tail;

    public DashboardShell(byte[] html)
    {
        var text = Encoding.UTF8.GetString(html);
        var (head, afterBase) = Cut(text, BaseMark);
        var (middle, tail) = Cut(afterBase, SnapshotMark);
        _head = Encoding.UTF8.GetBytes(head + "<base href=\"");
        _middle = Encoding.UTF8.GetBytes("\" />" + middle + "id=\"holdfast-snapshot\">");
        _tail = Encoding.UTF8.GetBytes("<" + tail);
        Policy = DashboardHeaders.PolicyWith(SourcesOfScripts(tail));
    }

    /// <summary>The content security policy of the page: its own files, and the one script that stands in the shell, by its hash.</summary>
    public string Policy { get; }

    /// <param name="basePath">Where the page is mounted, with a slash at its end.</param>
    /// <param name="snapshotJson">Valid JSON; it cannot end the element it stands in, whatever its texts say.</param>
    public ReadOnlyMemory<byte> Render(string basePath, ReadOnlySpan<byte> snapshotJson)
    {
        var buffer = new ArrayBufferWriter<byte>(_head.Length + _middle.Length + _tail.Length + snapshotJson.Length + 256);
        buffer.Write(_head);
        buffer.Write(Encoding.UTF8.GetBytes(HtmlEncoder.Default.Encode(basePath)));
        buffer.Write(_middle);
        WriteEscaped(buffer, snapshotJson);
        buffer.Write(_tail);
        return buffer.WrittenMemory;
    }

    /// <summary>The page without a snapshot, compressed once: whoever may not see figures must not be able to keep the server busy with it.</summary>
    public ReadOnlyMemory<byte> Bare(string basePath, AssetEncoding encoding)
    {
        if (_bare.TryGetValue((basePath, encoding), out var page))
        {
            return page;
        }

        page = Compress(Render(basePath, NoSnapshot), encoding);
        if (_bare.Count < BarePagesMax)
        {
            _bare[(basePath, encoding)] = page;
        }

        return page;
    }

    public static ReadOnlyMemory<byte> Compress(ReadOnlyMemory<byte> html, AssetEncoding encoding) => encoding switch
    {
        AssetEncoding.Brotli => Brotli(html.Span),
        AssetEncoding.Gzip => Gzip(html.Span),
        _ => html,
    };

    private static ReadOnlyMemory<byte> Brotli(ReadOnlySpan<byte> html)
    {
        var compressed = new byte[BrotliEncoder.GetMaxCompressedLength(html.Length)];
        return BrotliEncoder.TryCompress(html, compressed, out var written, BrotliQuality, BrotliWindowBits)
            ? compressed.AsMemory(0, written)
            : throw new InvalidOperationException("The page does not fit into the bound that the encoder itself gave.");
    }

    private static ReadOnlyMemory<byte> Gzip(ReadOnlySpan<byte> html)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(html);
        }

        return compressed.ToArray();
    }

    private static string SourcesOfScripts(string html)
    {
        var script = Cut(Cut(html, ScriptStart).After, ScriptEnd).Before;
        return $"'self' 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)))}'";
    }

    private static (string Before, string After) Cut(string text, string mark)
    {
        var at = text.IndexOf(mark, StringComparison.Ordinal);
        return at >= 0
            ? (text[..at], text[(at + mark.Length)..])
            : throw new InvalidDataException($"The built page lacks {mark}: the server cannot complete it.");
    }

    /// <summary>In JSON <c>&lt;</c> stands only inside texts, where the escape means the same.</summary>
    private static void WriteEscaped(ArrayBufferWriter<byte> buffer, ReadOnlySpan<byte> json)
    {
        for (var at = json.IndexOf((byte)'<'); at >= 0; at = json.IndexOf((byte)'<'))
        {
            buffer.Write(json[..at]);
            buffer.Write(EscapedLessThan);
            json = json[(at + 1)..];
        }

        buffer.Write(json);
    }
}
