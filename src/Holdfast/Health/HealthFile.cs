using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast.Health;

/// <summary>
/// What of the health survives the process, in a file of the data directory that is replaced as a whole: whatever happens, the old one or the new
/// one is there. It needs no database, since the hours without one are what people will ask about.
/// </summary>
internal sealed class HealthFile(string directory)
{
    public const string Name = "health.json";

    /// <summary>
    /// More is neither written nor read. A thousand entries as they are, a day of minutes and thirty days of hours are half of it; where it does not
    /// suffice the oldest entries are left out.
    /// </summary>
    public const int BytesMax = 2 << 20;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public string Path { get; } = System.IO.Path.Combine(directory, Name);

    /// <summary>What was kept; nothing when there is no file.</summary>
    /// <exception cref="HealthFileException">There is one that cannot be read.</exception>
    public HealthMemory Read()
    {
        try
        {
            if (!File.Exists(Path))
            {
                return new HealthMemory();
            }

            using var file = File.OpenRead(Path);
            return file.Length <= BytesMax && JsonSerializer.Deserialize<Content>(file, Json) is { } content
                ? content.ToMemory()
                : throw new HealthFileException($"It is no such file, or larger than {BytesMax} bytes.", null);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException or FormatException or ArgumentException or OverflowException)
        {
            throw new HealthFileException(fault.Message, fault);
        }
    }

    /// <summary>Puts a file aside that cannot be read, for people to look at.</summary>
    public void PutAside()
    {
        try
        {
            File.Move(Path, Path + ".unreadable", overwrite: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new HealthFileException(fault.Message, fault);
        }
    }

    /// <exception cref="HealthFileException">It cannot be written; the one before is still there.</exception>
    public void Write(HealthMemory memory)
    {
        try
        {
            var bytes = BytesOf(memory);
            var next = Path + ".next";
            using (var file = new FileStream(next, FileMode.Create, FileAccess.Write))
            {
                file.Write(bytes);
                file.Flush(flushToDisk: true);
            }

            File.Move(next, Path, overwrite: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new HealthFileException(fault.Message, fault);
        }
    }

    private static byte[] BytesOf(HealthMemory memory)
    {
        var all = JsonSerializer.SerializeToUtf8Bytes(Content.Of(memory), Json);
        if (all.Length <= BytesMax)
        {
            return all;
        }

        var rest = JsonSerializer.SerializeToUtf8Bytes(Content.Of(memory with { Entries = [] }), Json);
        return rest.Length <= BytesMax
            ? JsonSerializer.SerializeToUtf8Bytes(Content.Of(memory with { Entries = NewestWithin(memory.Entries, BytesMax - rest.Length) }), Json)
            : throw new HealthFileException($"Without any history it is larger than {BytesMax} bytes.", null);
    }

    private static HealthEntry[] NewestWithin(IReadOnlyList<HealthEntry> entries, int bytes)
    {
        var first = entries.Count;
        while (first > 0 && (bytes -= JsonSerializer.SerializeToUtf8Bytes(Entry.Of(entries[first - 1]), Json).Length + ",".Length) >= 0)
        {
            first--;
        }

        return [.. entries.Skip(first)];
    }

    private sealed record Content(
        IReadOnlyList<Entry>? Entries,
        Incident? Incident,
        IReadOnlyDictionary<string, DateTimeOffset?>? Failing,
        IReadOnlyDictionary<string, RuleMemory>? Rules,
        DateTimeOffset? Since,
        IReadOnlyList<IReadOnlyList<long>>? Minutes,
        IReadOnlyList<IReadOnlyList<long>>? Hours)
    {
        public static Content Of(HealthMemory memory) => new(
            [.. memory.Entries.Select(Entry.Of)],
            memory.Incident is { } open ? new Incident(open.Id, open.OpenedAt, open.Check) : null,
            memory.Failing,
            memory.Rules,
            memory.Service.Since,
            RowsOf(memory.Service.Minutes),
            RowsOf(memory.Service.Hours));

        public HealthMemory ToMemory() => new()
        {
            Entries = [.. (Entries ?? []).Select(entry => entry.ToEntry())],
            Incident = Incident is { } open ? new HealthIncident(open.Id, open.OpenedAt, open.Check) : null,
            Failing = Failing ?? new Dictionary<string, DateTimeOffset?>(StringComparer.Ordinal),
            Rules = (Rules ?? new Dictionary<string, RuleMemory>()).ToDictionary(one => one.Key, one => one.Value is { Runs: not null } ? one.Value : throw new FormatException($"The rule '{one.Key}' has no runs."), StringComparer.Ordinal),
            Service = new ServiceHistory(Since, BucketsOf(Minutes), BucketsOf(Hours)),
        };

        // [seconds since 1970, milliseconds up, total, failed]: there are thousands of them.
        private static long[][] RowsOf(IReadOnlyDictionary<DateTimeOffset, ServiceBucket> buckets) =>
            [.. buckets.OrderBy(one => one.Key).Select(one => new[] { one.Key.ToUnixTimeSeconds(), (long)one.Value.Up.TotalMilliseconds, one.Value.Total, one.Value.Failed })];

        private static Dictionary<DateTimeOffset, ServiceBucket> BucketsOf(IReadOnlyList<IReadOnlyList<long>>? rows) => (rows ?? []).Where(row => row is { Count: 4 })
            .ToDictionary(row => DateTimeOffset.FromUnixTimeSeconds(row[0]), row => new ServiceBucket(TimeSpan.FromMilliseconds(row[1]), row[2], row[3]));
    }

    private sealed record Incident(Guid Id, DateTimeOffset OpenedAt, string Check);

    private sealed record Entry(
        long Number, DateTimeOffset At, string Kind, string Check, string? From, string? To, string? Detail, string? Rule, IReadOnlyList<string>? Actions, string? Outcome, Guid? Incident)
    {
        public static Entry Of(HealthEntry entry) => new(
            entry.Number, entry.At, HealthEntryKinds.NameOf(entry.Kind), entry.Check, NameOf(entry.From), NameOf(entry.To), entry.Detail, entry.Rule, entry.Actions, entry.Outcome, entry.Incident);

        public HealthEntry ToEntry() => new(
            Number, At, HealthEntryKinds.ByName.TryGetValue(Kind, out var kind) ? kind : throw new FormatException($"'{Kind}' is no kind of entry."), Check)
        {
            From = HealthStates.Parse(From),
            To = HealthStates.Parse(To),
            Detail = Detail,
            Rule = Rule,
            Actions = Actions,
            Outcome = Outcome,
            Incident = Incident,
        };

        private static string? NameOf(HealthState? state) => state is { } known ? HealthStates.NameOf(known) : null;
    }
}

/// <summary>The file of the health cannot be used.</summary>
internal sealed class HealthFileException(string message, Exception? innerException) : Exception(message, innerException);
