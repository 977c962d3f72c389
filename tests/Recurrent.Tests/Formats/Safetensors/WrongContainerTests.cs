using System.Text;
using Recurrent.Formats;

namespace Recurrent.Tests.Formats.Safetensors;

/// <summary>Files that are no safetensors files, or lie about their lengths.</summary>
public sealed class WrongContainerTests
{
    private const string Damaged = "; copy the file again or train the model again";
    private const string OtherFile = "; name a model file";

    [Fact]
    public void An_empty_file() => AssertRefused([], "it is empty" + OtherFile);

    [Fact]
    public void A_file_too_short_for_anything() =>
        AssertRefused(
            [1, 0, 0, 0, 0],
            "it is not a safetensors file: it has 5 bytes and the length of a header alone takes 8" + OtherFile
        );

    [Fact]
    public void A_text() =>
        AssertRefused(
            Encoding.UTF8.GetBytes(@"\section{The Time Machine} by H. G. Wells"),
            "it is a text, not a safetensors file" + OtherFile
        );

    [Theory]
    [InlineData(100_000_001)]
    [InlineData(long.MaxValue)]
    [InlineData(ulong.MaxValue)]
    public void A_header_longer_than_the_format_allows(ulong length) =>
        AssertRefused(
            RawSafetensors.Join(length, "{}"u8.ToArray()),
            $"it is not a safetensors file: its first 8 bytes mean a header of {length:#,0} bytes "
                + "and the most is 100,000,000"
                + OtherFile
        );

    [Theory]
    [InlineData(3)]
    [InlineData(100_000_000)]
    public void A_header_longer_than_the_file(ulong length) =>
        AssertRefused(
            RawSafetensors.Join(length, "{}"u8.ToArray()),
            $"it is cut short or its header length is wrong: that is {length:#,0} bytes and 2 follow" + Damaged
        );

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData(" {}")]
    public void A_header_that_does_not_begin_as_one(string header) =>
        AssertRefused(
            RawSafetensors.Join(header),
            "it is not a safetensors file: its header does not begin with \"{\"" + OtherFile
        );

    [Fact]
    public void A_header_that_is_not_UTF_8() =>
        AssertRefused(RawSafetensors.Join([.. "{\""u8, 0xC3, .. "\":1}"u8]), "its header is not UTF-8" + Damaged);

    [Theory]
    [InlineData("{", 1)]
    [InlineData("{}}", 2)]
    [InlineData("{\"a\":1,}", 7)]
    [InlineData("{/**/}", 1)]
    public void A_header_that_is_not_JSON(string header, int place) =>
        AssertRefused(
            RawSafetensors.Join(header),
            $"its header is not JSON from its byte {place} in line 1 on" + Damaged
        );

    [Fact]
    public void A_header_nested_too_deeply() =>
        AssertRefused(
            RawSafetensors.Join("{\"a\":" + new string('[', 100_000)),
            "its header is not JSON from its byte 68 in line 1 on" + Damaged
        );

    [Fact]
    public void A_name_that_is_there_twice()
    {
        AssertRefused(
            RawSafetensors.Join("""{"a\n":{},"\u0061\n":{}}"""),
            "its header has \"a\uFFFD\" twice" + Damaged
        );
        AssertRefused(
            RawSafetensors.Join("""{"__metadata__":{"format":"pt","format":"recurrent"}}"""),
            "the metadata has \"format\" twice" + Damaged
        );
    }

    [Fact]
    public void Half_a_surrogate_pair()
    {
        AssertRefused(
            RawSafetensors.Join("""{"\uD800":{}}"""),
            "its header has a string with half a surrogate pair" + Damaged
        );
        AssertRefused(
            RawSafetensors.Join("""{"__metadata__":{"format":"\uD800"}}"""),
            "the metadata has a string with half a surrogate pair" + Damaged
        );
    }

    [Theory]
    [InlineData("7", "tensor \"W_hh\" is 7, not a JSON object")]
    [InlineData("""{"shape":[2,2],"data_offsets":[24,40]}""", "tensor \"W_hh\" lacks \"dtype\"")]
    [InlineData(
        """{"dtype":4,"shape":[2,2],"data_offsets":[24,40]}""",
        "\"dtype\" in tensor \"W_hh\" is 4, not a string"
    )]
    [InlineData(
        """{"dtype":"F32","shape":4,"data_offsets":[24,40]}""",
        "\"shape\" in tensor \"W_hh\" is 4, not an array"
    )]
    [InlineData(
        """{"dtype":"F32","shape":[],"data_offsets":[24,28]}""",
        "tensor \"b_h\" begins at byte 40 of the data and the one before it ends at 28"
    )]
    [InlineData(
        """{"dtype":"F32","shape":[1,1,1,2,2],"data_offsets":[24,40]}""",
        "\"shape\" in tensor \"W_hh\" has 5 entries and must have 0 to 4"
    )]
    [InlineData(
        """{"dtype":"F32","shape":[-2,-2],"data_offsets":[24,40]}""",
        "\"shape\" in tensor \"W_hh\" is -2, not a whole number from 0 to 2,147,483,647"
    )]
    [InlineData(
        """{"dtype":"F32","shape":[1e9,2],"data_offsets":[24,40]}""",
        "\"shape\" in tensor \"W_hh\" is 1e9, not a whole number from 0 to 2,147,483,647"
    )]
    [InlineData(
        """{"dtype":"F32","shape":[4.0],"data_offsets":[24,40]}""",
        "\"shape\" in tensor \"W_hh\" is 4.0, not a whole number from 0 to 2,147,483,647"
    )]
    [InlineData(
        """{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[24,40]}""",
        "\"shape\" in tensor \"W_hh\" is 99999999999999999999, not a whole number from 0 to 2,147,483,647"
    )]
    [InlineData(
        """{"dtype":"F32","shape":[2147483647,2147483647,2147483647],"data_offsets":[24,40]}""",
        "tensor \"W_hh\" of shape (2147483647, 2147483647, 2147483647) takes 39614081201791936601413124092 bytes "
            + "and its data_offsets are 24 to 40"
    )]
    [InlineData(
        """{"dtype":"F32","shape":[2,1],"data_offsets":[24,40]}""",
        "tensor \"W_hh\" of shape (2, 1) takes 8 bytes and its data_offsets are 24 to 40"
    )]
    [InlineData(
        """{"dtype":"F32","shape":[0],"data_offsets":[40,24]}""",
        "tensor \"W_hh\" of shape (0) takes 0 bytes and its data_offsets are 40 to 24"
    )]
    [InlineData(
        """{"dtype":"F32","shape":[2,2],"data_offsets":[24]}""",
        "\"data_offsets\" in tensor \"W_hh\" has 1 entry and must have 2"
    )]
    [InlineData(
        """{"dtype":"F32","shape":[2,2],"data_offsets":[24,9223372036854775808]}""",
        "\"data_offsets\" in tensor \"W_hh\" is 9223372036854775808, "
            + "not a whole number from 0 to 9,223,372,036,854,775,807"
    )]
    [InlineData(
        """{"dtype":"F32","shape":[2,2],"data_offsets":[20,36]}""",
        "tensor \"W_hh\" begins at byte 20 of the data and the one before it ends at 24"
    )]
    [InlineData(
        """{"dtype":"F32","shape":[1],"data_offsets":[24,28]}""",
        "tensor \"b_h\" begins at byte 40 of the data and the one before it ends at 28"
    )]
    public void A_tensor_that_cannot_be(string entry, string problem) =>
        AssertRefused(RawSafetensors.WithTensor(entry), problem + Damaged);

    [Fact]
    public void Data_that_are_cut_short() =>
        AssertRefused(
            RawSafetensors.Changed(file => file.Data = file.Data[..^1]),
            "it is cut short: its tensors take 84 bytes and 83 follow the header" + Damaged
        );

    [Fact]
    public void Data_that_go_on() =>
        AssertRefused(
            RawSafetensors.Changed(file => file.Data = [.. file.Data, 0, 0, 0]),
            "it has 3 bytes after its last tensor, where it should end" + Damaged
        );

    [Fact]
    public void Every_beginning_of_a_file_is_refused()
    {
        var file = TinyModel.Save(TinyModel.Create());
        for (var length = 0; length < file.Length; length++)
        {
            Assert.Throws<ModelFileException>(() => TinyModel.Load(file[..length]));
        }
    }

    private static void AssertRefused(byte[] file, string problem)
    {
        var error = Assert.Throws<ModelFileException>(() => TinyModel.Load(file));
        Assert.Equal($"Cannot read the stream: {problem}.", error.Message);
    }
}
