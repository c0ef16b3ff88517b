using System.CommandLine;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Holdfast.Cli;

/// <summary>One run of a verb: its arguments, its server, and its ways to speak. Answers go to the standard output, everything else to the error output.</summary>
internal sealed class Session : IDisposable
{
    // A server that is well answers within a second; one that takes connections and says nothing must not keep a script for ever.
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(30);

    // A replay of 10,000 letters takes its time; Ctrl+C ends the waiting.
    private static readonly TimeSpan WorkTime = TimeSpan.FromMinutes(15);

    // What is over sooner needs no progress.
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    // A connection on which nobody answers is known to be broken after two of these.
    private static readonly TimeSpan Sign = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http;
    private readonly TimeSpan? _timeout;

    public Session(ParseResult arguments)
    {
        Arguments = arguments;
        AsJson = arguments.GetValue(CommandLine.Json);
        _http = new HttpClient { BaseAddress = arguments.GetRequiredValue(CommandLine.Url), Timeout = Timeout.InfiniteTimeSpan };
        _timeout = arguments.GetValue(CommandLine.Timeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        ShowKey(arguments.GetValue(CommandLine.KeyFile) is { } file ? File.ReadLines(file.FullName).FirstOrDefault() : Surroundings.Key);
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("holdfast-cli", "0.1"));
    }

    public ParseResult Arguments { get; }

    public bool AsJson { get; }

    /// <summary>Tables and texts for people.</summary>
    public IAnsiConsole Out { get; } = AnsiConsole.Console;

    /// <summary>What is said beside the answer: progress, questions.</summary>
    public IAnsiConsole Error { get; } = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });

    /// <summary>How long an answer may take, and how long one that comes in parts may pause.</summary>
    public TimeSpan Patience => _timeout ?? AnswerTime;

    public Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken) => GetAsync(path, Patience, cancellationToken);

    public Task<JsonElement> GetAsync(string path, TimeSpan within, CancellationToken cancellationToken) =>
        WithinAsync(within, token => SendAsync(HttpMethod.Get, path, null, token), cancellationToken);

    /// <summary>For what the server does before it answers; that it goes on is shown.</summary>
    public Task<JsonElement> WorkAsync(string path, JsonNode body, CancellationToken cancellationToken) => WithProgressAsync(
        "The server is at it ...", () => WithinAsync(_timeout ?? WorkTime, token => SendAsync(HttpMethod.Post, path, body, token), cancellationToken));

    public Task<JsonElement> PostAsync(string path, JsonNode body, CancellationToken cancellationToken) =>
        WithinAsync(Patience, token => SendAsync(HttpMethod.Post, path, body, token), cancellationToken);

    /// <param name="ifMatch">Only if that is still the entity tag of what is there; null for whatever is there.</param>
    public Task<JsonElement> PatchAsync(string path, JsonObject body, string? ifMatch, CancellationToken cancellationToken) =>
        WithinAsync(Patience, token => SendAsync(HttpMethod.Patch, path, body, token, ifMatch), cancellationToken);

    /// <param name="ifMatch">Only if that is still the entity tag of what is there; null for whatever is there.</param>
    public Task<JsonElement> PutAsync(string path, JsonObject body, string? ifMatch, CancellationToken cancellationToken) =>
        WithinAsync(Patience, token => SendAsync(HttpMethod.Put, path, body, token, ifMatch), cancellationToken);

    /// <summary>An empty object when nothing is left to show.</summary>
    /// <param name="ifMatch">Only if that is still the entity tag of what is there; null for whatever is there.</param>
    public Task<JsonElement> DeleteAsync(string path, string? ifMatch, CancellationToken cancellationToken) =>
        WithinAsync(Patience, token => SendAsync(HttpMethod.Delete, path, null, token, ifMatch), cancellationToken);

    /// <summary>The answer while it arrives; for what may be larger than memory. Each part is read <see cref="WithinAsync"/> a time.</summary>
    public async Task<HttpResponseMessage> OpenAsync(string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await WithinAsync(Patience, token => AskAsync(request, HttpCompletionOption.ResponseHeadersRead, token), cancellationToken);
    }

    /// <summary>Waits for the server, and not for ever.</summary>
    /// <exception cref="ServerException">It has said nothing for so long.</exception>
    public async Task<T> WithinAsync<T>(TimeSpan time, Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        using var limit = Limit(time, cancellationToken);
        try
        {
            return await ask(limit.Token);
        }
        catch (OperationCanceledException silence) when (!cancellationToken.IsCancellationRequested)
        {
            throw ServerException.Silent(_http.BaseAddress!, time, silence);
        }
    }

    /// <summary>Sends a body as it is and returns what is answered, also when it is refused.</summary>
    /// <param name="within">How long the answer may take.</param>
    /// <returns>No status: nobody answered; <c>InTime</c> says whether that was known before the time was over.</returns>
    public async Task<(HttpStatusCode? Status, JsonElement Answer, bool InTime)> SendBodyAsync(string path, byte[] body, TimeSpan within, CancellationToken cancellationToken)
    {
        using var limit = Limit(within, cancellationToken);
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        try
        {
            using var answer = await _http.PostAsync(path, content, limit.Token);
            return (answer.StatusCode, ParseOrNothing(await answer.Content.ReadAsStringAsync(limit.Token)), InTime: true);
        }
        catch (Exception fault) when (fault is HttpRequestException || (fault is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return (null, default, InTime: fault is HttpRequestException);
        }
    }

    /// <summary>A WebSocket to the server; a caller that it does not want is told why.</summary>
    /// <exception cref="WebSocketException">Nobody answers, not in time either, or it cannot take a connection now.</exception>
    public async Task<ClientWebSocket> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket { Options = { CollectHttpResponseDetails = true, KeepAliveInterval = Sign, KeepAliveTimeout = Sign } };
        if (_http.DefaultRequestHeaders.Authorization is { } key)
        {
            socket.Options.SetRequestHeader("Authorization", key.ToString());
        }

        var address = new Uri(_http.BaseAddress!, path);
        try
        {
            using var limit = Limit(Patience, cancellationToken);
            await socket.ConnectAsync(new UriBuilder(address) { Scheme = address.Scheme == "https" ? "wss" : "ws" }.Uri, limit.Token);
            return socket;
        }
        catch (OperationCanceledException silence) when (!cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            throw new WebSocketException($"No answer from {address} within {Patience.TotalSeconds} s.", silence);
        }
        catch (WebSocketException)
        {
            using (socket)
            {
                throw socket.HttpStatusCode is >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError and not HttpStatusCode.TooManyRequests
                    ? ServerException.Of(socket.HttpStatusCode, default)
                    : new WebSocketException($"Nothing takes a connection at {address}.");
            }
        }
    }

    /// <summary>Does the work, and shows that it goes on when it takes longer than a second.</summary>
    public async Task<T> WithProgressAsync<T>(string what, Func<Task<T>> work)
    {
        var done = work();
        if (await Task.WhenAny(done, Task.Delay(Quiet)) != done)
        {
            await Error.Status().StartAsync(what, async status =>
            {
                var started = Stopwatch.StartNew();
                while (await Task.WhenAny(done, Task.Delay(Quiet)) != done)
                {
                    status.Status($"{what} {started.Elapsed.TotalSeconds + Quiet.TotalSeconds:F0} s");
                }
            });
        }

        return await done;
    }

    /// <summary>Says something beside the answer.</summary>
    public static void Note(string text) => Console.Error.WriteLine(text);

    public static void WriteJson(JsonElement answer) => Console.Out.WriteLine(answer.GetRawText());

    /// <summary>Whether a person has agreed, with --yes or now.</summary>
    public async Task<bool> IsAgreedAsync(bool said, string question, CancellationToken cancellationToken)
    {
        if (said)
        {
            return true;
        }

        if (Console.IsInputRedirected)
        {
            throw new UsageException($"{question} Nobody can be asked here: say --yes.");
        }

        return await new ConfirmationPrompt(question) { DefaultValue = false }.ShowAsync(Error, cancellationToken);
    }

    /// <summary>Does the work of a verb; what the server refuses becomes its words and an exit code.</summary>
    public async Task<int> TryAsync(Func<Session, CancellationToken, Task<int>> work, CancellationToken cancellationToken)
    {
        try
        {
            return await work(this, cancellationToken);
        }
        catch (ServerException refused)
        {
            await Console.Error.WriteLineAsync(AsJson && refused.Problem is { } problem ? problem.GetRawText() : refused.Message);
            return refused.ExitCode;
        }
    }

    public void Dispose() => _http.Dispose();

    private static CancellationTokenSource Limit(TimeSpan within, CancellationToken cancellationToken)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(within);
        return limit;
    }

    private void ShowKey(string? key)
    {
        if (string.IsNullOrWhiteSpace(key))
        {
            return;
        }

        // Beyond this machine a key must not cross the network in clear, where anybody on the way could take it.
        if (_http.BaseAddress is { Scheme: "http", IsLoopback: false } address)
        {
            Note($"The key goes to {address} in clear: whoever is on the way can take it. Use https.");
        }

        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key.Trim());
    }

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, JsonNode? body, CancellationToken cancellationToken, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (ifMatch is not null)
        {
            request.Headers.IfMatch.ParseAdd(ifMatch);
        }

        request.Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await AskAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken);
        return Parse(answer.StatusCode == HttpStatusCode.NoContent ? "{}" : await answer.Content.ReadAsStringAsync(cancellationToken));
    }

    private async Task<HttpResponseMessage> AskAsync(HttpRequestMessage request, HttpCompletionOption completion, CancellationToken cancellationToken)
    {
        HttpResponseMessage answer;
        try
        {
            answer = await _http.SendAsync(request, completion, cancellationToken);
        }
        catch (HttpRequestException fault)
        {
            throw ServerException.Unreachable(_http.BaseAddress!, fault);
        }

        if (answer.IsSuccessStatusCode)
        {
            return answer;
        }

        using (answer)
        {
            throw ServerException.Of(answer.StatusCode, ParseOrNothing(await answer.Content.ReadAsStringAsync(cancellationToken)));
        }
    }

    private JsonElement Parse(string text)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            throw new ServerException($"What answers at {_http.BaseAddress} is no Holdfast server. Name the right address with --url or HOLDFAST_URL.", status: null, problem: null);
        }
    }

    private static JsonElement ParseOrNothing(string text)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            return default; // the status says enough
        }
    }
}
