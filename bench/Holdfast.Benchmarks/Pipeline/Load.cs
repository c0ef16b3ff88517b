using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Holdfast.Benchmarks.Pipeline;

/// <summary>Posts events over a fixed number of connections, as fast as it goes or at a rate, and times every acknowledgement.</summary>
internal sealed class Load(Uri server, int batch, int eventBytes)
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private const int BodiesMax = 16;

    private readonly List<double> _acks = [];

    // Made before the clock starts: a load generator that builds texts takes the processor from what it measures.
    private readonly byte[][] _bodies = [.. Enumerable.Range(0, BodiesMax).Select(post => Body(post, batch, eventBytes))];

    public IReadOnlyList<double> AckMilliseconds => _acks;

    public async Task RunAsync(int events, int connections, int ratePerSecond)
    {
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = connections, UseProxy = false }) { BaseAddress = server };
        var posts = (events + batch - 1) / batch;
        var next = -1;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
        {
            var own = new List<double>();
            for (var post = Interlocked.Increment(ref next); post < posts; post = Interlocked.Increment(ref next))
            {
                var count = Math.Min(batch, events - (post * batch));
                var body = count == batch ? _bodies[post % BodiesMax] : Body(post, count, eventBytes);
                own.Add(await PostAsync(http, body, Due(started, post, ratePerSecond)));
            }

            lock (_acks)
            {
                _acks.AddRange(own);
            }
        }));
    }

    private static async Task<double> PostAsync(HttpClient http, byte[] body, long due)
    {
        // Late because an earlier answer was late: the wait counts from when this post was due. Early: the timer's own lateness does not.
        var late = due != 0 && Stopwatch.GetTimestamp() >= due;
        while (due != 0 && Stopwatch.GetTimestamp() is var now && now < due)
        {
            await Task.Delay(Math.Max(1, (int)((due - now) * 1_000 / Stopwatch.Frequency)));
        }

        var from = late ? due : Stopwatch.GetTimestamp();
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = Json;
        using var answer = await http.PostAsync(new Uri("api/events", UriKind.Relative), content);
        if (answer.StatusCode != HttpStatusCode.Accepted)
        {
            throw new InvalidOperationException($"A post was answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        }

        return Stopwatch.GetElapsedTime(from).TotalMilliseconds;
    }

    private long Due(long started, int post, int ratePerSecond) =>
        ratePerSecond == 0 ? 0 : started + (long)((double)post * batch / ratePerSecond * Stopwatch.Frequency);

    private static byte[] Body(int post, int count, int eventBytes)
    {
        var text = new StringBuilder(count * (eventBytes + 16)).Append('[');
        for (var i = 0; i < count; i++)
        {
            if (i > 0)
            {
                text.Append(',');
            }

            var head = string.Create(
                CultureInfo.InvariantCulture,
                $$"""{"event_type":"order.{{(i % 7 == 0 ? "failed" : "placed")}}","source":"bench-{{i % 10}}","data":{"amount":{{i}},"order":{{((long)post * 100_000) + i}},"text":" """);
            text.Append(head).Append('x', Math.Max(0, eventBytes - head.Length - 3)).Append("\"}}");
        }

        return Encoding.UTF8.GetBytes(text.Append(']').ToString());
    }
}
