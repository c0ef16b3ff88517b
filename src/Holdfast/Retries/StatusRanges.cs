using System.Globalization;
using System.Text.Json;

namespace Holdfast.Retries;

/// <summary>Status codes of HTTP, one by one or from one to another: <c>[200, "202-204"]</c>.</summary>
internal sealed class StatusRanges
{
    private readonly List<(int First, int Last)> _ranges = [];

    private StatusRanges()
    {
    }

    /// <summary>200 to 299.</summary>
    public static StatusRanges Default { get; } = new() { _ranges = { (200, 299) } };

    /// <exception cref="FormatException">It is no list of codes and ranges.</exception>
    public static StatusRanges Read(JsonElement list)
    {
        var ranges = new StatusRanges();
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
        {
            throw Wrong($"{list}");
        }

        foreach (var entry in list.EnumerateArray())
        {
            ranges._ranges.Add(ReadRange(entry));
        }

        return ranges;
    }

    public bool Contain(int status) => _ranges.Exists(range => status >= range.First && status <= range.Last);

    private static (int First, int Last) ReadRange(JsonElement entry)
    {
        var ends = $"{entry}".Split('-', 2, StringSplitOptions.TrimEntries);
        return TryReadStatus(ends[0], out var first) && TryReadStatus(ends[^1], out var last) && first <= last ? (first, last) : throw Wrong($"{entry}");
    }

    private static bool TryReadStatus(string text, out int status) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out status) && status is >= 100 and <= 599;

    private static FormatException Wrong(string text) => new($"success is a list of status codes and ranges such as \"200-299\", not {text}.");
}
