using System.Diagnostics;
using System.Runtime.CompilerServices;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Samples;

/// <summary>The samples of docs/recipes/callbacks.md, as a user starts them: an operation is handed in, and the receiver takes it at the second attempt, signed.</summary>
public sealed class CallbacksTests
{
    private const string Secret = "open-sesame";

    [Theory]
    [InlineData("node", "callbacks.mjs")]
    [InlineData("python3", "callbacks.py")]
    public async Task A_call_is_made_until_its_receiver_has_taken_it(string program, string file)
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object>(StringComparer.Ordinal)
        {
            [FlagNames.CallbackAllow] = "127.0.0.1",
            [FlagNames.CallbackSecret] = Secret,
        });

        using var sample = Process.Start(new ProcessStartInfo(program, [Path.Combine(Folder(), file), server.Address.AbsoluteUri])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["HOLDFAST_CALLBACK_SECRET"] = Secret },
        })!;
        var patience = Deadline.Token(TimeSpan.FromMinutes(1));
        var said = await Task.WhenAll(sample.StandardOutput.ReadToEndAsync(patience), sample.StandardError.ReadToEndAsync(patience));
        await sample.WaitForExitAsync(patience);

        sample.ExitCode.ShouldBe(0, said[0] + said[1]);
        said[0].ShouldStartWith("attempts: 2");
    }

    private static string Folder([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../samples/Callbacks"));
}
