using System.Diagnostics;
using System.Text;

namespace Holdfast.Benchmarks.Live;

/// <summary>Posts what is to be told, at a steady rate, each with the instant at which it was sent.</summary>
internal sealed class Publisher(LiveProtocol protocol, Uri server, int payloadBytes) : IDisposable
{
    private const int StampDigits = 16;

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = server };

    /// <summary>What stands before the stamp in a message, whatever is around it.</summary>
    public static ReadOnlySpan<byte> StampName => "\"stamp\":"u8;

    /// <summary>One that is late does not hold up those behind it.</summary>
    public async Task RunAsync(int rate, int seconds)
    {
        var started = Stopwatch.GetTimestamp();
        var under = new List<Task>(rate * seconds);
        for (var i = 0; i < rate * seconds; i++)
        {
            var early = TimeSpan.FromSeconds((double)i / rate) - Stopwatch.GetElapsedTime(started);
            if (early > TimeSpan.Zero)
            {
                await Task.Delay(early);
            }

            under.Add(PublishAsync());
        }

        await Task.WhenAll(under);
    }

    public void Dispose() => _http.Dispose();

    private async Task PublishAsync()
    {
        using var content = new StringContent(protocol.Body(Payload(Watcher.Now)), Encoding.UTF8, "application/json");
        using var answer = await _http.PostAsync(protocol.PublishPath, content);
        answer.EnsureSuccessStatusCode();
    }

    private string Payload(long stamp)
    {
        const string Empty = """{"stamp":,"pad":""}""";
        return $$"""{"stamp":{{stamp}},"pad":"{{new string('x', Math.Max(0, payloadBytes - StampDigits - Empty.Length))}}"}""";
    }
}
