using System.Diagnostics;

namespace Holdfast.Benchmarks.Flags;

/// <summary>A client that listens to the event stream and notes when it hears something.</summary>
internal sealed class FlagListener : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _reader;

    private FlagListener(HttpResponseMessage response, Stream body) => (_response, _reader) = (response, new StreamReader(body));

    public static async Task<FlagListener> OpenAsync(HttpClient http, string address)
    {
        var response = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        var listener = new FlagListener(response, await response.Content.ReadAsStreamAsync());
        await listener.NextAsync(); // each stream begins with the newest revision
        return listener;
    }

    /// <summary>The timestamp at which the next event was whole.</summary>
    public async Task<long> NextAsync()
    {
        var hasData = false;
        while (await _reader.ReadLineAsync() is { } line)
        {
            if (line.Length == 0 && hasData)
            {
                return Stopwatch.GetTimestamp();
            }

            hasData |= line.StartsWith("data:", StringComparison.Ordinal);
        }

        throw new IOException("The stream has ended.");
    }

    public void Dispose()
    {
        _reader.Dispose();
        _response.Dispose();
    }
}
