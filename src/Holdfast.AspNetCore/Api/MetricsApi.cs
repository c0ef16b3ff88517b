using Holdfast.Pipeline;
using Holdfast.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Holdfast.AspNetCore.Api;

/// <summary><c>GET /metrics</c>: what Prometheus scrapes. From memory, so it answers whatever the store does.</summary>
internal sealed class MetricsApi(NodeMetrics metrics)
{
    private const int FirstBytes = 64 << 10;
    private static readonly MediaTypeHeaderValue Text = new("text/plain");

    public async Task ScrapeAsync(HttpContext context)
    {
        if (!TakesText(context.Request.GetTypedHeaders().Accept))
        {
            await Problem.WriteAsync(context, StatusCodes.Status406NotAcceptable, "There is one format.", $"Accept {PrometheusText.ContentType}.");
            return;
        }

        using var body = new PooledBuffer(FirstBytes);
        metrics.Write(body);
        context.Response.ContentType = PrometheusText.ContentType;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentLength = body.Length;
        await context.Response.BodyWriter.WriteAsync(body.Memory(0, body.Length), context.RequestAborted);
    }

    // The version is a parameter of our answer, not of the question: who takes text of any kind takes this one.
    private static bool TakesText(IList<MediaTypeHeaderValue> accepted) =>
        accepted.Count == 0 || accepted.Any(type => type.Quality is not 0 && (type.MatchesAllTypes || type.MediaType == Text.MediaType || (type.MatchesAllSubTypes && type.Type == Text.Type)));
}
