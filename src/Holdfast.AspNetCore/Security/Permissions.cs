using System.Collections.Frozen;
using Holdfast.Access;

namespace Holdfast.AspNetCore.Security;

/// <summary>Who may do what: the one table of it.</summary>
internal static class Permissions
{
    private static readonly FrozenDictionary<Permission, AccessRole[]> Table = new Dictionary<Permission, AccessRole[]>
    {
        [Permission.Probe] = [AccessRole.Ingest, AccessRole.Viewer, AccessRole.Operator, AccessRole.Admin],
        [Permission.None] = [AccessRole.Ingest, AccessRole.Viewer, AccessRole.Operator, AccessRole.Admin],
        [Permission.Known] = [AccessRole.Ingest, AccessRole.Viewer, AccessRole.Operator, AccessRole.Admin],
        [Permission.EventsWrite] = [AccessRole.Ingest, AccessRole.Operator, AccessRole.Admin],
        [Permission.Broadcast] = [AccessRole.Ingest, AccessRole.Operator, AccessRole.Admin], // pages show what is sent, so who only looks sends nothing
        [Permission.Read] = [AccessRole.Viewer, AccessRole.Operator, AccessRole.Admin],
        [Permission.PreferencesWrite] = [AccessRole.Viewer, AccessRole.Operator, AccessRole.Admin],
        [Permission.Commands] = [AccessRole.Viewer, AccessRole.Operator, AccessRole.Admin],
        [Permission.AuditRead] = [AccessRole.Operator, AccessRole.Admin],
        [Permission.RetriesWrite] = [AccessRole.Operator, AccessRole.Admin], // what is handed in is executed
        [Permission.Operate] = [AccessRole.Operator, AccessRole.Admin],
        [Permission.InternalOperations] = [AccessRole.Admin],
        [Permission.Guards] = [AccessRole.Admin],
        [Permission.KeysWrite] = [AccessRole.Admin],
    }.ToFrozenDictionary();

    public static bool Allow(AccessRole role, Permission permission) => Table.TryGetValue(permission, out var roles) && roles.Contains(role);

    /// <summary>Whether nothing can be changed with it.</summary>
    public static bool OnlyReads(Permission permission) =>
        permission is Permission.Probe or Permission.None or Permission.Known or Permission.Read or Permission.AuditRead;

    /// <summary>The roles that have it, in words for who has another.</summary>
    public static string RolesOf(Permission permission) => string.Join(", ", Table[permission].Select(AccessRoles.NameOf));
}
