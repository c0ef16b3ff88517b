using System.Text;

namespace Holdfast.Server.Tests.Support;

/// <summary>Short ways to ask for flags.</summary>
internal static class FlagRequests
{
    public static Task<Answer> PutFlagAsync(this TestServer server, string name, string body, string? ifMatch = null) =>
        server.AskAsync(HttpMethod.Put, $"/api/flags/{name}", body, ("If-Match", ifMatch));

    public static Task<Answer> DeleteFlagAsync(this TestServer server, string name, string? ifMatch = null) =>
        server.AskAsync(HttpMethod.Delete, $"/api/flags/{name}?reason=done", null, ("If-Match", ifMatch));

    public static Task<Answer> PostFlagAsync(this TestServer server, string path, string? body = null) => server.AskAsync(HttpMethod.Post, $"/api/flags/{path}", body);

    public static Task<Answer> EvaluateAsync(this TestServer server, string? key, string body, string? ifNoneMatch = null) =>
        server.AskAsync(HttpMethod.Post, $"/ofrep/v1/evaluate/flags{(key is null ? "" : $"/{key}")}", body, ("If-None-Match", ifNoneMatch));

    public static Task<Answer> AskAsync(this TestServer server, HttpMethod method, string path, string? body, params (string Name, string? Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers)
        {
            if (value is not null)
            {
                request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
            }
        }

        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        return server.SendAsync(request);
    }
}
