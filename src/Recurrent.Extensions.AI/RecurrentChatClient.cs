using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Recurrent.Decoding;

namespace Recurrent.Extensions.AI;

/// <summary>A client whose answer continues the last message.</summary>
internal sealed class RecurrentChatClient(TextModel model) : IChatClient
{
    private readonly ChatClientMetadata _metadata = new("recurrent", defaultModelId: model.Trained.Training.Text);

    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages,
        ChatOptions? options = null,
        CancellationToken cancellationToken = default
    ) => GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages,
        ChatOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(messages);
        var prompt = messages.LastOrDefault()?.Text ?? "";
        return Continue(prompt, SamplingOf(options), options?.MaxOutputTokens, cancellationToken);
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        object[] services = [this, model, _metadata];
        return serviceKey is null ? Array.Find(services, serviceType.IsInstanceOfType) : null;
    }

    public void Dispose() { }

    private async IAsyncEnumerable<ChatResponseUpdate> Continue(
        string prompt,
        SamplingOptions sampling,
        int? length,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var (tokens, characters) = (0, 0);
        await foreach (
            var piece in model.StreamAsync(prompt, length, sampling, cancellationToken).ConfigureAwait(false)
        )
        {
            tokens++;
            characters += piece.Length;
            if (piece.Length > 0)
            {
                yield return new ChatResponseUpdate(ChatRole.Assistant, piece) { ModelId = _metadata.DefaultModelId };
            }
        }
        var stopped = length is null ? characters < SamplingOptions.DefaultLength : tokens < length;
        var read = model.Trained.Codec.EncodePrompt(prompt).Tokens.Length;
        yield return new ChatResponseUpdate(
            ChatRole.Assistant,
            [
                new UsageContent(
                    new UsageDetails
                    {
                        InputTokenCount = read,
                        OutputTokenCount = tokens,
                        TotalTokenCount = read + tokens,
                    }
                ),
            ]
        )
        {
            ModelId = _metadata.DefaultModelId,
            FinishReason = stopped ? ChatFinishReason.Stop : ChatFinishReason.Length,
        };
    }

    private static SamplingOptions SamplingOf(ChatOptions? options)
    {
        var usual = new SamplingOptions();
        return new SamplingOptions
        {
            Temperature = Exact(options?.Temperature) ?? usual.Temperature,
            TopK = options?.TopK ?? usual.TopK,
            TopP = Exact(options?.TopP) ?? usual.TopP,
            PresencePenalty = Exact(options?.PresencePenalty) ?? usual.PresencePenalty,
            FrequencyPenalty = Exact(options?.FrequencyPenalty) ?? usual.FrequencyPenalty,
            Seed = options?.Seed ?? usual.Seed,
            StopStrings = options?.StopSequences?.ToArray() ?? usual.StopStrings,
        };
    }

    /// <summary>The number that was written: 0.8, where a float makes it 0.800000012.</summary>
    private static double? Exact(float? value) =>
        value is { } number && MathF.Abs(number) < 1e6f ? (double)(decimal)number : value;
}
