using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.Faults.Support;

/// <summary>Dead letters, as an operator works on them over the API.</summary>
internal sealed class LettersApi(HttpClient http)
{
    private const int PageMax = 500;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    /// <summary>The ids of letters in a state. A test has fewer of them than a page.</summary>
    public async Task<long[]> ListAsync(string status, CancellationToken cancellationToken)
    {
        var page = await http.GetFromJsonAsync<JsonElement>($"api/dead-letters?status={status}&limit={PageMax}", cancellationToken);
        page.GetProperty("next_cursor").ValueKind.ShouldBe(JsonValueKind.Null);
        return [.. page.GetProperty("items").EnumerateArray().Select(letter => letter.GetProperty("id").GetInt64())];
    }

    /// <summary>Waits until so many letters are in a state.</summary>
    public async Task<long[]> WhenAsync(string status, int count, CancellationToken cancellationToken)
    {
        var letters = await ListAsync(status, cancellationToken);
        while (letters.Length < count)
        {
            await Task.Delay(Poll, cancellationToken);
            letters = await ListAsync(status, cancellationToken);
        }

        return letters;
    }

    /// <summary>One letter with its bytes.</summary>
    public Task<JsonElement> GetAsync(long id, CancellationToken cancellationToken) =>
        http.GetFromJsonAsync<JsonElement>($"api/dead-letters/{id}", cancellationToken);

    /// <summary>Edits a letter, as often as it takes: a worker may just be trying it.</summary>
    public Task EditAsync(long id, JsonNode payload, bool replace, CancellationToken cancellationToken) =>
        InsistAsync(() => http.PatchAsJsonAsync($"api/dead-letters/{id}", new { original_payload = payload, replace, reason = "mended" }, cancellationToken), cancellationToken);

    /// <summary>Replays a letter and returns what became of it; <c>skipped</c> when the server is just trying it by itself, or has.</summary>
    public async Task<string> ReplayAsync(long id, CancellationToken cancellationToken)
    {
        using var answer = await http.PostAsJsonAsync($"api/dead-letters/{id}/replay", new { reason = "mended" }, cancellationToken);
        return answer.StatusCode == HttpStatusCode.Conflict
            ? "skipped"
            : (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("outcome").GetString()!;
    }

    /// <summary>Replays all that are open and returns the counts of what became of them.</summary>
    public Task<JsonElement> ReplayAllAsync(CancellationToken cancellationToken) =>
        InsistAsync(() => http.PostAsJsonAsync("api/dead-letters/replay", new { filter = new { }, reason = "all of them" }, cancellationToken), cancellationToken);

    private static async Task<JsonElement> InsistAsync(Func<Task<HttpResponseMessage>> ask, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var answer = await ask();
            var said = await answer.Content.ReadAsStringAsync(cancellationToken);
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                return JsonSerializer.Deserialize<JsonElement>(said);
            }

            answer.StatusCode.ShouldBe(HttpStatusCode.Conflict, said);
            await Task.Delay(Poll, cancellationToken);
        }
    }
}
