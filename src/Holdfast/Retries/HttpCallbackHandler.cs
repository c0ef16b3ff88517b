using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Holdfast.Retries;

/// <summary>
/// Calls a URL. Whoever hands in an item chooses it, so what is not public is refused (<see cref="CallbackAddresses"/>), redirects are not
/// followed, and no proxy or cookie of this process is used.
/// </summary>
internal sealed class HttpCallbackHandler : IRetryHandler, IDisposable
{
    // Of the body of a failure; a person wants to see what was wrong, and a text of 2 KiB holds it beside the rest.
    private const int BodyHeadBytes = 1 << 10;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    // After that a name is resolved anew, and checked anew.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(2);

    private readonly Func<CallbackOptions> _options;
    private readonly TimeProvider _time;
    private readonly HttpClient _client;

    public HttpCallbackHandler(Func<CallbackOptions> options, TimeProvider time)
        : this(options, time, (host, cancellationToken) => Dns.GetHostAddressesAsync(host, cancellationToken))
    {
    }

    internal HttpCallbackHandler(Func<CallbackOptions> options, TimeProvider time, Func<string, CancellationToken, Task<IPAddress[]>> resolve)
    {
        _options = options;
        _time = time;
        var connector = new CallbackConnector(options, resolve);
        var sockets = new SocketsHttpHandler
        {
            ConnectCallback = connector.ConnectAsync,
            ConnectTimeout = ConnectTimeout,
            PooledConnectionLifetime = ConnectionLifetime,
            MaxConnectionsPerServer = 16,
            MaxResponseHeadersLength = 32, // KiB
            MaxResponseDrainSize = 64 << 10,
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
        };

        // The attempt has its own timeout.
        _client = new HttpClient(sockets) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public string OperationType => "http_callback";

    public bool AllowExternal => true;

    public async Task<RetryOutcome> HandleAsync(RetryContext context, CancellationToken cancellationToken)
    {
        try
        {
            var request = CallbackRequest.Read(context.Target, context.Payload);
            using var message = request.ToMessage();
            Sign(message, request, context);
            using var response = await _client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return (await ReadAsync(response, request.Success, cancellationToken)).Judge(request.Success);
        }
        catch (FormatException fault)
        {
            return RetryOutcome.Fail(fault.Message);
        }
        catch (HttpRequestException fault) when (fault.InnerException is CallbackRefusedException refused)
        {
            return RetryOutcome.Fail(refused.Message);
        }
    }

    public void Dispose() => _client.Dispose();

    private void Sign(HttpRequestMessage message, CallbackRequest request, RetryContext context)
    {
        message.Headers.Add("Idempotency-Key", IdempotencyKey(context));
        message.Headers.Add("Holdfast-Retry-Id", $"{context.Id}");
        message.Headers.Add("Holdfast-Retry-Attempt", context.Attempt.ToString(CultureInfo.InvariantCulture));
        message.Headers.Add("Holdfast-Retry-Token", context.Token.ToString(CultureInfo.InvariantCulture));
        message.Headers.UserAgent.Add(new ProductInfoHeaderValue("Holdfast", null));
        if (_options().Secret is { Length: > 0 } secret)
        {
            message.Headers.Add(CallbackSignature.HeaderName, CallbackSignature.Of(secret, _time.GetUtcNow(), context.Id, message.Content is null ? [] : request.Body.Span));
        }
    }

    // A header holds less than a key may have.
    private static string IdempotencyKey(RetryContext context) =>
        context.IdempotencyKey is { } key && key.All(c => c is > ' ' and <= '~') ? key : $"{context.Id}";

    private async Task<CallbackAnswer> ReadAsync(HttpResponseMessage response, StatusRanges success, CancellationToken cancellationToken)
    {
        var buffer = new byte[BodyHeadBytes];
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var length = success.Contain((int)response.StatusCode) ? 0 : await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return new CallbackAnswer((int)response.StatusCode, RetryAfter(response.Headers.RetryAfter), Encoding.UTF8.GetString(buffer, 0, length));
    }

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? header)
    {
        var after = header?.Delta ?? (header?.Date - _time.GetUtcNow());
        return after < TimeSpan.Zero ? TimeSpan.Zero : after;
    }
}
