using System.Net.Http.Headers;
using System.Text;
using Holdfast.Resilience;

namespace Holdfast.Supabase;

/// <summary>
/// Sends requests to the project, and the key to nobody else: redirects are not followed, and no proxy or cookie of this process is used.
/// </summary>
internal sealed class ProjectClient : IDisposable
{
    // Of what it says of a failure.
    private const int DetailBytes = 512;

    private readonly SupabaseOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;

    public ProjectClient(SupabaseOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        var sockets = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5), // then its name is resolved anew
            MaxConnectionsPerServer = 2,
            MaxResponseHeadersLength = 32, // KiB
            MaxResponseDrainSize = 64 << 10,
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
        };

        // An attempt has the pipeline's timeout.
        _http = new HttpClient(sockets) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Posts JSON to a path of the project, through a pipeline.</summary>
    /// <param name="path">Below the project's address.</param>
    /// <param name="json">The body.</param>
    /// <param name="prepare">Adds headers.</param>
    /// <param name="pipeline">Limits the time and keeps away while the project does not answer.</param>
    /// <exception cref="ProjectUnavailableException">It answered with a fault of its own.</exception>
    public ValueTask<ProjectAnswer> PostAsync(
        string path, ReadOnlyMemory<byte> json, Action<HttpRequestHeaders, HttpContentHeaders>? prepare, NamedPipeline pipeline, CancellationToken cancellationToken) =>
        pipeline.ExecuteAsync(token => SendAsync(path, json, prepare, token), cancellationToken);

    public void Dispose() => _http.Dispose();

    private async ValueTask<ProjectAnswer> SendAsync(
        string path, ReadOnlyMemory<byte> json, Action<HttpRequestHeaders, HttpContentHeaders>? prepare, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{_options.Url.ToString().TrimEnd('/')}{path}");
        request.Content = new ReadOnlyMemoryContent(json) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        request.Headers.Add("apikey", _options.Key);
        if (IsToken(_options.Key))
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _options.Key);
        }

        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Holdfast", null));
        prepare?.Invoke(request.Headers, request.Content.Headers);
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        var answer = ProjectAnswer.Of(response, await DetailAsync(response, cancellationToken), _time.GetUtcNow());
        return (int)answer.Status is >= 500 or 408 ? throw new ProjectUnavailableException(answer) : answer;
    }

    // Keys of the newer kind (sb_secret_...) are no tokens, and are refused as such.
    private static bool IsToken(string key) => key.Count(letter => letter == '.') == 2;

    // It is logged, and a proxy on the way may say what it was sent.
    private async Task<string> DetailAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
        {
            return "";
        }

        var buffer = new byte[DetailBytes];
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return Encoding.UTF8.GetString(buffer, 0, length).Replace(_options.Key, "***", StringComparison.Ordinal);
    }
}
