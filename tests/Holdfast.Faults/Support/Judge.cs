using System.Text.Json;
using Holdfast.Pipeline;

namespace Holdfast.Faults.Support;

/// <summary>
/// The oracle's other half: reads back everything that is stored and holds it against what was promised.
/// </summary>
internal static class Judge
{
    /// <summary>How many ids a verdict names; the counts are always complete.</summary>
    private const int EvidenceMax = 10;

    /// <summary>Waits until nothing of it is under way any more, then judges.</summary>
    /// <param name="database">Asked as well, past the server; null for the embedded store.</param>
    public static async Task<Verdict> DecideAsync(ServerApi api, Obligations obligations, FaultDatabase? database, CancellationToken cancellationToken)
    {
        var ledger = await api.WhenSettledAsync(cancellationToken);
        var answers = obligations.ToList();
        var seen = new int[answers.Count];
        var (found, own, altered, foreign, renumbered, highest) = (0L, 0L, 0L, 0L, 0L, 0L);
        var sequences = new HashSet<(Guid Epoch, long Sequence)>();
        await foreach (var stored in api.EventsAsync(cancellationToken))
        {
            var sequence = stored.GetProperty("sequence_id").GetInt64();
            renumbered += sequences.Add((stored.GetProperty("epoch").GetGuid(), sequence)) ? 0 : 1;
            highest = Math.Max(highest, sequence);
            if (IsServersOwn(stored))
            {
                own++;
                continue;
            }

            found++;
            if (obligations.Naming.NumberOf(stored.GetProperty("event_id").GetGuid()) is not { } number || number >= answers.Count || answers[(int)number] == Answer.Unsent)
            {
                foreign++;
                continue;
            }

            seen[number]++;
            altered += IsAsSent(stored.GetProperty("data"), number) ? 0 : 1;
        }

        var (rows, ids) = database is null ? (found, found - seen.Count(times => times > 1)) : await database.CountAsync();
        var missing = Enumerable.Range(0, seen.Length).Where(n => answers[n] == Answer.Acknowledged && seen[n] == 0).ToArray();
        var repeated = Enumerable.Range(0, seen.Length).Where(n => seen[n] > 1).ToArray();
        return new Verdict(answers.LongCount(a => a == Answer.Acknowledged), found, missing.Length, repeated.Length, altered, foreign, ledger)
        {
            Own = own,
            Rows = database is null ? rows : rows - own,
            Ids = database is null ? ids : ids - own,
            Renumbered = renumbered,
            HighestSequence = highest,
            RefusedFound = seen.Where((times, n) => times > 0 && answers[n] == Answer.Refused).Count(),
            Evidence = $"missing numbers {Some(missing)}, repeated numbers {Some(repeated)}",
        };
    }

    // The moves of its circuit breaker.
    private static bool IsServersOwn(JsonElement stored) => stored.GetProperty("source").GetString() == SystemEvents.Source;

    private static bool IsAsSent(JsonElement data, long number)
    {
        var text = data.GetProperty("text").GetString()!;
        return data.GetProperty("number").GetInt64() == number
            && data.GetProperty("check").GetUInt32() == EventNaming.CheckOf(number, text)
            && text == EventNaming.TextOf(number);
    }

    private static string Some(int[] numbers) => numbers.Length == 0 ? "none" : string.Join(' ', numbers.Take(EvidenceMax)) + (numbers.Length > EvidenceMax ? " ..." : "");
}

/// <summary>What the judge found.</summary>
/// <param name="Found">Events in the list, but for the server's own.</param>
/// <param name="Missing">Acknowledged and not in the list.</param>
/// <param name="Duplicates">More than once in the list.</param>
/// <param name="Altered">Not what was sent.</param>
/// <param name="Foreign">In the list, and never sent.</param>
internal sealed record Verdict(long Acknowledged, long Found, long Missing, long Duplicates, long Altered, long Foreign, LedgerReading Ledger)
{
    /// <summary>Events that the server recorded by itself.</summary>
    public required long Own { get; init; }

    /// <summary>What the store itself counts but for the server's own, with and without repeated ids.</summary>
    public required long Rows { get; init; }

    public required long Ids { get; init; }

    /// <summary>Events that stand in the store for another spool than the ledger's.</summary>
    public long OfAnotherSpool { get; init; }

    /// <summary>Sequence numbers that were given out twice in an epoch.</summary>
    public required long Renumbered { get; init; }

    public required long HighestSequence { get; init; }

    /// <summary>In the list, although the server had said no.</summary>
    public required long RefusedFound { get; init; }

    public required string Evidence { get; init; }

    /// <summary>What neither the list nor the ledger explains.</summary>
    public long Unaccounted => Math.Abs(Ledger.Error!.Value) + Math.Abs(Found + Own - OfAnotherSpool - Ledger.Events.Stored) + Math.Abs(Rows - Found);

    /// <summary>Nothing promised is missing, nothing is there twice, nothing was changed or invented, and the books say the same.</summary>
    public void ShouldBeClean(string context)
    {
        ShouldBeHonest(context);
        (Missing, Ledger.Events.Lost, Ledger.Samples.Lost).ShouldBe((0, 0, 0), $"{context}: {this}");
    }

    /// <summary>Clean, and as many rows as were acknowledged: for a test in which every request got its answer.</summary>
    public void ShouldBeExact(string context)
    {
        ShouldBeClean(context);
        (Rows, Ids).ShouldBe((Acknowledged, Acknowledged), $"{context}: {this}");
    }

    /// <summary>As clean as a destroyed disk allows: what is missing was said to be lost.</summary>
    public void ShouldBeHonest(string context)
    {
        Acknowledged.ShouldBePositive(context);
        (Duplicates, Altered, Foreign, Renumbered, Unaccounted, Ledger.Events.DeadLettered).ShouldBe((0, 0, 0, 0, 0, 0), $"{context}: {this}");
        Missing.ShouldBeLessThanOrEqualTo(Ledger.Events.Lost, $"{context}: {this}");
    }
}
