using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Recurrent.Formats;

namespace Recurrent.Extensions.DependencyInjection;

/// <summary>Registers text models.</summary>
public static class RecurrentServices
{
    /// <summary>
    /// Registers a model as the one <see cref="TextModel"/>, loaded when it is first asked for and safe for any number
    /// of callers, and a health check named "recurrent", which loads it and lets it write a token.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="path">The model file.</param>
    /// <returns>The services.</returns>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <example>
    /// <code>
    /// builder.Services.AddRecurrent("names.safetensors");
    /// app.MapGet("/name", (TextModel model) =&gt; model.Generate(sampling: new() { StopStrings = ["\n"] }));
    /// app.MapHealthChecks("/health");
    /// </code>
    /// </example>
    public static IServiceCollection AddRecurrent(this IServiceCollection services, string path)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(path);
        services.AddSingleton(_ => TextModel.Load(path));
        services
            .AddHealthChecks()
            .Add(new("recurrent", provider => new Check(provider), failureStatus: null, tags: null));
        return services;
    }

    private sealed class Check(IServiceProvider provider) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(
            HealthCheckContext context,
            CancellationToken cancellationToken = default
        )
        {
            ArgumentNullException.ThrowIfNull(context);
            try
            {
                var model = provider.GetRequiredService<TextModel>();
                model.Generate(length: 1, cancellationToken: cancellationToken);
                return Task.FromResult(
                    HealthCheckResult.Healthy($"A {model.Trained.Model.Configuration.Kind} writes.")
                );
            }
            catch (Exception error) when (error is ModelFileException or ArgumentException)
            {
                return Task.FromResult(new HealthCheckResult(context.Registration.FailureStatus, error.Message, error));
            }
        }
    }
}
