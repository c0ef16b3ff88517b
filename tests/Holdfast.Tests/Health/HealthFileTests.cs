using Holdfast.Health;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Health;

public sealed class HealthFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public void What_is_written_is_read_again()
    {
        var incident = Guid.CreateVersion7();
        var memory = new HealthMemory
        {
            Entries =
            [
                new HealthEntry(7, Some.Instant, HealthEntryKind.Transition, "storage") { From = HealthState.Pass, To = HealthState.Fail, Detail = "away", Incident = incident },
                new HealthEntry(8, Some.Instant, HealthEntryKind.Recovery, "storage") { Rule = "mend", Actions = ["repair"], Outcome = RecoveryOutcomes.Repaired, Incident = incident },
            ],
            Incident = new HealthIncident(incident, Some.Instant, "storage"),
            Failing = new Dictionary<string, DateTimeOffset?> { ["storage"] = Some.Instant },
            Rules = new Dictionary<string, RuleMemory> { ["mend"] = new([Some.Instant], Some.Instant, RecoveryOutcomes.NotRepaired, 2) },
            Service = new ServiceHistory(
                Some.Instant,
                new Dictionary<DateTimeOffset, ServiceBucket> { [Some.Instant] = new(TimeSpan.FromSeconds(59.5), 100, 1) },
                new Dictionary<DateTimeOffset, ServiceBucket> { [Some.Instant] = new(TimeSpan.FromSeconds(3_600), 1_000, 2) }),
        };
        var file = new HealthFile(_directory.Path);

        file.Write(memory);
        var read = file.Read();

        read.Entries[0].ShouldBe(memory.Entries[0]);
        (read.Entries[1] with { Actions = null }).ShouldBe(memory.Entries[1] with { Actions = null });
        read.Entries[1].Actions.ShouldBe(["repair"]);
        read.Incident.ShouldBe(memory.Incident);
        read.Failing.ShouldBe(memory.Failing);
        read.Rules["mend"].Runs.ShouldBe([Some.Instant]);
        (read.Rules["mend"].LastOutcome, read.Rules["mend"].Fruitless).ShouldBe((RecoveryOutcomes.NotRepaired, 2));
        read.Service.Minutes.ShouldBe(memory.Service.Minutes);
        read.Service.Hours.ShouldBe(memory.Service.Hours);
        read.Service.Since.ShouldBe(Some.Instant);
    }

    [Fact]
    public void What_is_written_can_be_read_and_the_oldest_entries_make_room()
    {
        var detail = new string('\u4e16', HealthDetail.LengthMax); // six bytes each
        var entries = Enumerable.Range(1, HealthTimeline.EntriesMax).Select(number => new HealthEntry(number, Some.Instant, HealthEntryKind.Recovery, "storage") { Detail = detail }).ToArray();
        var service = new ServiceHistory(Some.Instant, new Dictionary<DateTimeOffset, ServiceBucket> { [Some.Instant] = new(TimeSpan.FromSeconds(1), 1, 0) }, ServiceHistory.None.Hours);
        var file = new HealthFile(_directory.Path);

        file.Write(new HealthMemory { Entries = entries, Service = service });
        var read = file.Read();

        new FileInfo(file.Path).Length.ShouldBeInRange(HealthFile.BytesMax - 5_000, HealthFile.BytesMax);
        read.Entries.ShouldBe(entries.TakeLast(read.Entries.Count));
        read.Entries.Count.ShouldBeInRange(100, entries.Length - 1);
        read.Service.Minutes.ShouldBe(service.Minutes);
    }

    [Fact]
    public void What_could_not_be_read_again_is_not_written_and_the_file_before_stays()
    {
        var file = new HealthFile(_directory.Path);
        file.Write(new HealthMemory { Failing = new Dictionary<string, DateTimeOffset?> { ["storage"] = Some.Instant } });
        var tooMany = Enumerable.Range(0, HealthFile.BytesMax / 20).ToDictionary(number => $"check {number}", DateTimeOffset? (_) => Some.Instant, StringComparer.Ordinal);

        Should.Throw<HealthFileException>(() => file.Write(new HealthMemory { Failing = tooMany }));

        file.Read().Failing.Keys.ShouldBe(["storage"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{\"entries\": 3}")]
    [InlineData("{\"entries\": [{\"number\": 1, \"at\": \"2026-01-01T00:00:00Z\", \"kind\": \"odd\", \"check\": \"x\"}]}")]
    [InlineData("{\"minutes\": [[1, 2, 3, 4], [1, 2, 3, 4]]}")]
    [InlineData("{\"rules\": {\"mend\": {}}}")]
    [InlineData("{\"rules\": {\"mend\": null}}")]
    [InlineData("{\"minutes\": [[9223372036854775807, 2, 3, 4]]}")]
    public void A_file_that_cannot_be_read_is_put_aside_and_it_begins_anew(string text)
    {
        var file = new HealthFile(_directory.Path);
        _directory.Write(HealthFile.Name, text);
        var log = new RecordingLogger<HealthKeeper>();

        var read = HealthKeeper.Read(file, log);

        read.Entries.ShouldBeEmpty();
        log.Warnings.ShouldHaveSingleItem().ShouldContain(HealthFile.Name);
        File.Exists(_directory.File(HealthFile.Name + ".unreadable")).ShouldBeTrue();
    }

    [Fact]
    public void Where_there_is_none_nothing_is_known() => new HealthFile(_directory.Path).Read().Entries.ShouldBeEmpty();

    public void Dispose() => _directory.Dispose();
}
