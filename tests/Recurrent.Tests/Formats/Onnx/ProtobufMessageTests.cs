using Recurrent.Formats.Onnx;
using Recurrent.Tensors;

namespace Recurrent.Tests.Formats.Onnx;

/// <summary>The examples of https://protobuf.dev/programming-guides/encoding, and a few edges.</summary>
public sealed class ProtobufMessageTests
{
    [Theory]
    [InlineData(1, 150, "089601")]
    [InlineData(1, 0, "0800")]
    [InlineData(15, 127, "787F")]
    [InlineData(16, 128, "80018001")]
    [InlineData(1, -2, "08FEFFFFFFFFFFFFFFFF01")]
    [InlineData(1, long.MaxValue, "08FFFFFFFFFFFFFFFF7F")]
    public void Numbers(int field, long value, string bytes) =>
        AssertBytes(bytes, new ProtobufMessage().Add(field, value));

    [Fact]
    public void Text()
    {
        AssertBytes("120774657374696E67", new ProtobufMessage().Add(2, "testing"));
        AssertBytes("1203E78CAB", new ProtobufMessage().Add(2, "猫"));
        AssertBytes("1200", new ProtobufMessage().Add(2, ""));
    }

    [Fact]
    public void Messages_in_messages()
    {
        AssertBytes("1A03089601", new ProtobufMessage().Add(3, new ProtobufMessage().Add(1, 150)));
        AssertBytes("1A00", new ProtobufMessage().Add(3, new ProtobufMessage()));
    }

    [Fact]
    public void A_long_field_has_a_long_length()
    {
        var message = new ProtobufMessage().Add(1, new byte[300]);
        Assert.Equal(303, message.Length);
        Assert.Equal([0x0A, 0xAC, 0x02], Bytes(message)[..3]);
    }

    [Fact]
    public void Values_of_a_tensor() =>
        AssertBytes("4A080000803F000000C0", new ProtobufMessage().Add(9, Tensor.From([1, -2], 2)));

    private static void AssertBytes(string expected, ProtobufMessage message)
    {
        Assert.Equal(expected, Convert.ToHexString(Bytes(message)));
        Assert.Equal(expected.Length / 2, message.Length);
    }

    private static byte[] Bytes(ProtobufMessage message)
    {
        using var stream = new MemoryStream();
        message.WriteTo(stream);
        return stream.ToArray();
    }
}
