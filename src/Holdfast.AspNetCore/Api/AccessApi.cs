using Holdfast.Access;
using Holdfast.AspNetCore.Security;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary><c>/api/access</c>: who one is here, and a ticket to open a socket with.</summary>
internal sealed class AccessApi(AccessGate gate)
{
    /// <summary><c>GET /api/access</c></summary>
    public Task ShowAsync(HttpContext context)
    {
        var caller = context.Caller();
        return Answer.JsonAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("name"u8, caller.Name);
            json.WriteString("role"u8, AccessRoles.NameOf(caller.Role));
            json.WriteString("expires_at"u8, caller.ExpiresAt?.UtcDateTime.ToString("O"));
            json.WriteBoolean("keys_needed"u8, gate.KeysNeeded(context));
            json.WriteEndObject();
        });
    }

    /// <summary><c>POST /api/access/ticket</c></summary>
    public Task MakeTicketAsync(HttpContext context)
    {
        var (text, expiresAt) = gate.MakeTicket(context.Caller());
        return Answer.JsonAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("ticket"u8, text);
            json.WriteString("expires_at"u8, expiresAt.UtcDateTime);
            json.WriteEndObject();
        });
    }
}
