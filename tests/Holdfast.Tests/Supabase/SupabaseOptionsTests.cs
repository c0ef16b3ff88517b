using Holdfast.Supabase;

namespace Holdfast.Tests.Supabase;

public class SupabaseOptionsTests
{
    [Theory]
    [InlineData("")]
    [InlineData("https://ref.supabase.co")]
    [InlineData("https://ref.supabase.co/")]
    [InlineData("https://db.internal:8443/supabase")]
    [InlineData("http://127.0.0.1:54321")]
    [InlineData("http://localhost:54321")]
    [InlineData("http://[::1]:54321")]
    public void An_address_to_which_the_key_may_go_is_taken(string url) => SupabaseOptions.FaultOfUrl(url).ShouldBeNull();

    [Theory]
    [InlineData("http://ref.supabase.co", "https")]
    [InlineData("http://10.0.0.1", "https")]
    [InlineData("ref.supabase.co", "https://ref.supabase.co")]
    [InlineData("ftp://ref.supabase.co", "https://ref.supabase.co")]
    [InlineData("https://user:secret@ref.supabase.co", "address alone")]
    [InlineData("https://ref.supabase.co?apikey=secret", "address alone")]
    public void Any_other_is_refused(string url, string why) => SupabaseOptions.FaultOfUrl(url).ShouldNotBeNull().ShouldContain(why);

    [Theory]
    [InlineData("", true)]
    [InlineData("events", true)]
    [InlineData("monitoring.events_2", true)]
    [InlineData("a.b.c", false)]
    [InlineData("events?select=*", false)]
    [InlineData("../rpc/drop", false)]
    [InlineData("monitoring.", false)]
    public void A_table_is_a_name(string table, bool good) => (SupabaseOptions.FaultOfTable(table) is null).ShouldBe(good);
}
