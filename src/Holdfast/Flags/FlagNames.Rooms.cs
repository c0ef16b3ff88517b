namespace Holdfast.Flags;

public static partial class FlagNames
{
    /// <summary>Rooms by name; secret.</summary>
    public const string Rooms = "HOLDFAST_ROOMS";
}
