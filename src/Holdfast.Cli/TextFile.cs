namespace Holdfast.Cli;

/// <summary>Files that are named on the command line.</summary>
internal static class TextFile
{
    /// <param name="name">- means the standard input.</param>
    public static async Task<string> ReadAsync(string name, CancellationToken cancellationToken) =>
        name == "-" ? await Console.In.ReadToEndAsync(cancellationToken) : await File.ReadAllTextAsync(name, cancellationToken);
}
