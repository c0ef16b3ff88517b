using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Holdfast.Server.Tests.Support;

/// <summary>The sample worker as a user starts it, in a process of its own; killed when the test ends.</summary>
internal sealed class NodeWorker : IDisposable
{
#pragma warning disable RS0030 // A switch of the test scripts, no setting of the product.
    private static readonly bool IsRequired = Environment.GetEnvironmentVariable("HOLDFAST_TEST_NODE_WORKER") == "1";
#pragma warning restore RS0030

    private readonly Process _process;
    private readonly StringBuilder _said = new();

    private NodeWorker(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Note(line.Data);
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Everything it said, for messages of failures.</summary>
    public string Said
    {
        get
        {
            lock (_said)
            {
                return _said.ToString();
            }
        }
    }

    /// <param name="database">The variables that psql has too: PGHOST and the others.</param>
    /// <param name="concurrency">How many items it executes at a time.</param>
    public static NodeWorker Start(IReadOnlyDictionary<string, string> database, int concurrency = 4)
    {
        var folder = Path.GetFullPath(Path.Combine(Here(), "../../../samples/NodeWorker"));
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
        {
            const string Missing = "The sample worker is not installed: npm ci --prefix samples/NodeWorker";
            Assert.False(IsRequired, Missing);
            Assert.Skip(Missing);
        }

        var start = new ProcessStartInfo("node", ["main.mjs"])
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in database)
        {
            start.Environment[name] = value;
        }

        start.Environment["WORKER_CONCURRENCY"] = concurrency.ToString(CultureInfo.InvariantCulture);
        return new NodeWorker(Process.Start(start)!);
    }

    /// <summary>As <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(Deadline.Token());
    }

    /// <summary>SIGTERM, or another signal.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(Deadline.Token());
    }

    /// <summary>Its exit code, when it has ended by itself.</summary>
    public async Task<int> EndedAsync()
    {
        await _process.WaitForExitAsync(Deadline.Token());
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private void Note(string? line)
    {
        lock (_said)
        {
            _said.AppendLine(line);
        }
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
