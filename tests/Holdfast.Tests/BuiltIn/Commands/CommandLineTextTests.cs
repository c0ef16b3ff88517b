using Holdfast.BuiltIn.Commands;

namespace Holdfast.Tests.BuiltIn.Commands;

public class CommandLineTextTests
{
    [Theory]
    [InlineData("!uptime", "uptime")]
    [InlineData("  !retry   show \t 7 ", "retry|show|7")]
    [InlineData("!say \"two words\" \"\" end", "say|two words||end")]
    [InlineData("!say \"never closed, and  long", "say|never closed, and  long")]
    [InlineData("!say a\"b c\"d", "say|ab cd")]
    public void Words_are_separated_by_white_space_and_held_together_by_quotes(string line, string words) =>
        string.Join('|', CommandLineText.Read(line).ShouldNotBeNull()).ShouldBe(words);

    [Theory]
    [InlineData("")]
    [InlineData("!")]
    [InlineData("! uptime")]
    [InlineData("uptime")]
    [InlineData("what!")]
    public void What_does_not_begin_with_the_prefix_and_a_name_is_no_command(string line) =>
        CommandLineText.Read(line).ShouldBeNull();
}
