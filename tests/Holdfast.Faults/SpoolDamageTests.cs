using System.Diagnostics;
using Holdfast.Faults.Support;

namespace Holdfast.Faults;

/// <summary>
/// Whatever happened to the spool's files, the server starts, says exactly what is lost, stores everything else once, and goes on counting
/// where it was.
/// </summary>
public sealed class SpoolDamageTests(FaultReport report)
{
    private const int TimeoutMs = 120_000;
    private const int EventsEach = 20;
    private const int StoredParcels = 10;

    // Fewer than fill the log to where it is played into the file: all of them stand in the log alone.
    private const int ParcelsInLog = 20;

    // Many, so that damage has neighbours.
    private const int ParcelsInFile = 150;

    [Fact(Timeout = TimeoutMs)]
    public async Task A_flipped_byte_in_the_file_costs_the_batch_it_stands_in()
    {
        var verdict = await SurviveAsync("spool.db: byte flipped in a batch", ParcelsInFile, d => Damage.Flip(d.SpoolDatabase, Damage.Find(d.SpoolDatabase, "order.placed"u8, 0.5)));

        verdict.Ledger.Events.Lost.ShouldBe(EventsEach);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_scribbled_stretch_of_the_file_costs_the_batches_that_stand_there()
    {
        var verdict = await SurviveAsync("spool.db: 20 KB scribbled over", ParcelsInFile, d => Damage.Scribble(d.SpoolDatabase, 200_000, 20_000, seed: 7));

        verdict.Ledger.Events.Lost.ShouldBeInRange(EventsEach, ParcelsInFile * EventsEach / 2);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_destroyed_head_of_the_file_costs_nothing_that_stands_behind_it()
    {
        var verdict = await SurviveAsync("spool.db: head destroyed", ParcelsInFile, d => Damage.Scribble(d.SpoolDatabase, 0, 8_192, seed: 7));

        verdict.Ledger.Events.Lost.ShouldBe(0);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_file_cut_in_half_costs_the_batches_of_the_other_half()
    {
        var verdict = await SurviveAsync("spool.db: cut in half", ParcelsInFile, d => Damage.Truncate(d.SpoolDatabase, new FileInfo(d.SpoolDatabase).Length / 2));

        verdict.Ledger.Events.Lost.ShouldBeInRange(EventsEach, ParcelsInFile * EventsEach);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_deleted_file_costs_what_waited_and_the_mark_tells_how_much()
    {
        var verdict = await SurviveAsync("spool.db: deleted", ParcelsInFile, d => File.Delete(d.SpoolDatabase));

        verdict.Ledger.Events.Lost.ShouldBe(ParcelsInFile * EventsEach);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_flipped_byte_in_the_log_costs_what_was_logged_from_there_on()
    {
        var verdict = await SurviveAsync("spool.db-wal: byte flipped", ParcelsInLog, d => Damage.Flip(d.SpoolLog, Damage.Find(d.SpoolLog, "order.placed"u8, 0.5)));

        verdict.Ledger.Events.Lost.ShouldBeInRange(EventsEach, ParcelsInLog * EventsEach - 1);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_torn_log_costs_its_tail()
    {
        var verdict = await SurviveAsync("spool.db-wal: torn", ParcelsInLog, d => Damage.Truncate(d.SpoolLog, new FileInfo(d.SpoolLog).Length / 2));

        verdict.Ledger.Events.Lost.ShouldBeInRange(EventsEach, ParcelsInLog * EventsEach - 1);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_deleted_log_costs_all_that_was_in_it()
    {
        var verdict = await SurviveAsync("spool.db-wal: deleted", ParcelsInLog, d => File.Delete(d.SpoolLog));

        verdict.Ledger.Events.Lost.ShouldBe(ParcelsInLog * EventsEach);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_deleted_mark_costs_nothing()
    {
        var verdict = await SurviveAsync("spool.mark: deleted", ParcelsInLog, d => File.Delete(d.SpoolMark));

        verdict.Ledger.Events.Lost.ShouldBe(0);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_scribbled_mark_costs_nothing()
    {
        var verdict = await SurviveAsync("spool.mark: scribbled over", ParcelsInLog, d => Damage.Scribble(d.SpoolMark, 0, 8_000, seed: 7));

        verdict.Ledger.Events.Lost.ShouldBe(0);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_deleted_data_directory_costs_all_and_the_server_starts_anew()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var scene = await WithWaitingAsync(ParcelsInLog, stop);
        Directory.Delete(scene.Directory.Data, recursive: true);

        var restarted = Stopwatch.GetTimestamp();
        await scene.StartAsync(stop);
        var firstStore = await scene.FirstStoreAsync(restarted, stop);

        // Nobody is left who knows of the old ones: the new ledger speaks of the new spool.
        var verdict = await scene.JudgeAsync(stop);
        report.Add("data directory deleted", 1, verdict, [firstStore]);
        (verdict.Found, verdict.Unaccounted, verdict.Duplicates, verdict.Foreign).ShouldBe((1, 0, 0, 0), verdict.ToString());
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task An_older_copy_of_the_file_stores_nothing_twice_and_loses_nothing_that_is_stored()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var scene = await WithWaitingAsync(ParcelsInFile, stop);
        File.Copy(scene.Directory.SpoolDatabase, scene.Directory.Beside("older"));
        await scene.StartAsync(stop);
        await scene.PostAsync(parcels: 10, EventsEach);
        await scene.Api.WhenSettledAsync(stop);
        await scene.TerminateAsync(stop);
        File.Move(scene.Directory.Beside("older"), scene.Directory.SpoolDatabase, overwrite: true);

        var restarted = Stopwatch.GetTimestamp();
        await scene.StartAsync(stop);
        var firstStore = await scene.FirstStoreAsync(restarted, stop);

        var verdict = await scene.JudgeAsync(stop);
        report.Add("spool.db: older copy", 1, verdict, [firstStore]);
        verdict.ShouldBeClean("older copy");
    }

    /// <summary>Batches wait in the spool of a killed server; then something happens to its files, and it is started again.</summary>
    private async Task<Verdict> SurviveAsync(string fault, int waitingParcels, Action<FaultDirectory> damage)
    {
        var stop = TestContext.Current.CancellationToken;
        await using var scene = await WithWaitingAsync(waitingParcels, stop);
        var sent = scene.Obligations.Count(Answer.Acknowledged);
        damage(scene.Directory);

        var restarted = Stopwatch.GetTimestamp();
        await scene.StartAsync(stop);
        var firstStore = await scene.FirstStoreAsync(restarted, stop);
        var verdict = await scene.JudgeAsync(stop);

        report.Add(fault, 1, verdict, [firstStore]);
        verdict.ShouldBeHonest(fault);
        verdict.Missing.ShouldBe(verdict.Ledger.Events.Lost, $"{fault}: every answer is known here, so the loss is known exactly: {verdict}\n{scene.Server.Log}");
        verdict.HighestSequence.ShouldBe(sent + 1, "numbering goes on where it was");
        if (verdict.Missing > 0)
        {
            await scene.Server.WhenSaysAsync("are lost (", stop);
        }

        return verdict;
    }

    /// <summary>A server that was killed while its store was locked. Some of what it acknowledged is stored, some waits.</summary>
    private static async Task<Scene> WithWaitingAsync(int waitingParcels, CancellationToken stop)
    {
        var scene = new Scene();
        try
        {
            await scene.StartAsync(stop);
            await scene.PostAsync(StoredParcels, EventsEach);
            await scene.Api.WhenSettledAsync(stop);

            // A start begins the log anew.
            await scene.KillAsync(stop);
            await scene.StartAsync(stop);
            using (StoreLock.Take(scene.Directory))
            {
                await scene.PostAsync(waitingParcels, EventsEach);
                await scene.KillAsync(stop);
                if (waitingParcels == ParcelsInFile)
                {
                    // A start plays the log into the file.
                    await scene.StartAsync(stop);
                    await scene.KillAsync(stop);
                }
            }

            return scene;
        }
        catch
        {
            await scene.DisposeAsync();
            throw;
        }
    }
}
