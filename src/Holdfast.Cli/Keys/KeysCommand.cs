using System.CommandLine;

namespace Holdfast.Cli.Keys;

/// <summary><c>holdfast keys</c>: who may call.</summary>
internal static class KeysCommand
{
    public const string Path = "api/keys";

    public static Command Create() => new("keys", "Keys: who may call, and what they may do. The first one is made on the server's machine, with ./run keys create, or here as long as there is none.")
    {
        CreateVerb.Create(),
        ListVerb.Create(),
        RevokeVerb.Create(),
    };
}
