using System.Text;

namespace Holdfast.Server.Tests.Support;

/// <summary>Spoils what was in order, in the ways in which readers break. The same seed spoils alike.</summary>
internal sealed class Mutator(int seed)
{
    private static readonly string[] Poison =
    [
        "\\u0000", "\\ud800", "\\udfff\\ud800", "\0", "\uFFFF", "{", "}", "[", "]", "\"", ":", ",", "-", "1e999", "-1e-999", "99999999999999999999999999", "0x10", "NaN", "null", "true",
        "'; DROP TABLE api_keys; --", "' OR '1'='1", "../../../etc/passwd", "%00", "%", "_", "\r\n", "${jndi:ldap://x}", "<script>", "{\"$type\":\"System.IO.FileInfo\"}", "\u202e",
    ];

    private readonly Random _chance = new(seed);

    public int Next(int max) => _chance.Next(max);

    public string Pick(IReadOnlyList<string> texts) => texts[_chance.Next(texts.Count)];

    /// <summary>Up to four spoilings.</summary>
    public byte[] Spoil(byte[] sound)
    {
        var bytes = new List<byte>(sound);
        for (var times = _chance.Next(4); times >= 0; times--)
        {
            SpoilOnce(bytes);
        }

        return [.. bytes];
    }

    /// <summary>A text as nobody means it.</summary>
    public string Text() => _chance.Next(4) switch
    {
        0 => Pick(Poison),
        1 => new string((char)_chance.Next(1, 0xD7FF), _chance.Next(2_000)),
        2 => string.Concat(Enumerable.Range(0, _chance.Next(20)).Select(_ => (char)_chance.Next(1, 0xD7FF))),
        _ => $"{_chance.NextInt64(long.MinValue, long.MaxValue)}",
    };

    private void SpoilOnce(List<byte> bytes)
    {
        var at = _chance.Next(bytes.Count + 1);
        var length = Math.Min(bytes.Count - at, _chance.Next(16));
        switch (_chance.Next(7))
        {
            case 0 when bytes.Count > at:
                bytes[at] ^= (byte)(1 << _chance.Next(8));
                break;
            case 1:
                bytes.RemoveRange(at, length);
                break;
            case 2:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 3:
                bytes.InsertRange(at, Encoding.UTF8.GetBytes(Pick(Poison)));
                break;
            case 4:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 5:
                bytes.InsertRange(at, Enumerable.Repeat((byte)"[{(\"9"[_chance.Next(5)], _chance.Next(3_000)));
                break;
            default:
                bytes.InsertRange(at, Enumerable.Range(0, _chance.Next(8)).Select(_ => (byte)_chance.Next(256)));
                break;
        }
    }
}
