namespace Recurrent.Tests.Architecture;

/// <summary>The reader of the architecture tests sees every way to use a room, and nothing else.</summary>
public sealed class HouseTests
{
    private const string Kernels = "namespace Recurrent.Kernels.Sums;\npublic static class Sum { }";
    private const string Models = "namespace Recurrent.Models;\npublic sealed class Model { }";

    [Theory]
    [InlineData("using Recurrent.Kernels.Sums;\nnamespace Recurrent.Text;")]
    [InlineData("using static Recurrent.Kernels.Sums.Sum;\nnamespace Recurrent.Text;")]
    [InlineData("using S = Recurrent.Kernels.Sums.Sum;\nnamespace Recurrent.Text;")]
    [InlineData("using S = global::Recurrent.Kernels.Sums.Sum;\nnamespace Recurrent.Text;")]
    [InlineData("  global  using   Recurrent.Kernels.Sums ;\nnamespace Recurrent.Text;")]
    [InlineData("namespace Recurrent.Text;\nclass X { Recurrent.Kernels.Sums.Sum S; }")]
    [InlineData("namespace Recurrent.Text;\nclass X { Kernels.Sums.Sum S; }")]
    [InlineData("namespace Recurrent.Text;\nclass X { string S = $\"a{Kernels.Sums.Sum.Of(\"}\")}b\"; }")]
    [InlineData("namespace Recurrent.Text;\nclass X { string S = $$\"\"\"a{{Kernels.Sums.Sum.Of()}}b\"\"\"; }")]
    [InlineData("namespace Recurrent.Kernels.Cells;\nclass X { Sums.Sum S; }", "Kernels/Cells")]
    public void A_room_is_used_by_a_using_directive_or_a_qualified_name(string source, string room = "Text") =>
        Assert.Equal([("x", room, "Kernels/Sums")], Uses(source));

    [Fact]
    public void A_room_is_used_by_the_simple_name_of_a_type_in_an_enclosing_namespace() =>
        Assert.Equal(
            [("x", "Models/Storage", "Models")],
            Uses("namespace Recurrent.Models.Storage;\nclass X { Model M; }")
        );

    [Theory]
    [InlineData("namespace Recurrent.Text;\n// Kernels.Sums.Sum\nclass X { }")]
    [InlineData("namespace Recurrent.Text;\n/// <see cref=\"Kernels.Sums.Sum\"/>\nclass X { }")]
    [InlineData("namespace Recurrent.Text;\n/* Kernels.Sums.Sum */\nclass X { char C = '\"'; }")]
    [InlineData("namespace Recurrent.Text;\nclass X { string S = \"Kernels.Sums.Sum \\\" \"; }")]
    [InlineData("namespace Recurrent.Text;\nclass X { string S = @\"\"\"Kernels.Sums.Sum\"; }")]
    [InlineData("namespace Recurrent.Text;\nclass X { string S = $\"{{Kernels.Sums.Sum}}\"; }")]
    [InlineData("namespace Recurrent.Text;\nclass X { string S = \"\"\"a \"Kernels.Sums.Sum\" \"\"\"; }")]
    [InlineData("namespace Recurrent.Text;\nclass X { char C = '\\''; int Kernels; int Y => this.Kernels.Sums; }")]
    [InlineData("namespace Recurrent.Text;\nclass X { Y Models; int Z => Models.Count; }")]
    [InlineData("namespace Recurrent.Models.Storage;\nclass Model { Model M; }")]
    public void Comments_strings_and_members_use_no_room(string source) => Assert.Empty(Uses(source));

    private static IEnumerable<(string, string, string)> Uses(string source) =>
        new House([("x", source), ("k", Kernels), ("m", Models)]).Uses();
}
