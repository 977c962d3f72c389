using System.Text.Json.Nodes;

namespace Recurrent.Tests.Formats;

/// <summary>Files that another program may have written, or written again: in other words, the same model.</summary>
public sealed class OtherWritersTests
{
    [Fact]
    public void The_order_of_the_tensors_does_not_matter() =>
        AssertTheSame(
            RawSafetensors.Changed(file =>
            {
                // The last tensor's values now come first.
                file.Data = [.. file.Data[72..], .. file.Data[..72]];
                var end = 12;
                foreach (var name in (string[])["W_xh", "W_hh", "b_h", "W_hq"])
                {
                    var offsets = file.Header[name]!["data_offsets"]!.AsArray();
                    var length = offsets[1]!.GetValue<int>() - offsets[0]!.GetValue<int>();
                    (offsets[0], offsets[1]) = (end, end + length);
                    end += length;
                }
                file.Header["b_q"]!["data_offsets"] = new JsonArray(0, 12);
            })
        );

    [Fact]
    public void Unknown_members_are_passed_over() =>
        AssertTheSame(
            RawSafetensors.Changed(file =>
            {
                file.Header["W_hh"]!["comment"] = "square";
                file.Metadata["comment"] = "mine";
            })
        );

    [Fact]
    public void The_metadata_may_come_last() =>
        AssertTheSame(
            RawSafetensors.Changed(file =>
            {
                var metadata = file.Metadata;
                file.Header.Remove("__metadata__");
                file.Header["__metadata__"] = metadata;
            })
        );

    [Theory]
    [InlineData("model")]
    [InlineData("text")]
    [InlineData("training")]
    public void Unknown_members_of_a_section_are_passed_over(string section) =>
        AssertTheSame(RawSafetensors.WithMember(section, "comment", "[]"));

    private static void AssertTheSame(byte[] file)
    {
        var original = TinyModel.Save(TinyModel.Create());
        Assert.NotEqual(original, file);
        Assert.Equal(original, TinyModel.Save(TinyModel.Load(file)));
    }
}
