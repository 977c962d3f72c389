using System.Text.Json.Nodes;

namespace Recurrent.Tests.Models.Storage;

/// <summary>Files that another program may have written, or written anew: in other words, the same model.</summary>
public sealed class OtherWritersTests
{
    [Fact]
    public void TheOrderOfTheTensorsDoesNotMatter() =>
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
    public void UnknownMembersArePassedOver() =>
        AssertTheSame(
            RawSafetensors.Changed(file =>
            {
                file.Header["W_hh"]!["comment"] = "square";
                file.Metadata["comment"] = "mine";
            })
        );

    [Fact]
    public void TheMetadataMayComeLast() =>
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
    public void UnknownMembersOfASectionArePassedOver(string section) =>
        AssertTheSame(RawSafetensors.WithMember(section, "comment", "[]"));

    private static void AssertTheSame(byte[] file)
    {
        var original = TinyModel.Save(TinyModel.Create());
        Assert.NotEqual(original, file);
        Assert.Equal(original, TinyModel.Save(TinyModel.Load(file)));
    }
}
