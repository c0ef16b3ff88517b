using Holdfast.Pipeline;

namespace Holdfast.Storage.Tests;

/// <summary>What every store promises of the audit.</summary>
public abstract partial class TelemetryStoreConformance
{
    [Fact]
    public async Task What_operators_did_is_read_newest_first()
    {
        await RecordAudit(Entry(1), Entry(2, reason: "maintenance"), Entry(3));

        var newest = await Store.ReadAuditAsync(2, CancellationToken.None);

        newest.ShouldBe([Entry(3), Entry(2, reason: "maintenance")]);
    }

    [Fact]
    public async Task An_entry_of_the_audit_is_never_changed_by_a_repeat()
    {
        await RecordAudit(Entry(1), Entry(1) with { Actor = "somebody else" });

        var entries = await Store.ReadAuditAsync(10, CancellationToken.None);

        entries.ShouldBe([Entry(1)]);
    }

    [Fact]
    public async Task Entries_of_the_audit_past_their_keep_time_go_and_the_others_stay()
    {
        await RecordAudit(Entry(1), Entry(3));
        Time.Advance(TimeSpan.FromDays(10) + TimeSpan.FromSeconds(2));

        var deleted = await PruneAll(new RetentionOptions { Audit = TimeSpan.FromDays(10) });

        deleted.ShouldBe(1);
        (await Store.ReadAuditAsync(10, CancellationToken.None)).ShouldBe([Entry(3)]);
    }

    [Fact]
    public async Task The_audit_is_kept_for_a_year_unless_told_otherwise()
    {
        await RecordAudit(Entry(1));
        Time.Advance(TimeSpan.FromDays(364));

        await PruneAll(new RetentionOptions());

        (await Store.ReadAuditAsync(10, CancellationToken.None)).ShouldBe([Entry(1)]);
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
