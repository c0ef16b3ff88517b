using Holdfast.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Holdfast.AspNetCore.Security;

/// <summary>
/// Decides whether a request is let in:
/// 1. where it comes from and where it thinks it goes (Host, Origin);
/// 2. who it is: a key, a ticket, a token; nobody needs to be anybody on loopback as long as there never was a key;
/// 3. whether there is still room for it within the limits of whoever that is;
/// 4. whether whoever that is may do it.
/// </summary>
internal sealed class AccessGate(HoldfastNode node, TimeProvider time, ILogger<AccessGate> logger)
{
    private readonly Lazy<Parts> _parts = new(() => Parts.Of(node.Parts.Access, time));

    /// <summary>Null: let in, and the caller is in the features of the request. Otherwise why not.</summary>
    /// <param name="nameless">A token need not name anybody.</param>
    public async ValueTask<Refusal?> JudgeAsync(HttpContext context, Permission permission, bool nameless = false)
    {
        if (RefuseOrigin(context) is { } foreign)
        {
            return foreign;
        }

        Cors.Admit(context, _parts.Value.Options);
        var verdict = await IdentifyAsync(context, nameless);
        var caller = verdict.Caller;
        context.Features.Set(caller);
        if (permission == Permission.Probe)
        {
            return null;
        }

        var address = ClientAddress.Of(context, _parts.Value.Options.TrustedProxies);
        return Limits.Take(context, permission, caller, address)
            ?? (caller is not null ? RefuseForbidden(caller, permission)
                : permission == Permission.None ? RefuseGuessing(verdict, address)
                : RefuseUnknown(verdict, address));
    }

    /// <summary>How many connections of its own a caller may keep.</summary>
    public int SocketsMax(Caller caller) => caller == Caller.Local ? int.MaxValue : node.Parts.Access.Limits().SocketsPerCaller;

    /// <summary>Why it comes from where it must not; null: it does not.</summary>
    public Refusal? RefuseOrigin(HttpContext context) =>
        OriginGuard.Refuse(context.Request, KeysNeeded(context), _parts.Value.Options) is { } reason ? Refusal.Foreign(reason) : null;

    /// <summary>What a key or a token is worth, wherever it was shown.</summary>
    /// <param name="nameless">A token need not name anybody.</param>
    public async ValueTask<KeyVerdict> JudgeKeyAsync(string shown, bool nameless)
    {
        if (shown.StartsWith(KeyText.Prefix, StringComparison.Ordinal))
        {
            return _parts.Value.Ring.Judge(shown);
        }

        return _parts.Value.Jwt is { } jwt ? await jwt.JudgeAsync(shown, subjectNeeded: !nameless) : KeyVerdict.Bad(CredentialFault.Unreadable, "That is no key.");
    }

    /// <summary>A ticket for whoever this is.</summary>
    public (string Text, DateTimeOffset ExpiresAt) MakeTicket(Caller caller) => _parts.Value.Tickets.Make(caller);

    /// <summary>Whether what a caller has shown is still good.</summary>
    public bool IsStillGood(Caller caller) => _parts.Value.Ring.IsStillGood(caller);

    /// <summary>Whether somebody has to be somebody.</summary>
    public bool KeysNeeded(HttpContext context)
    {
        var (ring, options) = (_parts.Value.Ring, _parts.Value.Options);
        return ring.EverHad || options.RequireKeys || options.Jwt is not null || !ClientAddress.IsHere(context);
    }

    private RequestLimits Limits => _parts.Value.Limits;

    private Refusal RefuseUnknown(KeyVerdict verdict, string address)
    {
        if (verdict.Fault is not { } fault)
        {
            return Refusal.Unknown("Send a key: Authorization: Bearer hf_..., or X-API-Key.", CredentialFault.Missing);
        }

        return RefuseGuessing(verdict, address) ?? Refusal.Unknown(fault, verdict.Cause);
    }

    /// <summary>Also where nobody has to be anybody a key may be shown, and what is answered tells whether it is good.</summary>
    private Refusal? RefuseGuessing(KeyVerdict verdict, string address)
    {
        if (verdict.Fault is not { } fault)
        {
            return null;
        }

        if (Limits.TakeFailure(address) is { } wait)
        {
            return Refusal.TooMany("Too many bad keys have come from this address. Try again in a moment.", wait);
        }

        logger.CredentialRefused(address, fault);
        return null;
    }

    private static Refusal? RefuseForbidden(Caller caller, Permission permission) =>
        caller.ReadsOnly && !Permissions.OnlyReads(permission) ? Refusal.Forbidden("A ticket is for reading alone: send the key.")
        : Permissions.Allow(caller.Role, permission) ? null
        : Refusal.Forbidden($"The role {AccessRoles.NameOf(caller.Role)} may not do this. These may: {Permissions.RolesOf(permission)}.");

    private async ValueTask<KeyVerdict> IdentifyAsync(HttpContext context, bool nameless)
    {
        return !KeysNeeded(context) ? new KeyVerdict(Caller.Local, null)
            : Credential.Read(context.Request) is { } shown ? await JudgeAsync(shown, nameless)
            : new KeyVerdict(null, null);
    }

    private async ValueTask<KeyVerdict> JudgeAsync(string shown, bool nameless)
    {
        if (shown.StartsWith(Tickets.Prefix, StringComparison.Ordinal))
        {
            return _parts.Value.Tickets.Read(shown) is { } caller ? new KeyVerdict(caller with { ReadsOnly = true }, null) : KeyVerdict.Bad(CredentialFault.Unknown, "The ticket is not good, or not any more.");
        }

        return await JudgeKeyAsync(shown, nameless);
    }

    private sealed record Parts(AccessOptions Options, KeyRing Ring, Tickets Tickets, JwtReader? Jwt, RequestLimits Limits)
    {
        public static Parts Of(NodeAccess access, TimeProvider time) => new(
            access.Options,
            access.Ring,
            new Tickets(access.Ring, access.Options.TicketSecret, time),
            access.Options.Jwt is { } jwt ? new JwtReader(jwt, time) : null,
            new RequestLimits(access.Limits, time));
    }
}
