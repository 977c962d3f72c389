using Recurrent.Cli.Output;
using Recurrent.Tensors;

namespace Recurrent.Cli.Tests.Output;

public sealed class ParameterFactsTests
{
    [Fact]
    public void Tells_name_shape_norm_and_hash()
    {
        var facts = ParameterFacts.Of(new Parameter("w", Tensor.From([3, -4, 0, 0], 2, 2)));
        Assert.Equal(("w", 4, 5.0, 4.0), (facts.Name, facts.Count, facts.Norm, facts.Largest));
        Assert.Equal([2, 2], facts.Shape);
        // printf '\x00\x00\x40\x40\x00\x00\x80\xc0\0\0\0\0\0\0\0\0' | sha256sum
        Assert.Equal("sha256:ccabfdf28c5f934ba1c510450487f56241ab4d056627e05e90e031a2c6e9215b", facts.Hash);
    }
}
