using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Holdfast.Pipeline;

/// <summary>
/// JSON string contents that have escapes, already checked for syntax by the reader. Written here because the framework's own way
/// throws on a lone surrogate, and a bad item of a batch must not cost an exception.
/// </summary>
internal static class JsonText
{
    /// <summary>Writes the text itself. Never longer than <paramref name="raw"/>. False when half of a surrogate pair stands alone.</summary>
    public static bool TryUnescape(ReadOnlySpan<byte> raw, Span<byte> target, out int written) =>
        TryRewrite(raw, target, escape: false, out written);

    /// <summary>
    /// Writes the text with the fewest escapes JSON allows, so that every spelling of a text becomes the same bytes. Never longer than
    /// <paramref name="raw"/>. False when half of a surrogate pair stands alone.
    /// </summary>
    public static bool TryCanonicalise(ReadOnlySpan<byte> raw, Span<byte> target, out int written) =>
        TryRewrite(raw, target, escape: true, out written);

    private static bool TryRewrite(ReadOnlySpan<byte> raw, Span<byte> target, bool escape, out int written)
    {
        written = 0;
        for (var at = 0; at < raw.Length;)
        {
            var run = raw[at..].IndexOf((byte)'\\');
            var plain = run < 0 ? raw[at..] : raw.Slice(at, run);
            plain.CopyTo(target[written..]);
            written += plain.Length;
            at += plain.Length;
            if (run >= 0)
            {
                if (!TryReadEscape(raw, ref at, out var rune))
                {
                    return false;
                }

                written += escape ? WriteEscaped(rune, target[written..]) : rune.EncodeToUtf8(target[written..]);
            }
        }

        return true;
    }

    private static bool TryReadEscape(ReadOnlySpan<byte> raw, ref int at, out Rune rune)
    {
        var letter = raw[at + 1];
        if (letter != 'u')
        {
            at += 2;
            rune = new Rune(Meaning(letter));
            return true;
        }

        var first = ReadHex(raw, ref at);
        if (!char.IsSurrogate(first))
        {
            rune = new Rune(first);
            return true;
        }

        var pairFollows = raw.Length - at >= 6 && raw[at] == '\\' && raw[at + 1] == 'u';
        if (pairFollows)
        {
            return Rune.TryCreate(first, ReadHex(raw, ref at), out rune);
        }

        rune = default;
        return false;
    }

    private static char Meaning(byte letter) => letter switch
    {
        (byte)'b' => '\b',
        (byte)'f' => '\f',
        (byte)'n' => '\n',
        (byte)'r' => '\r',
        (byte)'t' => '\t',
        _ => (char)letter,
    };

    private static char ReadHex(ReadOnlySpan<byte> raw, ref int at)
    {
        var value = ushort.Parse(raw.Slice(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        at += 6;
        return (char)value;
    }

    private static int WriteEscaped(Rune rune, Span<byte> target)
    {
        var escape = rune.Value switch
        {
            '"' => "\\\""u8,
            '\\' => "\\\\"u8,
            '\b' => "\\b"u8,
            '\f' => "\\f"u8,
            '\n' => "\\n"u8,
            '\r' => "\\r"u8,
            '\t' => "\\t"u8,
            _ => default,
        };
        if (!escape.IsEmpty)
        {
            escape.CopyTo(target);
            return escape.Length;
        }

        return rune.Value < 0x20 ? WriteControl((byte)rune.Value, target) : rune.EncodeToUtf8(target);
    }

    private static int WriteControl(byte value, Span<byte> target)
    {
        "\\u00"u8.CopyTo(target);
        Utf8Formatter.TryFormat(value, target[4..], out _, new('x', 2));
        return 6;
    }
}
