using Microsoft.Extensions.AI;

namespace Recurrent.Extensions.AI;

/// <summary>Vectors of hidden states.</summary>
internal sealed class RecurrentEmbeddingGenerator(TextModel model) : IEmbeddingGenerator<string, Embedding<float>>
{
    private readonly EmbeddingGeneratorMetadata _metadata = new(
        "recurrent",
        defaultModelId: model.Trained.Training.Text,
        defaultModelDimensions: model.Trained.Model.Configuration.HiddenSize
    );

    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values,
        EmbeddingGenerationOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(values);
        if (options?.Dimensions is { } wanted && wanted != _metadata.DefaultModelDimensions)
        {
            throw new ArgumentException(
                $"{wanted} dimensions were asked for and the model's vectors have {_metadata.DefaultModelDimensions}; "
                    + "leave the option out.",
                nameof(options)
            );
        }
        string[] texts = [.. values];
        var vectors = await Task.Run(() => model.Embed(texts, cancellationToken), cancellationToken)
            .ConfigureAwait(false);
        return new GeneratedEmbeddings<Embedding<float>>(
            vectors.Select(vector => new Embedding<float>(vector) { ModelId = _metadata.DefaultModelId })
        );
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        object[] services = [this, model, _metadata];
        return serviceKey is null ? Array.Find(services, serviceType.IsInstanceOfType) : null;
    }

    public void Dispose() { }
}
