using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Server.Tests.Support;

/// <summary>A web server in the place of a hosted project, for answers that a real one gives on its worst days.</summary>
internal sealed class TrialProject : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<ProjectRequest> _requests = new();

    private TrialProject(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single());

    /// <summary>What came, in its order.</summary>
    public IReadOnlyList<ProjectRequest> Requests => [.. _requests];

    /// <summary>Says what is answered. Default: that all is well.</summary>
    public Func<HttpContext, Task> Answer { get; set; } = context =>
    {
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        return Task.CompletedTask;
    };

    /// <summary>Sequence numbers of all events in requests that were accepted.</summary>
    public long[] Accepted =>
    [
        .. _requests.Where(request => request.Status == 202).SelectMany(request => request.Frames).Where(frame => frame.Type == "e").SelectMany(frame => frame.Sequences),
    ];

    public static async Task<TrialProject> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var project = new TrialProject(app);
        app.Run(project.TakeAsync);
        await app.StartAsync(Deadline.Token());
        return project;
    }

    /// <summary>Answers with a status, a message and headers.</summary>
    public void Say(int status, string message = "", params (string Name, string Value)[] headers) => Answer = async context =>
    {
        context.Response.StatusCode = status;
        foreach (var (name, value) in headers)
        {
            context.Response.Headers[name] = value;
        }

        await context.Response.WriteAsync($$"""{"message":"{{message}}"}""", context.RequestAborted);
    };

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        var at = TimeProvider.System.GetTimestamp(); // of its beginning: the next one cannot begin before this one is answered
        using var body = new StreamReader(context.Request.Body);
        var text = await body.ReadToEndAsync(context.RequestAborted);
        try
        {
            await Answer(context);
        }
        finally
        {
            var headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
            _requests.Enqueue(new ProjectRequest($"{context.Request.Path}{context.Request.QueryString}", headers, text, context.Response.StatusCode, at));
        }
    }
}

/// <summary>A request that came to the project, with what it was answered.</summary>
internal sealed record ProjectRequest(string Path, Dictionary<string, string> Headers, string Body, int Status, long At)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public IEnumerable<Frame> Frames => !Path.EndsWith("/broadcast", StringComparison.Ordinal) ? [] : Json.GetProperty("messages").EnumerateArray()
        .SelectMany(message => message.GetProperty("payload").GetProperty("frames").EnumerateArray())
        .Select(frame => new Frame(frame));
}
