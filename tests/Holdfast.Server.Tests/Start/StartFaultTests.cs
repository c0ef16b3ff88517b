using System.Net;
using System.Net.Sockets;
using Holdfast.Faults.Support;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Start;

/// <summary>What can go wrong at start ends the process soon, with an exit code that means something and words that say what to do.</summary>
public sealed class StartFaultTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Wrong_settings_are_all_listed_with_key_and_source()
    {
        using var data = new DataDirectory();
        await File.WriteAllTextAsync(data.File("holdfast.json"), """{"monitoring":{"batch_size":"many"},"colour":"red"}""");
        await File.WriteAllTextAsync(data.File("flags.override.json"), """{"MONITORING_TIMEOUT_MS":0}""");

        var (code, lines) = await RunAsync(data.Path, new()
        {
            ["PORT"] = "eighty",
            ["HOLDFAST_BIND"] = "everywhere",
            ["HOLDFAST_DURABILITY"] = "forever",
            ["HOLDFAST_SPOOL_DISK_BYTE"] = "1",
        });

        code.ShouldBe(78);
        ShouldName(lines, "PORT", "environment");
        ShouldName(lines, "HOLDFAST_BIND", "environment");
        ShouldName(lines, "HOLDFAST_DURABILITY", "environment");
        ShouldName(lines, "MONITORING_BATCH_SIZE", "holdfast.json");
        ShouldName(lines, "MONITORING_TIMEOUT_MS", "flags.override.json");
        lines.ShouldNotContain(line => line.Contains("   at "));
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("192.168.1.1")]
    [InlineData("example.org")]
    public async Task Any_address_but_loopback_is_refused_where_there_is_no_key(string address)
    {
        using var data = new DataDirectory();

        var (code, lines) = await RunAsync(data.Path, new() { ["HOLDFAST_BIND"] = address });

        code.ShouldBe(78);
        lines.ShouldHaveSingleItem().ShouldStartWith("HOLDFAST_BIND (environment): ");
        Directory.EnumerateFileSystemEntries(data.Path).ShouldBeEmpty("Nothing is touched before the settings are right.");
    }

    [Fact]
    public async Task A_component_that_is_named_and_not_there_is_a_wrong_setting()
    {
        using var data = new DataDirectory();

        var (code, lines) = await RunAsync(data.Path, new() { ["HOLDFAST_COMPONENTS_DISABLED"] = "nobody", ["PORT"] = "0" });

        code.ShouldBe(78);
        lines.ShouldContain(line => line.Contains("'nobody'") && line.Contains("HOLDFAST_COMPONENTS_DISABLED"));
        lines.ShouldNotContain(line => line.Contains("   at "));
    }

    [Theory]
    [InlineData("Host=db;Port=many;Password=hunter2")]
    [InlineData("postgres://ops:hunter2@:many/holdfast")]
    public async Task A_connection_string_that_cannot_be_read_is_a_fault_like_others_and_not_shown(string text)
    {
        using var data = new DataDirectory();

        var (code, lines) = await RunAsync(data.Path, new() { ["HOLDFAST_POSTGRES"] = text, ["PORT"] = "eighty" });

        code.ShouldBe(78);
        ShouldName(lines, "HOLDFAST_POSTGRES", "environment");
        ShouldName(lines, "PORT", "environment");
        lines.ShouldAllBe(line => !line.Contains("hunter2"));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_one_clear_line()
    {
        using var data = new DataDirectory();
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var (code, lines) = await RunAsync(data.Path, new() { ["PORT"] = port.ToString(), ["HOLDFAST_LOG_LEVEL"] = "warning" });

        code.ShouldBe(1);
        var line = lines.ShouldHaveSingleItem();
        line.ShouldContain(port.ToString());
        line.ShouldContain("PORT=");
    }

    [Fact]
    public async Task A_directory_that_cannot_be_written_is_one_clear_line()
    {
        using var data = new DataDirectory();
        await File.WriteAllTextAsync(data.File("file"), "");
        var below = Path.Combine(data.File("file"), "data");

        var (code, lines) = await RunAsync(data.Path, new() { ["HOLDFAST_DATA"] = below, ["HOLDFAST_LOG_LEVEL"] = "warning" });

        code.ShouldBe(1);
        var line = lines.ShouldHaveSingleItem();
        line.ShouldContain(below);
        line.ShouldContain("HOLDFAST_DATA");
    }

    [Fact]
    public async Task A_second_process_on_the_same_directory_is_told_who_has_it_and_the_first_goes_on()
    {
        using var data = new DataDirectory();
        await using var first = await ServerProcess.StartAsync(data.Path, cancellationToken: Deadline.Token());

        var (code, lines) = await RunAsync(data.Path, new() { ["HOLDFAST_LOG_LEVEL"] = "warning" });

        code.ShouldBe(1);
        var line = lines.ShouldHaveSingleItem();
        line.ShouldContain(data.Path);
        line.ShouldContain($"process {first.Id}");
        using var http = new HttpClient { BaseAddress = first.Address };
        (await http.GetAsync("health/live", Deadline.Token())).StatusCode.ShouldBe(HttpStatusCode.OK);

        first.Terminate();
        (await first.WaitForExitAsync(Deadline.Token())).ShouldBe(0, first.Log);
        first.Log.ShouldNotContain("   at ");
    }

    private static async Task<(int Code, string[] Lines)> RunAsync(string directory, Dictionary<string, string> settings)
    {
        await using var process = ServerProcess.Launch(directory, settings);
        var code = await process.WaitForExitAsync(Deadline.Token(Soon));
        return (code, process.Log.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static void ShouldName(string[] lines, string key, string source) =>
        lines.ShouldContain(line => line.StartsWith($"{key} (") && line.Contains(source), string.Join('\n', lines));
}
