namespace Holdfast.Server.Tests.Support;

/// <summary>A clock that can be broken: for a fault that nobody foresaw, in the middle of an answer.</summary>
internal sealed class BrittleClock : TimeProvider
{
    private volatile bool _broken;

    public override DateTimeOffset GetUtcNow() => _broken ? throw new InvalidOperationException("The clock is broken.") : System.GetUtcNow();

    public void Break() => _broken = true;

    public void Mend() => _broken = false;
}
