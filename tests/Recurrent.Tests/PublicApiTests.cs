using System.Reflection;

namespace Recurrent.Tests;

/// <summary>
/// The public surface is a text file; its difference is the review of an API change. Set
/// RECURRENT_UPDATE_GOLDEN=1 to write the files again.
/// </summary>
public sealed class PublicApiTests
{
    public static readonly TheoryData<string> Libraries = ["Recurrent", "Recurrent.Pictures", "Recurrent.Reports"];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void The_public_surface_is_the_one_on_file(string assembly)
    {
        var path = Repository.PathOf(Path.Combine("tests", "Recurrent.Tests", "PublicApi", $"{assembly}.txt"));
        var surface = PublicSurface.Of(Assembly.Load(assembly));
        if (Environment.GetEnvironmentVariable("RECURRENT_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, surface);
        }
        Assert.Equal(File.ReadAllText(path), surface);
    }

    [Fact]
    public void Kernels_have_no_public_surface() => Assert.Empty(PublicSurface.Of(Assembly.Load("Recurrent.Kernels")));

    [Theory]
    [InlineData("Recurrent.Kernels")]
    [MemberData(nameof(Libraries))]
    public void Types_are_sealed_or_abstract(string assembly) =>
        Assert.DoesNotContain(
            Assembly.Load(assembly).GetTypes(),
            type => type is { IsClass: true, IsSealed: false, IsAbstract: false }
        );
}
