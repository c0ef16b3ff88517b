using Holdfast.Components;
using Microsoft.AspNetCore.Http;

namespace Holdfast.AspNetCore.Api;

/// <summary><c>GET /api/components</c>: the parts with a life of their own, from memory.</summary>
internal sealed class ComponentsApi(NodeComponents components)
{
    public Task ListAsync(HttpContext context) => Answer.ItemsAsync(context, components.Statuses, ComponentJson.Write, _ => { });
}
