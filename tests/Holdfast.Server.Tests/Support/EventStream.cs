namespace Holdfast.Server.Tests.Support;

/// <summary>Reads server-sent events.</summary>
internal sealed class EventStream : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _reader;

    private EventStream(HttpResponseMessage response, Stream body)
    {
        _response = response;
        _reader = new StreamReader(body);
    }

    public static async Task<EventStream> OpenAsync(TestServer server, string address, string? lastEventId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        var response = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Deadline.Token());
        ((int)response.StatusCode).ShouldBe(200);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        return new EventStream(response, await response.Content.ReadAsStreamAsync(Deadline.Token()));
    }

    /// <summary>The next event; comments are passed over.</summary>
    public async Task<(string Id, string Event, string Data)> NextAsync()
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        var patience = Deadline.Token();
        while (true)
        {
            var line = (await _reader.ReadLineAsync(patience)).ShouldNotBeNull();
            if (line.Length == 0 && fields.Count > 0)
            {
                return (fields["id"], fields["event"], fields["data"]);
            }

            if (line.Length > 0 && line[0] != ':')
            {
                var colon = line.IndexOf(": ", StringComparison.Ordinal);
                fields[line[..colon]] = line[(colon + 2)..];
            }
        }
    }

    /// <summary>Reads to the end, which the server makes.</summary>
    public async Task EndedAsync()
    {
        var patience = Deadline.Token();
        try
        {
            while (await _reader.ReadLineAsync(patience) is not null)
            {
            }
        }
        catch (IOException)
        {
            // Broken off, which is an end too.
        }
    }

    public void Dispose()
    {
        _reader.Dispose();
        _response.Dispose();
    }
}
