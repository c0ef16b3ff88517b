using System.CommandLine;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Holdfast.Cli;

/// <summary>One run of a verb: its arguments, its server, and its ways to speak. Answers go to the standard output, everything else to the error output.</summary>
internal sealed class Session : IDisposable
{
    // A replay of 10,000 letters takes its time; Ctrl+C ends the waiting.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    // What is over sooner needs no progress.
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    private readonly HttpClient _http;
    private readonly IAnsiConsole _error = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });

    public Session(ParseResult arguments)
    {
        Arguments = arguments;
        AsJson = arguments.GetValue(CommandLine.Json);
        _http = new HttpClient { BaseAddress = arguments.GetRequiredValue(CommandLine.Url), Timeout = Patience };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("holdfast-cli", "0.1"));
    }

    public ParseResult Arguments { get; }

    public bool AsJson { get; }

    /// <summary>Tables and texts for people.</summary>
    public IAnsiConsole Out { get; } = AnsiConsole.Console;

    public Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken) => SendAsync(HttpMethod.Get, path, null, cancellationToken);

    public Task<JsonElement> PostAsync(string path, JsonObject body, CancellationToken cancellationToken) => SendAsync(HttpMethod.Post, path, body, cancellationToken);

    public Task<JsonElement> PatchAsync(string path, JsonObject body, CancellationToken cancellationToken) => SendAsync(HttpMethod.Patch, path, body, cancellationToken);

    /// <summary>The answer while it arrives; for what may be larger than memory.</summary>
    public async Task<HttpResponseMessage> OpenAsync(string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await AskAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    /// <summary>Does the work, and shows that it goes on when it takes longer than a second.</summary>
    public async Task<T> WithProgressAsync<T>(string what, Func<Task<T>> work)
    {
        var done = work();
        if (await Task.WhenAny(done, Task.Delay(Quiet)) != done)
        {
            await _error.Status().StartAsync(what, async status =>
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
    public bool IsAgreed(bool said, string question)
    {
        if (said)
        {
            return true;
        }

        if (Console.IsInputRedirected)
        {
            throw new UsageException($"{question} Nobody can be asked here: say --yes.");
        }

        return new ConfirmationPrompt(question) { DefaultValue = false }.Show(_error);
    }

    public async Task<int> FailAsync(ServerException refused)
    {
        await Console.Error.WriteLineAsync(AsJson && refused.Problem is { } problem ? problem.GetRawText() : refused.Message);
        return refused.ExitCode;
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, JsonObject? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await AskAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken);
        return Parse(await answer.Content.ReadAsStringAsync(cancellationToken));
    }

    private async Task<HttpResponseMessage> AskAsync(HttpRequestMessage request, HttpCompletionOption completion, CancellationToken cancellationToken)
    {
        HttpResponseMessage answer;
        try
        {
            answer = await _http.SendAsync(request, completion, cancellationToken);
        }
        catch (Exception fault) when (fault is HttpRequestException || (fault is TaskCanceledException && !cancellationToken.IsCancellationRequested))
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
