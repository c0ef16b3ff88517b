using Holdfast.Benchmarks;
using Holdfast.Benchmarks.Pipeline;

return args switch
{
    ["pipeline", .. var rest] => await PipelineVerb.RunAsync(Arguments.Parse(rest)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(
        """
        Verbs:
          pipeline --events 200000 --batch 500 [--connections 4] [--rate EVENTS_PER_S] [--bytes 200] [--warm 200000]
              Starts a server on an empty directory, posts events, and waits until the store has them all.
              The last line is one JSON object: events_per_s, ack_p50_ms, ack_p99_ms, rss_mb, cpu_s_per_million, store.
              --rate sends at a steady rate instead of as fast as it goes; acknowledgements are then timed from when
              they were due, so that a stall is not hidden.
        """);
    return 64;
}
