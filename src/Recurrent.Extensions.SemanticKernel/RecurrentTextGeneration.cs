using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.TextGeneration;
using Recurrent.Decoding;

namespace Recurrent.Extensions.SemanticKernel;

/// <summary>Continues prompts.</summary>
internal sealed class RecurrentTextGeneration(TextModel model) : ITextGenerationService
{
    public IReadOnlyDictionary<string, object?> Attributes { get; } =
        new Dictionary<string, object?> { ["ModelId"] = model.Trained.Training.Text };

    public async Task<IReadOnlyList<TextContent>> GetTextContentsAsync(
        string prompt,
        PromptExecutionSettings? executionSettings = null,
        Kernel? kernel = null,
        CancellationToken cancellationToken = default
    )
    {
        var text = new StringBuilder();
        var pieces = GetStreamingTextContentsAsync(prompt, executionSettings, kernel, cancellationToken);
        await foreach (var piece in pieces.ConfigureAwait(false))
        {
            text.Append(piece.Text);
        }
        return [new TextContent(text.ToString(), model.Trained.Training.Text)];
    }

    public IAsyncEnumerable<StreamingTextContent> GetStreamingTextContentsAsync(
        string prompt,
        PromptExecutionSettings? executionSettings = null,
        Kernel? kernel = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(prompt);
        var (sampling, length) = SettingsOf(executionSettings);
        return Continue(prompt, sampling, length, cancellationToken);
    }

    private async IAsyncEnumerable<StreamingTextContent> Continue(
        string prompt,
        SamplingOptions sampling,
        int? length,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await foreach (
            var piece in model.StreamAsync(prompt, length, sampling, cancellationToken).ConfigureAwait(false)
        )
        {
            yield return new StreamingTextContent(piece, modelId: model.Trained.Training.Text);
        }
    }

    /// <summary>Settings of whatever connector, by the names that they have in a prompt's configuration.</summary>
    private static (SamplingOptions Sampling, int? Length) SettingsOf(PromptExecutionSettings? settings)
    {
        var usual = new SamplingOptions();
        if (settings is null)
        {
            return (usual, null);
        }
        var members = JsonSerializer.SerializeToElement(settings, settings.GetType());
        return (
            new SamplingOptions
            {
                Temperature = Member("temperature")?.GetDouble() ?? usual.Temperature,
                TopK = Member("top_k")?.GetInt32() ?? usual.TopK,
                TopP = Member("top_p")?.GetDouble() ?? usual.TopP,
                PresencePenalty = Member("presence_penalty")?.GetDouble() ?? usual.PresencePenalty,
                FrequencyPenalty = Member("frequency_penalty")?.GetDouble() ?? usual.FrequencyPenalty,
                Seed = Member("seed")?.GetInt64() ?? usual.Seed,
                StopStrings = Member("stop_sequences") is { } stops
                    ? [.. stops.EnumerateArray().Select(stop => stop.GetString()!)]
                    : usual.StopStrings,
            },
            Member("max_tokens")?.GetInt32()
        );

        JsonElement? Member(string name) =>
            members.TryGetProperty(name, out var member) && member.ValueKind != JsonValueKind.Null ? member : null;
    }
}
