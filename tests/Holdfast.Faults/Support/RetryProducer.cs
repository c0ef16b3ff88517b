using System.Net.Http.Json;
using System.Text.Json;

namespace Holdfast.Faults.Support;

/// <summary>
/// Hands in callbacks under ids of its own. What nobody answered, or was refused, it sends again under the same id, as a careful client does:
/// so in the end everything is committed, and must be executed once.
/// </summary>
internal sealed class RetryProducer(CallbackTarget target)
{
    private const int RequestItemsMax = 1_000;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly List<Guid> _committed = [];
    private readonly Dictionary<string, int> _answers = new(StringComparer.Ordinal);
    private readonly Queue<Guid[]> _unanswered = new();

    /// <summary>Everything that a server said yes to.</summary>
    public IReadOnlyList<Guid> Committed => _committed;

    /// <summary>How many items were answered so: <c>created</c>, <c>duplicate</c> or <c>spooled</c>.</summary>
    public int Answered(string status) => _answers.GetValueOrDefault(status);

    /// <summary>Hands in so many and returns when all of them are committed.</summary>
    public async Task<IReadOnlyList<Guid>> EnqueueAsync(RetryServer server, int items, CancellationToken cancellationToken, int priority = 0)
    {
        Guid[] ids = [.. Enumerable.Range(0, items).Select(_ => NewId())];
        using var http = Connect(server);
        foreach (var chunk in ids.Chunk(RequestItemsMax))
        {
            while (!await TryPostAsync(http, chunk, priority, cancellationToken))
            {
                await Task.Delay(Pause, cancellationToken);
            }
        }

        return ids;
    }

    /// <summary>Hands in so many at a time until it is told to stop, then what is still unanswered.</summary>
    /// <param name="stop">Ends it.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    public async Task RunAsync(RetryServer server, int itemsEach, int priority, CancellationToken stop, CancellationToken cancellationToken)
    {
        using var http = Connect(server);
        while (!stop.IsCancellationRequested || _unanswered.Count > 0)
        {
            var ids = _unanswered.TryDequeue(out var unanswered) ? unanswered : [.. Enumerable.Range(0, itemsEach).Select(_ => NewId())];
            if (!await TryPostAsync(http, ids, priority, cancellationToken))
            {
                _unanswered.Enqueue(ids);
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    private static Guid NewId() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow());

    private static HttpClient Connect(RetryServer server) =>
        new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = server.Process.Address, Timeout = TimeSpan.FromSeconds(15) };

    private async Task<bool> TryPostAsync(HttpClient http, Guid[] ids, int priority, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await http.PostAsJsonAsync("api/retries", ids.Select(id => DraftOf(id, priority)), cancellationToken);
            if (!answer.IsSuccessStatusCode)
            {
                ((int)answer.StatusCode).ShouldBeGreaterThanOrEqualTo(500, await answer.Content.ReadAsStringAsync(cancellationToken));
                return false;
            }

            Note(ids, await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken));
            return true;
        }
        catch (Exception failed) when (failed is HttpRequestException || (failed is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    private void Note(Guid[] ids, JsonElement answer)
    {
        foreach (var status in answer.GetProperty("items").EnumerateArray().CountBy(item => item.GetProperty("status").GetString()!))
        {
            _answers[status.Key] = _answers.GetValueOrDefault(status.Key) + status.Value;
        }

        _committed.AddRange(ids);
    }

    private Dictionary<string, object> DraftOf(Guid id, int priority) => new()
    {
        ["id"] = id,
        ["operation_type"] = "http_callback",
        ["target"] = target.Address,
        ["payload"] = new Dictionary<string, object> { ["body"] = id },
        ["priority"] = priority,

        // A worker that is lost costs an attempt; what ends by that is poison alone.
        ["max_retries"] = 100,
    };
}
