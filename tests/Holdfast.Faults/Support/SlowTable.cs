namespace Holdfast.Faults.Support;

/// <summary>Makes the table of events slow, so that there is a middle of a COPY to do something in.</summary>
internal sealed class SlowTable : IAsyncDisposable
{
    private const string Make =
        """
        CREATE TABLE public.slowness (seconds double precision NOT NULL);
        INSERT INTO public.slowness VALUES (0.005);
        CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
        $$ BEGIN PERFORM pg_sleep(seconds) FROM public.slowness WHERE seconds > 0; RETURN NEW; END $$;
        CREATE TRIGGER slow BEFORE INSERT ON monitoring.monitoring_events FOR EACH ROW EXECUTE FUNCTION public.slow()
        """;

    private const string RowsCopied = "SELECT coalesce(max(tuples_processed), 0) FROM pg_stat_progress_copy";

    private readonly FaultDatabase _database;

    private SlowTable(FaultDatabase database) => _database = database;

    public static async Task<SlowTable> MakeAsync(FaultDatabase database)
    {
        await database.ExecuteAsync(Make);
        return new SlowTable(database);
    }

    /// <summary>Waits until a COPY has begun and not ended.</summary>
    public async Task WhenCopyingAsync(CancellationToken cancellationToken)
    {
        while ((await _database.ReadAsync<long>(RowsCopied))[0] == 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
        }
    }

    /// <summary>Fast again, at once: a COPY that is under way asks for each row.</summary>
    public async ValueTask DisposeAsync() => await _database.ExecuteAsync("UPDATE public.slowness SET seconds = 0");
}
