using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Holdfast.Server.Tests.Support;

/// <summary>The official client of Supabase Realtime, unmodified, in Node, playing a scene of <c>tests/realtime/client.mjs</c>.</summary>
internal sealed class RealtimeScene : IDisposable
{
#pragma warning disable RS0030 // A switch of the test scripts, no setting of the product.
    private static readonly bool IsRequired = Environment.GetEnvironmentVariable("HOLDFAST_TEST_REALTIME") == "1";
#pragma warning restore RS0030

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _node;
    private readonly Task<string> _errors;

    private RealtimeScene(Process node)
    {
        _node = node;
        _errors = node.StandardError.ReadToEndAsync(Deadline.Token(Patience));
    }

    /// <summary>Plays a scene to its end and returns what the application saw.</summary>
    public static async Task<JsonElement> PlayAsync(Uri server, string version, string scene, object? given = null)
    {
        using var playing = Begin(server, version, scene, given);
        return await playing.EndAsync();
    }

    /// <param name="given">What the scene needs, beside the server.</param>
    public static RealtimeScene Begin(Uri server, string version, string scene, object? given = null)
    {
        var folder = Path.GetFullPath(Path.Combine(Here(), "../../realtime"));
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
        {
            const string Missing = "The client of Supabase Realtime is missing: npm ci --prefix tests/realtime";
            Assert.False(IsRequired, Missing);
            Assert.Skip(Missing);
        }

        return new RealtimeScene(Process.Start(new ProcessStartInfo("node", ["client.mjs", server.AbsoluteUri, version, scene, JsonSerializer.Serialize(given ?? new { })])
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!);
    }

    /// <summary>The next that the scene says.</summary>
    public async Task<JsonElement> SaysAsync()
    {
        var line = await _node.StandardOutput.ReadLineAsync(Deadline.Token(Patience));
        return line is null ? throw new InvalidOperationException($"The scene ended: {await _errors}") : JsonDocument.Parse(line).RootElement;
    }

    /// <summary>Waits for its end and returns the last that it said.</summary>
    public async Task<JsonElement> EndAsync()
    {
        var said = await _node.StandardOutput.ReadToEndAsync(Deadline.Token(Patience));
        await _node.WaitForExitAsync(Deadline.Token());
        _node.ExitCode.ShouldBe(0, await _errors);
        return JsonDocument.Parse(said.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]).RootElement;
    }

    public void Dispose()
    {
        if (!_node.HasExited)
        {
            _node.Kill();
        }

        _node.Dispose();
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
