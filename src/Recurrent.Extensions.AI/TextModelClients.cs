using Microsoft.Extensions.AI;

namespace Recurrent.Extensions.AI;

/// <summary>Text models as the clients of Microsoft.Extensions.AI.</summary>
public static class TextModelClients
{
    /// <summary>
    /// A client whose answer continues the last message. It knows the options for temperature, top-k, top-p, seed, stop
    /// sequences, presence and frequency penalty and the most output tokens; others make no difference.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <example>
    /// <code>
    /// IChatClient client = TextModel.Load("story.safetensors").AsIChatClient();
    /// Console.WriteLine(await client.GetResponseAsync("the miller "));
    /// </code>
    /// </example>
    public static IChatClient AsIChatClient(this TextModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new RecurrentChatClient(model);
    }

    /// <summary>
    /// A generator of vectors as <see cref="TextModel.Embed"/> makes them, as long as the model's hidden size.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <example>
    /// <code>
    /// var generator = TextModel.Load("names.safetensors").AsIEmbeddingGenerator();
    /// var vector = await generator.GenerateVectorAsync("Anna");
    /// </code>
    /// </example>
    public static IEmbeddingGenerator<string, Embedding<float>> AsIEmbeddingGenerator(this TextModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new RecurrentEmbeddingGenerator(model);
    }
}
