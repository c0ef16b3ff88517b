using System.Collections.Frozen;

namespace Holdfast.BuiltIn.Commands;

/// <summary>The commands by name, and what is wrong with those that could not be taken in. Of two with one name the first counts.</summary>
internal sealed class CommandRegistry
{
    private const int NameCharsMax = 32;

    private readonly FrozenDictionary<string, ICommand> _byName;

    public CommandRegistry(IEnumerable<ICommand> commands)
    {
        var taken = new Dictionary<string, ICommand>(StringComparer.OrdinalIgnoreCase);
        var faults = new List<(string Name, string Why)>();
        foreach (var command in commands)
        {
            if (!IsName(command.Name))
            {
                faults.Add((command.Name, "a name is 1 to 32 small letters, digits, - and _, and begins with a letter"));
            }
            else if (!taken.TryAdd(command.Name, command))
            {
                faults.Add((command.Name, "there is one of this name"));
            }
        }

        _byName = taken.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
        Faults = faults;
    }

    public IReadOnlyList<(string Name, string Why)> Faults { get; }

    public IEnumerable<ICommand> All => _byName.Values.OrderBy(command => command.Name, StringComparer.Ordinal);

    /// <summary>Case does not matter: people write from telephones.</summary>
    public ICommand? Find(string name) => _byName.GetValueOrDefault(name);

    private static bool IsName(string name) =>
        name.Length is >= 1 and <= NameCharsMax && char.IsAsciiLetterLower(name[0]) && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_');
}
