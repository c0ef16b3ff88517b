using System.Net;
using Holdfast.Retries;

namespace Holdfast.Tests.Retries;

public class CallbackAddressesTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("0.0.0.0")]
    [InlineData("10.0.0.1")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("169.254.169.254")]
    [InlineData("168.63.129.16")]
    [InlineData("100.100.100.200")]
    [InlineData("192.0.0.192")]
    [InlineData("198.19.0.1")]
    [InlineData("203.0.113.7")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%1")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("ff02::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("64:ff9b::a00:1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("2001:0:7f00:1::")]
    [InlineData("2001:db8::1")]
    [InlineData("::7f00:1")]
    public void What_is_not_public_is_refused(string address) => CallbackAddresses.IsPublic(IPAddress.Parse(address)).ShouldBeFalse();

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("172.32.0.1")]
    [InlineData("100.128.0.1")]
    [InlineData("2606:4700::1111")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("64:ff9b::808:808")]
    public void What_is_public_may_be_called(string address) => CallbackAddresses.IsPublic(IPAddress.Parse(address)).ShouldBeTrue();

    [Fact]
    public void A_list_names_hosts_addresses_and_networks()
    {
        var list = CallbackAllowList.Parse("hooks.internal, 10.1.0.0/16,::1 , 192.168.7.7");

        list.HasHost("HOOKS.internal").ShouldBeTrue();
        list.HasHost("other.internal").ShouldBeFalse();
        list.HasAddress(IPAddress.Parse("10.1.255.255")).ShouldBeTrue();
        list.HasAddress(IPAddress.Parse("::ffff:10.1.2.3")).ShouldBeTrue();
        list.HasAddress(IPAddress.Parse("10.2.0.1")).ShouldBeFalse();
        list.HasAddress(IPAddress.IPv6Loopback).ShouldBeTrue();
        list.HasAddress(IPAddress.Parse("192.168.7.7")).ShouldBeTrue();
    }

    [Theory]
    [InlineData("10.1.0.0/99")]
    [InlineData("http://shop.example")]
    [InlineData("a b")]
    public void What_is_neither_is_named(string entry)
    {
        CallbackAllowList.FaultOf($"::1,{entry}").ShouldNotBeNull().ShouldContain(entry);
        Should.Throw<FormatException>(() => CallbackAllowList.Parse(entry));
    }

    [Fact]
    public void A_good_list_has_no_fault() => CallbackAllowList.FaultOf("hooks.internal, 10.1.0.0/16,::1").ShouldBeNull();
}
