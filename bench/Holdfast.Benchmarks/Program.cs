using Holdfast.Benchmarks;
using Holdfast.Benchmarks.Otlp;
using Holdfast.Benchmarks.Pipeline;
using Holdfast.Benchmarks.Resilience;

return args switch
{
    ["pipeline", .. var rest] => await PipelineVerb.RunAsync(Arguments.Parse(rest)),
    ["otlp", .. var rest] => await OtlpVerb.RunAsync(Arguments.Parse(rest)),
    ["resilience", .. var rest] => ResilienceVerb.Run(Arguments.Parse(rest)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(
        """
        Verbs:
          pipeline --events 200000 --batch 500 [--connections 4] [--rate EVENTS_PER_S] [--bytes 200] [--warm 200000] [--rounds N] [--postgres CS]
              Starts a server on an empty directory, posts events, and waits until the store has them all.
              The last line is one JSON object: events_per_s, ack_p50_ms, ack_p99_ms, rss_mb, cpu_s_per_million, store.
              --rate sends at a steady rate instead of as fast as it goes; acknowledgements are then timed from when
              they were due, so that a stall is not hidden.
              --postgres stores in that database instead of the embedded one, and sends after each of 3 rounds the same rows
              into the same table with one bare binary COPY; the figures are medians, with copy_rows_per_s and ratio.

          otlp --points 500000 --batch 5000 [--connections 4] [--histograms 100] [--warm 100000] [--postgres CS]
              Sends what the real exporter of OpenTelemetry for .NET sent, taken down before, and waits until the store has it all.
              --histograms: how many points of a batch are histograms of 15 bounds, which become 20 samples each; the others
              are counters. The last line is one JSON object: points_per_s, samples_per_s, and the rest as with pipeline.

          resilience [--iterations 15]
              Times the circuit breaker beside Polly's own in the same run: closed, two threads, rejecting, and within a
              pipeline of retry, breaker and timeout. The last line is one JSON object with the ratios of the medians,
              ours to Polly's. --iterations 1 only shows that it runs.
        """);
    return 64;
}
