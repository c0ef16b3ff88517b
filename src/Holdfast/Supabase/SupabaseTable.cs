using System.Net;
using System.Net.Http.Headers;
using Holdfast.Lifecycle;
using Holdfast.Monitoring;
using Holdfast.Pipeline;
using Holdfast.Resilience;
using Microsoft.Extensions.Logging;
using Polly.CircuitBreaker;

namespace Holdfast.Supabase;

/// <summary>
/// Inserts what is published into a table of the project too, for those who watch its changes of rows. A row that is sent again is the same row.
/// Beside the broadcasts, with a breaker of its own: a table that is missing stops no broadcast.
/// </summary>
internal sealed class SupabaseTable(SupabaseOptions options, ProjectClient client, NamedPipeline pipeline, TimeProvider time, Func<double> random, ILogger<SupabaseTable> logger) : ILoop
{
    // Of events in one request, about.
    private const long RoundBytes = 1 << 20;

    private readonly PublishQueue _queue = new();
    private readonly PublishPace _pace = new(options.Period, random);
    private long _inserted;
    private long _dropped;

    public string Name => "supabase table";

    /// <summary>Rows that the table has taken.</summary>
    public long Inserted => Interlocked.Read(ref _inserted);

    /// <summary>Rows that were given up.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Takes events; anything else is no row.</summary>
    public void Offer(LiveUpdate update)
    {
        if (update is EventsUpdate)
        {
            NoteDropped(_queue.Offer(update));
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(_pace.Delay, time, cancellationToken);
            await _queue.WaitAsync(cancellationToken);
            await InsertAsync(_queue.Take(RoundBytes), cancellationToken);
        }
    }

    private async Task InsertAsync(PublishRound round, CancellationToken cancellationToken)
    {
        var answered = 0;
        try
        {
            foreach (var rows in round.Updates.SelectMany(update => update.Carried).Chunk(TableRows.RowsMax))
            {
                if (!await InsertAsync(rows, cancellationToken))
                {
                    _queue.PutBack(round, UpdatesWithin(round, answered));
                    return;
                }

                answered += rows.Length;
            }

            _queue.Release(round.Updates);
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            _queue.PutBack(round, UpdatesWithin(round, answered));
            Fail(fault);
        }
    }

    // What the project has answered is not sent again. An update of which some rows were answered is, whole: the table knows those.
    private static int UpdatesWithin(PublishRound round, int rows) => round.Updates.TakeWhile(update => (rows -= update.Carried.Count) >= 0).Count();

    /// <summary>False: not now.</summary>
    private async Task<bool> InsertAsync(StoredEvent[] rows, CancellationToken cancellationToken)
    {
        var (schema, table) = options.Table!.Split('.') is [var named, var last] ? (named, last) : ("public", options.Table!);
        var answer = await client.PostAsync($"/rest/v1/{table}?on_conflict=id", TableRows.ToJson(rows), Prepare, pipeline, cancellationToken);
        _pace.Note(answer);
        if (answer.IsAccepted)
        {
            Interlocked.Add(ref _inserted, rows.Length);
        }
        else if (!answer.IsThrottled)
        {
            logger.TableRefused(options.Table!, (int)answer.Status, answer.Detail);
            if (IsOfKey(answer))
            {
                return false;
            }

            Interlocked.Add(ref _dropped, rows.Length);
        }

        return !answer.IsThrottled;

        void Prepare(HttpRequestHeaders headers, HttpContentHeaders content)
        {
            headers.Add("Prefer", "resolution=ignore-duplicates,return=minimal");
            content.Add("Content-Profile", schema);
        }
    }

    // Nothing is wrong with the rows: they wait for a key that may write, as long as there is room.
    private static bool IsOfKey(ProjectAnswer answer) => answer.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;

    private void Fail(Exception fault)
    {
        _pace.NoteFailed(fault is BrokenCircuitException broken ? broken.RetryAfter : (fault as ProjectUnavailableException)?.Answer.RetryAfter);
        if (_pace.Failures == 1)
        {
            logger.TableUnavailable(options.Table!, ProjectFailure.TextOf(fault), _pace.Delay.TotalSeconds);
        }
    }

    private void NoteDropped(IReadOnlyList<PendingUpdate> givenUp) => Interlocked.Add(ref _dropped, givenUp.Sum(update => (long)update.CarriedCount));
}
