using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Holdfast.Faults.Support;

/// <summary>An operation as <c>GET /api/operations/{id}</c> tells it.</summary>
internal sealed record OperationReading(Guid Id, string State, long? Matched, long Taken, long Succeeded, long Failed, long Skipped)
{
    public static OperationReading Parse(JsonElement json) => new(
        json.GetProperty("id").GetGuid(),
        json.GetProperty("state").GetString()!,
        json.GetProperty("matched") is { ValueKind: JsonValueKind.Number } matched ? matched.GetInt64() : null,
        json.GetProperty("taken").GetInt64(),
        json.GetProperty("succeeded").GetInt64(),
        json.GetProperty("failed").GetInt64(),
        json.GetProperty("skipped").GetInt64());
}

/// <summary>Operations over many items, as an operator begins and follows them, whatever becomes of the server meanwhile.</summary>
internal sealed class OperationsApi(RetryServer server)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    /// <summary>Puts back everything that there is, at so many a second.</summary>
    /// <param name="over"><c>retries</c> or <c>dead_letters</c>.</param>
    public async Task<Guid> ReplayAllAsync(string over, int ratePerSecond, CancellationToken cancellationToken) =>
        (await SendAsync(HttpMethod.Post, "", new { kind = "replay", over, filter = new { }, rate_per_second = ratePerSecond, reason = "mended" }, cancellationToken)).Id;

    public Task<OperationReading> GetAsync(Guid id, CancellationToken cancellationToken) => SendAsync(HttpMethod.Get, $"/{id}", content: null, cancellationToken);

    public Task<OperationReading> PauseAsync(Guid id, CancellationToken cancellationToken) => SendAsync(HttpMethod.Post, $"/{id}/pause", new { reason = "look" }, cancellationToken);

    public Task<OperationReading> ResumeAsync(Guid id, CancellationToken cancellationToken) => SendAsync(HttpMethod.Post, $"/{id}/resume", new { reason = "seen" }, cancellationToken);

    /// <summary>Waits until it has come so far.</summary>
    public async Task<OperationReading> WhenAsync(Guid id, Predicate<OperationReading> isMeant, CancellationToken cancellationToken)
    {
        var operation = await GetAsync(id, cancellationToken);
        while (!isMeant(operation))
        {
            await Task.Delay(Poll, cancellationToken);
            operation = await GetAsync(id, cancellationToken);
        }

        return operation;
    }

    private async Task<OperationReading> SendAsync(HttpMethod method, string path, object? content, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = server.Process.Address };
        while (true)
        {
            using var request = new HttpRequestMessage(method, $"api/operations{path}") { Content = content is null ? null : JsonContent.Create(content) };
            using var answer = await http.SendAsync(request, cancellationToken);
            var said = await answer.Content.ReadAsStringAsync(cancellationToken);
            if (answer.IsSuccessStatusCode)
            {
                return OperationReading.Parse(JsonSerializer.Deserialize<JsonElement>(said));
            }

            // A server that has just started opens its store first.
            answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable, said);
            await Task.Delay(Poll, cancellationToken);
        }
    }
}
