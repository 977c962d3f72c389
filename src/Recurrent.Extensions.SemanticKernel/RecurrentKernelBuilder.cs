using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.TextGeneration;

namespace Recurrent.Extensions.SemanticKernel;

/// <summary>Adds text models to a kernel.</summary>
public static class RecurrentKernelBuilder
{
    /// <summary>
    /// Adds a model as the kernel's <see cref="ITextGenerationService"/>, which continues prompts. It knows the
    /// settings temperature, top_k, top_p, seed, stop_sequences, presence_penalty, frequency_penalty and max_tokens;
    /// others make no difference.
    /// </summary>
    /// <param name="builder">The kernel's builder.</param>
    /// <param name="model">The model.</param>
    /// <param name="serviceId">The name of the service; null for the only one.</param>
    /// <returns>The builder.</returns>
    /// <example>
    /// <code>
    /// var kernel = Kernel.CreateBuilder().AddRecurrent(TextModel.Load("story.safetensors")).Build();
    /// Console.WriteLine(await kernel.InvokePromptAsync("the miller "));
    /// </code>
    /// </example>
    public static IKernelBuilder AddRecurrent(this IKernelBuilder builder, TextModel model, string? serviceId = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(model);
        builder.Services.AddKeyedSingleton<ITextGenerationService>(serviceId, new RecurrentTextGeneration(model));
        return builder;
    }
}
