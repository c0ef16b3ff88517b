using Holdfast.Pipeline;

namespace Holdfast.Storage.Tests;

/// <summary>What every store promises of the audit.</summary>
public abstract partial class TelemetryStoreConformance
{
    [Fact]
    public async Task What_operators_did_is_read_newest_first()
    {
        await RecordAudit(Entry(1), Entry(2, reason: "maintenance"), Entry(3));

        var newest = (await Store.ReadAuditAsync(new AuditQuery { Limit = 2 }, CancellationToken.None)).Items;

        newest.ShouldBe([Entry(3), Entry(2, reason: "maintenance")]);
    }

    [Fact]
    public async Task The_audit_is_read_page_by_page_without_a_hole_or_a_repeat()
    {
        // Two in one instant, on either side of the end of a page.
        AuditEntry[] entries = [Entry(1), Entry(2), Entry(3) with { At = Noon.AddSeconds(2) }, Entry(4), Entry(5)];
        await RecordAudit(entries);

        var read = new List<AuditEntry>();
        var query = new AuditQuery { Limit = 2 };
        for (AuditPage? page = null; page is not { Next: null }; query = query with { Before = page.Next })
        {
            page = await Store.ReadAuditAsync(query, CancellationToken.None);
            read.AddRange(page.Items);
        }

        read.ShouldBe(entries.Reverse());
    }

    [Fact]
    public async Task Each_filter_of_the_audit_is_honoured()
    {
        var wanted = Entry(2) with { Actor = "ann", Action = "flag.set", Target = "checkout" };
        await RecordAudit(Entry(1), wanted, Entry(3));
        AuditQuery[] queries =
        [
            new() { Actor = "ann" }, new() { Action = "flag.set" }, new() { Target = "checkout" }, new() { Since = wanted.At, Until = wanted.At.AddSeconds(1) },
        ];

        foreach (var query in queries)
        {
            (await Store.ReadAuditAsync(query, CancellationToken.None)).Items.ShouldBe([wanted], $"{query}");
        }

        (await Store.ReadAuditAsync(new AuditQuery { Actor = "ann", Target = "database" }, CancellationToken.None)).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_entry_of_the_audit_is_never_changed_by_a_repeat()
    {
        await RecordAudit(Entry(1), Entry(1) with { Actor = "somebody else" });

        var entries = (await Store.ReadAuditAsync(new AuditQuery { Limit = 10 }, CancellationToken.None)).Items;

        entries.ShouldBe([Entry(1)]);
    }

    [Fact]
    public async Task Entries_of_the_audit_past_their_keep_time_go_and_the_others_stay()
    {
        await RecordAudit(Entry(1), Entry(3));
        Time.Advance(TimeSpan.FromDays(10) + TimeSpan.FromSeconds(2));

        var deleted = await PruneAll(new RetentionOptions { Audit = TimeSpan.FromDays(10) });

        deleted.ShouldBe(1);
        (await Store.ReadAuditAsync(new AuditQuery { Limit = 10 }, CancellationToken.None)).Items.ShouldBe([Entry(3)]);
    }

    [Fact]
    public async Task The_audit_is_kept_for_a_year_unless_told_otherwise()
    {
        await RecordAudit(Entry(1));
        Time.Advance(TimeSpan.FromDays(364));

        await PruneAll(new RetentionOptions());

        (await Store.ReadAuditAsync(new AuditQuery { Limit = 10 }, CancellationToken.None)).Items.ShouldBe([Entry(1)]);
    }

    private async Task RecordAudit(params AuditEntry[] entries)
    {
        foreach (var entry in entries)
        {
            await Store.RecordAuditAsync(entry, CancellationToken.None);
        }
    }

    private static AuditEntry Entry(int number, string? reason = null) => new()
    {
        AuditId = new Guid($"0190bbbb-0000-7000-8000-{number:D12}"),
        At = Noon.AddSeconds(number),
        Actor = "local",
        Action = "breaker.trip",
        Target = "database",
        Reason = reason,
        DetailsJson = """{"after":"open","before":"closed","duration_seconds":30}""",
    };
}
