using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.Cli.Dlq;

/// <summary>
/// A payload in a file, for a person's editor. It stands in a directory that only this person can read: what services send is nobody else's
/// affair. It is gone when it has been sent or nothing was changed, and stays when it could not be sent: an hour's work must not be lost to a
/// comma.
/// </summary>
internal sealed class Draft : IDisposable
{
    private static readonly JsonSerializerOptions Pretty = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("holdfast-");
    private readonly string _before;
    private readonly string _file;
    private readonly long _id;
    private bool _kept;

    public Draft(long id, JsonElement payload)
    {
        _id = id;
        _before = JsonNode.Parse(payload.GetRawText())!.ToJsonString(Pretty);
        _file = Path.Combine(_directory.FullName, $"dead-letter-{id}.json");
        File.WriteAllText(_file, _before + "\n");
    }

    /// <summary>What the person wrote; null when that is what was there, or nothing at all.</summary>
    public async Task<string?> EditAsync(string editor)
    {
        // By the shell, because an editor may be named with its arguments. It outlives Ctrl+C as its caller does: only the editor may answer to that.
        using (Interrupts.LeftToOthers())
        using (var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"trap : INT; {editor} \"$1\"", "sh", _file])) ?? throw new IOException($"{editor} could not be started."))
        {
            await process.WaitForExitAsync(CancellationToken.None);
            if (process.ExitCode != 0)
            {
                throw new IOException($"The editor ({editor}) ended with exit code {process.ExitCode}: nothing was sent.");
            }
        }

        return IsChanged(out var text) ? text : null;
    }

    /// <summary>Leaves the file where it is and says how it can be sent, if there is anything of the person's in it.</summary>
    public void KeepIfChanged(int version)
    {
        _kept = File.Exists(_file) && IsChanged(out _);
        if (_kept)
        {
            Session.Note($"What you wrote is kept in {_file}. When it is mended:");
            Session.Note($"  holdfast dlq edit {_id} --file {_file} --replace --if-version {version}");
        }
    }

    public void Dispose()
    {
        if (!_kept)
        {
            _directory.Delete(recursive: true);
        }
    }

    private bool IsChanged(out string text)
    {
        text = File.ReadAllText(_file);
        return !string.IsNullOrWhiteSpace(text) && text.Trim() != _before.Trim();
    }
}
