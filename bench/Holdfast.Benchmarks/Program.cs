using Holdfast.Benchmarks;
using Holdfast.Benchmarks.Api;
using Holdfast.Benchmarks.Bus;
using Holdfast.Benchmarks.Flags;
using Holdfast.Benchmarks.Live;
using Holdfast.Benchmarks.Otlp;
using Holdfast.Benchmarks.Pipeline;
using Holdfast.Benchmarks.Resilience;
using Holdfast.Benchmarks.Retries;

return args switch
{
    ["help" or "--help" or "-h", ..] or [_, "--help" or "-h"] => Usage(),
    ["pipeline", .. var rest] => await PipelineVerb.RunAsync(Arguments.Parse(rest)),
    ["otlp", .. var rest] => await OtlpVerb.RunAsync(Arguments.Parse(rest)),
    ["retries", .. var rest] => await RetriesVerb.RunAsync(Arguments.Parse(rest)),
    ["retries-held", .. var rest] => await HeldVerb.RunAsync(Arguments.Parse(rest)),
    ["retry-engine", .. var rest] => await EngineVerb.RunAsync(Arguments.Parse(rest)),
    ["bus", .. var rest] => BusVerb.Run(Arguments.Parse(rest)),
    ["flags", .. var rest] => await FlagsVerb.RunAsync(Arguments.Parse(rest)),
    ["live", .. var rest] => await LiveVerb.RunAsync(Arguments.Parse(rest)),
    [SignalRServer.Verb] => await SignalRServer.RunAsync(),
    ["api", .. var rest] => await ApiVerb.RunAsync(Arguments.Parse(rest)),
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

          retries --postgres CS [--items 100000] [--payload 256] [--workers 16] [--rounds 3] [--peers bench/peers]
              The queue of failed operations in an empty database, its workers in this process. Each round: a bare DELETE ... SKIP LOCKED
              loop over items of the same size, a bulk enqueue, and a drain of no-op items, done when every outcome is recorded; at the end 8
              producers that await each single item, and 200 items a second for 10 s.
              --peers runs graphile-worker and pg-boss in each round as well (npm ci --prefix bench/peers before), and adds their figures
              and the ratios. The last line is one JSON object: enqueue_per_s, enqueue_single_per_s, bare_single_per_s, process_per_s, bare_loop_per_s, ratio,
              start_p99_ms_at_200, wal_bytes_per_item, statements_per_item; medians.

          retries-held --postgres CS [--minutes 10] [--payload 256] [--workers 16]
              That queue while somebody holds a transaction open: items handed in 500 a call and executed at the same time, first as fast as it
              goes, then half as many a second, without and with an open transaction. A line a minute; the last line is one JSON object:
              full_per_s, offered_per_s, free_per_s, held_per_s, free_again_per_s, ratio (held to free, in the last minute), and p50 and p99 from hand-in to start.

          retry-engine [--items 500000] [--payload 256] [--workers 16] [--rounds 5]
              What the engine of that queue costs without a database: items_per_s, cpu_us_per_item, bytes_per_item.

          bus [--iterations 15]
              Times the event bus in the same run as a bounded channel (with a message made for each event, and bare: one and
              the same reference) and MassTransit's bus in memory: one publisher and one subscriber of the exact type; and
              twenty subscribers by patterns. The last line is one JSON object: exact_per_s, patterns_per_s (deliveries),
              channel_per_s, bare_channel_per_s, masstransit_per_s, the ratios of the times, bytes_per_publish.
              --iterations 1 only shows that it runs.

          flags [--clients 100] [--flips 100] [--evaluations 2000000] [--postgres CS]
              Flips a flag of a server and times, from the request that does it, when each of the clients of its event stream hears of it; and
              evaluates a rule with a condition and a percentage on one thread. The last line is one JSON object: p50_ms, p99_ms, max_ms
              over all flips and clients, evaluations_per_s, bytes_per_evaluation.

          live [--watchers 100] [--rate 20] [--bytes 250] [--seconds 20] [--rounds 3] [--stopped N] [--protocols holdfast,holdfast-memory,realtime-memory,signalr]
              Posts messages of so many bytes at that rate to a server that tells them to all watchers: ours as it ships, ours with the spool in memory
              over /live and over the Supabase Realtime protocol, and SignalR of ASP.NET Core; interleaved, each in a process of its own, watched by the same hand-written client. The last line is one
              JSON object: for each p50_ms and p99_ms from publishing to receiving, cpu_s_per_million deliveries, and the part of it
              that is not for taking the messages (delivery_cpu_s_per_million), rss_mb; each [median, lowest, highest].
              --stopped measures again with so many watchers that do not read any more: stopped_p99_ratio of the others, stopped_grown_mb.

          api [--rate 200] [--seconds 20]
              How fast /status, /flags/status, /health, /metrics and /api/components answer at that rate, timed from when each was due: over the
              embedded store, then with a database that takes connections and says nothing. A line for each path; the last line is one
              JSON object: embedded_p99_ms, silent_database_p99_ms.

          resilience [--iterations 15]
              Times the circuit breaker beside Polly's own in the same run: closed, two threads, rejecting, and within a
              pipeline of retry, breaker and timeout. The last line is one JSON object with the ratios of the medians,
              ours to Polly's. --iterations 1 only shows that it runs.
        """);
    return 64;
}
