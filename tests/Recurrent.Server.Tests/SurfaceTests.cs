namespace Recurrent.Server.Tests;

public sealed class SurfaceTests
{
    [Fact]
    public void Nothing_is_public_and_types_are_sealed_or_abstract()
    {
        var types = typeof(ModelServer).Assembly.GetTypes();
        Assert.DoesNotContain(types, type => type.IsPublic);
        Assert.DoesNotContain(types, type => type is { IsClass: true, IsSealed: false, IsAbstract: false });
    }
}
