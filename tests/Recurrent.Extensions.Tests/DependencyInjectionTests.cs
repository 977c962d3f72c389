using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Recurrent.Extensions.DependencyInjection;
using Recurrent.Formats;

namespace Recurrent.Extensions.Tests;

public sealed class DependencyInjectionTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".safetensors");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public async Task A_model_is_one_service_and_its_health_is_checked()
    {
        Models.Untrained.Save(_path);
        await using var provider = Services();
        var model = provider.GetRequiredService<TextModel>();
        Assert.Same(model, provider.GetRequiredService<TextModel>());
        var cancellation = TestContext.Current.CancellationToken;
        var expected = Models.Untrained.Generate("the ", cancellationToken: cancellation);
        Assert.Equal(expected, model.Generate("the ", cancellationToken: cancellation));
        var (status, description) = await CheckAsync(provider);
        Assert.Equal((HealthStatus.Healthy, "A gru writes."), (status, description));
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_unhealthy_and_says_why()
    {
        await using var missing = Services();
        var (status, description) = await CheckAsync(missing);
        Assert.Equal(HealthStatus.Unhealthy, status);
        Assert.Contains(_path, description);
        Assert.Throws<ModelFileException>(() => missing.GetRequiredService<TextModel>());
        await File.WriteAllTextAsync(_path, "not a model at all", TestContext.Current.CancellationToken);
        await using var wrong = Services();
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(wrong)).Status);
    }

    [Fact]
    public async Task A_model_that_comes_later_makes_the_service_healthy()
    {
        await using var provider = Services();
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(provider)).Status);
        Models.Untrained.Save(_path);
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(provider)).Status);
    }

    [Fact]
    public void An_empty_path_is_refused_at_once() =>
        Assert.Throws<ArgumentException>(() => new ServiceCollection().AddRecurrent(""));

    private ServiceProvider Services() =>
        new ServiceCollection().AddLogging().AddRecurrent(_path).BuildServiceProvider();

    private static async Task<(HealthStatus Status, string? Description)> CheckAsync(ServiceProvider provider)
    {
        var report = await provider
            .GetRequiredService<HealthCheckService>()
            .CheckHealthAsync(TestContext.Current.CancellationToken);
        var entry = Assert.Contains("recurrent", report.Entries);
        return (entry.Status, entry.Description);
    }
}
