using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using System.Threading.Channels;

namespace Holdfast.Faults.Support;

/// <summary>A real server in a process of its own, on a free port of the loopback address, with its own data directory.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    private const int Sigint = 2;
    private const int Sigterm = 15;
    private const int Sigcont = 18;
    private const int Sigstop = 19;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>A launcher: whoever runs the tests in the background has SIGINT ignored, and its children inherit that.</summary>
    public static readonly IReadOnlyList<string> Interruptible = ["env", "--default-signal=INT"];

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly List<string> _log = [];

    private ServerProcess(Process process) => _process = process;

    /// <summary>Where it listens; ends with a slash.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1/");

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>Everything it has written so far.</summary>
    public string Log
    {
        get
        {
            lock (_log)
            {
                return string.Join('\n', _log);
            }
        }
    }

    /// <summary>Processor time used so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Resident memory now and at its peak, in bytes; Linux only.</summary>
    public (long Now, long Peak) ResidentBytes
    {
        get
        {
            var status = File.ReadAllText($"/proc/{_process.Id}/status");
            return (Kilobytes(status, "VmRSS:") * 1_024, Kilobytes(status, "VmHWM:") * 1_024);
        }
    }

    /// <summary>Starts a server and waits until it listens.</summary>
    /// <exception cref="InvalidOperationException">It ended before it listened; the message has what it wrote.</exception>
    public static async Task<ServerProcess> StartAsync(string dataDirectory, IReadOnlyDictionary<string, string>? settings = null, CancellationToken cancellationToken = default)
    {
        var server = Launch(dataDirectory, settings);
        try
        {
            await server.WhenListeningAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until it listens.</summary>
    /// <exception cref="InvalidOperationException">It ended before it listened, or took too long; the message has what it wrote.</exception>
    public async Task WhenListeningAsync(CancellationToken cancellationToken)
    {
        var line = await WhenSaysAsync(line => ListeningLine().IsMatch(line), cancellationToken);
        Address = new Uri(ListeningLine().Match(line).Groups[1].Value.TrimEnd('/') + "/");
    }

    /// <summary>Waits until it writes a line that contains the text, and returns the line. One that was there before counts.</summary>
    public Task<string> WhenSaysAsync(string text, CancellationToken cancellationToken) =>
        WhenSaysAsync(line => line.Contains(text, StringComparison.Ordinal), cancellationToken);

    /// <summary>Starts a server and does not wait for it: for starts that are meant to fail.</summary>
    /// <param name="launcher">A program, with its arguments, that becomes the server after it has prepared something; null for none.</param>
    public static ServerProcess Launch(string dataDirectory, IReadOnlyDictionary<string, string>? settings = null, IReadOnlyList<string>? launcher = null)
    {
        string[] command = [.. launcher ?? [], "dotnet"];
        var start = new ProcessStartInfo(command[0], command[1..]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Holdfast.Server.dll"));
        start.Environment["HOLDFAST_DATA"] = dataDirectory;
        start.Environment["PORT"] = "0";
        start.Environment["DOTNET_gcServer"] = "0";

        // A minute of every outage would be spent on waiting for the breaker to try again; what is tried here is what comes then.
        start.Environment["METRICS_PERSISTER_CIRCUIT_BREAKER_TIMEOUT"] = "2";
        foreach (var (name, value) in settings ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        // Where no .env of a developer lies about.
        start.WorkingDirectory = Path.GetDirectoryName(Path.GetFullPath(dataDirectory))!;
        var process = Process.Start(start) ?? throw new InvalidOperationException("dotnet could not be started.");
        var server = new ServerProcess(process);
        process.OutputDataReceived += (_, line) => server.Note(line.Data, isOutput: true);
        process.ErrorDataReceived += (_, line) => server.Note(line.Data, isOutput: false);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return server;
    }

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }
    }

    /// <summary>SIGTERM.</summary>
    public void Terminate() => _ = SendSignal(_process.Id, Sigterm);

    /// <summary>SIGINT, as Ctrl+C. Only a server that was launched with <see cref="Interruptible"/> is sure to hear it.</summary>
    public void Interrupt() => _ = SendSignal(_process.Id, Sigint);

    /// <summary>SIGSTOP: it stands still, its connections stay open, and it does not notice.</summary>
    public void Freeze() => _ = SendSignal(_process.Id, Sigstop);

    /// <summary>SIGCONT: it goes on as if no time had passed.</summary>
    public void Thaw() => _ = SendSignal(_process.Id, Sigcont);

    /// <summary>Waits for the end and returns the exit code.</summary>
    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<string> WhenSaysAsync(Predicate<string> isMeant, CancellationToken cancellationToken)
    {
        lock (_log)
        {
            if (_log.Find(isMeant) is { } before)
            {
                return before;
            }
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(patience.Token))
            {
                if (isMeant(line))
                {
                    return line;
                }
            }
        }
        catch (OperationCanceledException tooLong) when (!cancellationToken.IsCancellationRequested)
        {
            throw new InvalidOperationException($"The server did not say it within {Patience.TotalSeconds} s:\n{Log}", tooLong);
        }

        await _process.WaitForExitAsync(cancellationToken);
        throw new InvalidOperationException($"The server ended before (exit code {ExitCode}):\n{Log}");
    }

    private void Note(string? line, bool isOutput)
    {
        if (line is not null)
        {
            lock (_log)
            {
                _log.Add(line);
            }

            _lines.Writer.TryWrite(line);
        }
        else if (isOutput)
        {
            // Its output is closed: nothing more will come, whatever the process still does.
            _lines.Writer.TryComplete();
        }
    }

    private static long Kilobytes(string status, string name)
    {
        var at = status.IndexOf(name, StringComparison.Ordinal) + name.Length;
        return long.Parse(status.AsSpan(at, status.IndexOf("kB", at, StringComparison.Ordinal) - at).Trim(), CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"Holdfast is at (http://\S+?),? ")]
    private static partial Regex ListeningLine();

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int pid, int signal);
}
