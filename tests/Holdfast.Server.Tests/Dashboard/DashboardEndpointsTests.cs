using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Holdfast.AspNetCore.Dashboard;

namespace Holdfast.Server.Tests.Dashboard;

public sealed partial class DashboardEndpointsTests
{
    private const int FirstWindowBytes = 14 * 1024;

    /// <summary>What the page itself may take of the overview's 60 kB: with a minute of history and the newest events it was 5.7 kB.</summary>
    private const int PageBytes = 7_500; // 2,800 at the start, with room for figures and events

    [Fact]
    public async Task The_page_is_never_kept_and_refuses_everything_foreign()
    {
        await using var site = await DashboardSite.StartAsync();

        using var answer = await site.SendAsync(HttpMethod.Get, "/");

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/html; charset=utf-8");
        answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
        answer.Headers.GetValues("Content-Security-Policy").Single().ShouldBe(
            $"default-src 'none'; script-src 'self' {await HashOfTheScriptAsync(answer)}; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'");
        answer.Headers.GetValues("X-Content-Type-Options").Single().ShouldBe("nosniff");
        answer.Headers.GetValues("Referrer-Policy").Single().ShouldBe("no-referrer");
    }

    [Fact]
    public async Task The_page_keeps_its_own_policy_one_script_and_no_style_stand_inside_it()
    {
        await using var site = await DashboardSite.StartAsync();

        var html = await site.Client.GetStringAsync("/");

        Scripts().Matches(html).Count(script => !script.Value.Contains("src=") && !script.Value.Contains("application/json")).ShouldBe(1);
        html.ShouldNotContain("<style");
        html.ShouldNotContain(" style=");
        html.ShouldNotContain(" onload=");
        ForeignAddress().Matches(html).Select(m => m.Value).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_snapshot_stands_in_the_page_and_cannot_break_out()
    {
        await using var site = await DashboardSite.StartAsync(snapshot: () => """{"text":"</script><script>alert(1)</script><!--"}""");

        var html = await site.Client.GetStringAsync("/");

        html.ShouldContain("""{"text":"\u003c/script>\u003cscript>alert(1)\u003c/script>\u003c!--"}""");
    }

    [Fact]
    public async Task A_snapshot_that_fails_does_not_cost_the_page()
    {
        await using var site = await DashboardSite.StartAsync(snapshot: () => throw new InvalidOperationException("The store is away."));

        (await site.Client.GetStringAsync("/")).ShouldContain("id=\"holdfast-snapshot\">null</script>");
    }

    [Theory]
    [InlineData("/", null, "/", "/")]
    [InlineData("/holdfast", null, "/holdfast/", "/holdfast/")]
    [InlineData("/holdfast", "/proxy", "/proxy/holdfast/", "/proxy/holdfast/")]
    public async Task The_base_of_all_addresses_is_where_the_page_was_asked_for(string basePath, string? pathBase, string asked, string expected)
    {
        await using var site = await DashboardSite.StartAsync(basePath, pathBase: pathBase);

        var html = await site.Client.GetStringAsync(asked);

        html.ShouldContain($"<base href=\"{expected}\" />");
    }

    [Fact]
    public async Task An_address_without_its_last_slash_is_sent_to_the_one_with_it()
    {
        await using var site = await DashboardSite.StartAsync("/holdfast");

        using var answer = await site.SendAsync(HttpMethod.Get, "/holdfast?theme=x");

        answer.StatusCode.ShouldBe(HttpStatusCode.PermanentRedirect);
        answer.Headers.Location!.OriginalString.ShouldBe("/holdfast/?theme=x");
    }

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    public async Task Every_file_of_the_page_comes_compressed_and_is_the_same_inside(string coding)
    {
        await using var site = await DashboardSite.StartAsync();
        var paths = DashboardAssets.Load(typeof(DashboardEndpoints).Assembly).Paths.ToArray();

        paths.ShouldNotBeEmpty();
        foreach (var path in paths)
        {
            using var plain = await site.SendAsync(HttpMethod.Get, path);
            using var compressed = await site.SendAsync(HttpMethod.Get, path, ("Accept-Encoding", coding));

            compressed.Content.Headers.ContentEncoding.ShouldBe([coding]);
            compressed.Headers.Vary.ShouldContain("Accept-Encoding");
            compressed.Headers.ETag.ShouldNotBe(plain.Headers.ETag);
            Decompress(await compressed.Content.ReadAsByteArrayAsync(), coding).ShouldBe(await plain.Content.ReadAsByteArrayAsync());
        }
    }

    [Fact]
    public async Task A_file_is_asked_for_once_since_its_name_changes_with_its_content()
    {
        await using var site = await DashboardSite.StartAsync();
        var script = ScriptAddress().Match(await site.Client.GetStringAsync("/")).Groups[1].Value;

        using var first = await site.SendAsync(HttpMethod.Get, script, ("Accept-Encoding", "br"));
        using var again = await site.SendAsync(HttpMethod.Get, script, ("Accept-Encoding", "br"), ("If-None-Match", first.Headers.ETag!.Tag));
        using var changed = await site.SendAsync(HttpMethod.Get, script, ("Accept-Encoding", "br"), ("If-None-Match", "\"other\""));

        first.Content.Headers.ContentType!.MediaType.ShouldBe("text/javascript");
        first.Headers.CacheControl!.ToString().ShouldContain("immutable");
        again.StatusCode.ShouldBe(HttpStatusCode.NotModified);
        (await again.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
        changed.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Head_tells_the_length_and_sends_nothing()
    {
        await using var site = await DashboardSite.StartAsync();
        var script = ScriptAddress().Match(await site.Client.GetStringAsync("/")).Groups[1].Value;

        using var page = await site.SendAsync(HttpMethod.Head, "/");
        using var file = await site.SendAsync(HttpMethod.Head, script);

        page.Content.Headers.ContentLength!.Value.ShouldBeGreaterThan(0);
        file.Content.Headers.ContentLength!.Value.ShouldBeGreaterThan(0);
        (await file.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/assets/none.js")]
    [InlineData("/assets/..%2Findex.html")]
    [InlineData("/assets/complete")]
    public async Task What_is_not_a_file_of_the_page_is_not_found(string path)
    {
        await using var site = await DashboardSite.StartAsync();

        using var answer = await site.SendAsync(HttpMethod.Get, path);

        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_shell_with_an_empty_snapshot_leaves_the_first_packets_to_the_snapshot()
    {
        await using var site = await DashboardSite.StartAsync();

        using var answer = await site.SendAsync(HttpMethod.Get, "/", ("Accept-Encoding", "br, gzip"));

        answer.Content.Headers.ContentEncoding.ShouldBe(["br"]);
        (await answer.Content.ReadAsByteArrayAsync()).Length.ShouldBeLessThan(FirstWindowBytes / 10);
    }

    [Fact]
    public async Task All_files_together_of_a_first_visit_are_at_most_60_kilobytes()
    {
        await using var site = await DashboardSite.StartAsync();
        var assets = DashboardAssets.Load(typeof(DashboardEndpoints).Assembly);
        var shell = await site.Client.GetStringAsync("/");

        // The others are fetched when somebody goes to their screen.
        var first = assets.Paths.Where(shell.Contains).ToList();

        first.Count.ShouldBeGreaterThanOrEqualTo(2);
        first.Sum(path => assets.Find(path)!.In(AssetEncoding.Brotli).Bytes.Length).ShouldBeLessThan(60_000 - PageBytes);
    }

    [Fact]
    public async Task A_build_without_the_page_says_in_words_what_is_missing()
    {
        await using var site = await DashboardSite.StartAsync(assets: DashboardAssets.Load(typeof(DashboardEndpointsTests).Assembly));

        using var answer = await site.SendAsync(HttpMethod.Get, "/");

        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("Node 20 or newer was not found");
    }

    private static byte[] Decompress(byte[] bytes, string coding)
    {
        using var source = new MemoryStream(bytes);
        using Stream plain = coding == "br" ? new BrotliStream(source, CompressionMode.Decompress) : new GZipStream(source, CompressionMode.Decompress);
        using var target = new MemoryStream();
        plain.CopyTo(target);
        return target.ToArray();
    }

    /// <summary>As the browser takes it: of the text between the tags, to the byte.</summary>
    private static async Task<string> HashOfTheScriptAsync(HttpResponseMessage answer)
    {
        var script = OwnScript().Match(await answer.Content.ReadAsStringAsync()).Groups["text"].Value;
        return $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)))}'";
    }

    [GeneratedRegex("<script>(?<text>.*?)</script>", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex OwnScript();

    [GeneratedRegex("<script[^>]*>")]
    private static partial Regex Scripts();

    // A name space is a name and is not asked for.
    [GeneratedRegex("(src|href)=\"(https?:)?//[^\"]*")]
    private static partial Regex ForeignAddress();

    [GeneratedRegex("src=\"\\./(assets/[^\"]+\\.js)\"")]
    private static partial Regex ScriptAddress();
}
