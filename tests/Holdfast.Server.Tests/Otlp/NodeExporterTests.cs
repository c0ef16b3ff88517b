using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Otlp;

/// <summary>The real exporters of OpenTelemetry for Node send to a real server: Protocol Buffers with gzip, and JSON.</summary>
public sealed class NodeExporterTests(SharedServer shared) : IClassFixture<SharedServer>
{
#pragma warning disable RS0030 // A switch of the test scripts, no setting of the product.
    private static readonly bool IsRequired = Environment.GetEnvironmentVariable("HOLDFAST_TEST_OTLP_NODE") == "1";
#pragma warning restore RS0030

    private readonly TestServer _server = shared.Server;

    [Theory]
    [InlineData("proto", "cumulative")]
    [InlineData("proto", "delta")]
    [InlineData("json", "cumulative")]
    [InlineData("json", "delta")]
    public async Task What_is_stored_is_what_was_measured(string encoding, string temporality)
    {
        var measured = await SendAsync(encoding, temporality);
        await _server.SettledSamplesAsync();

        var service = $"\"service.name\":\"node-{encoding}-{temporality}\"";
        (await LastAsync("node.requests", $$$"""{"ok":"true","route":"/a",{{{service}}}}""")).ShouldBe(measured.GetProperty("requests_a").GetDouble());
        (await LastAsync("node.requests", $$$"""{"route":"/ä",{{{service}}}}""")).ShouldBe(measured.GetProperty("requests_b").GetDouble());
        (await LastAsync("node.queue", $$$"""{"lane":"x",{{{service}}}}""")).ShouldBe(measured.GetProperty("queue").GetDouble());
        (await LastAsync("node.temperature", $$$"""{"floors":"[1,2]","room":"hall",{{{service}}}}""")).ShouldBe(21.5);
        (await LastAsync("node.duration.count", "{" + service + "}")).ShouldBe(measured.GetProperty("duration_count").GetDouble());
        (await LastAsync("node.duration.sum", "{" + service + "}")).ShouldBe(measured.GetProperty("duration_sum").GetDouble(), tolerance: 1e-9);
        (await LastAsync("node.duration.bucket", $$$"""{"le":"0.1",{{{service}}}}""")).ShouldBe(2);
        (await LastAsync("node.duration.bucket", $$$"""{"le":"1",{{{service}}}}""")).ShouldBe(4);
        (await LastAsync("node.duration.bucket", $$$"""{"le":"10",{{{service}}}}""")).ShouldBe(6);
        (await LastAsync("node.duration.bucket", $$$"""{"le":"+Inf",{{{service}}}}""")).ShouldBe(8);
        (await LastAsync("node.spread.count", "{" + service + "}")).ShouldBe(measured.GetProperty("spread_count").GetDouble());
        (await LastAsync("node.spread.quantile", $$$"""{"quantile":"0.5",{{{service}}}}""")).ShouldBe(50, tolerance: 2);
    }

    private async Task<double> LastAsync(string name, string labels) => (await _server.SeriesAsync(name))[labels].Last();

    private async Task<JsonElement> SendAsync(string encoding, string temporality)
    {
        var folder = Path.GetFullPath(Path.Combine(Here(), "../../otlp"));
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
        {
            const string Missing = "The exporters for Node are missing: npm ci --prefix tests/otlp";
            Assert.False(IsRequired, Missing);
            Assert.Skip(Missing);
        }

        using var node = Process.Start(new ProcessStartInfo("node", ["send.mjs", _server.Address.AbsoluteUri, encoding, temporality])
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = node.StandardError.ReadToEndAsync(Deadline.Token(TimeSpan.FromMinutes(1)));
        var output = await node.StandardOutput.ReadToEndAsync(Deadline.Token(TimeSpan.FromMinutes(1)));
        await node.WaitForExitAsync(Deadline.Token());
        node.ExitCode.ShouldBe(0, await errors);
        return JsonDocument.Parse(output).RootElement;
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
