using Microsoft.Extensions.AI;
using Recurrent.Decoding;
using Recurrent.Extensions.AI;

namespace Recurrent.Extensions.Tests;

/// <summary>Chat and embeddings, through the pipeline of Microsoft.Extensions.AI.</summary>
public sealed class AITests
{
    private static readonly TextModel s_model = Models.Untrained;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static IChatClient Client =>
        s_model.AsIChatClient().AsBuilder().ConfigureOptions(options => options.Seed ??= 3).Build();

    [Fact]
    public async Task An_answer_continues_the_last_message_by_the_options()
    {
        var options = new ChatOptions
        {
            Temperature = 0.7f,
            TopK = 9,
            TopP = 0.9f,
            MaxOutputTokens = 40,
            PresencePenalty = 0.5f,
            FrequencyPenalty = 0.25f,
        };
        ChatMessage[] messages = [new(ChatRole.User, "and"), new(ChatRole.User, "the ")];
        var response = await Client.GetResponseAsync(messages, options, Cancellation);
        var sampling = new SamplingOptions
        {
            Temperature = 0.7,
            TopK = 9,
            TopP = 0.9,
            PresencePenalty = 0.5,
            FrequencyPenalty = 0.25,
            Seed = 3,
        };
        Assert.Equal(s_model.Generate("the ", 40, sampling, Cancellation), response.Text);
        Assert.Equal(ChatRole.Assistant, Assert.Single(response.Messages).Role);
        Assert.Equal((ChatFinishReason.Length, "tide.txt"), (response.FinishReason, response.ModelId));
        Assert.Equal((4, 40, 44), Counts(response.Usage));
    }

    [Fact]
    public async Task A_stop_sequence_ends_the_answer()
    {
        var free = s_model.Generate("the ", 40, new() { Seed = 3 }, Cancellation);
        var options = new ChatOptions { StopSequences = [free.Substring(10, 3)], MaxOutputTokens = 40 };
        foreach (var length in (int?[])[40, null])
        {
            options.MaxOutputTokens = length;
            var response = await Client.GetResponseAsync("the ", options, Cancellation);
            Assert.Equal(free.Split(options.StopSequences[0])[0], response.Text);
            Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        }
    }

    [Fact]
    public async Task Without_options_the_defaults_of_the_library_hold()
    {
        var client = s_model.AsIChatClient();
        var response = await client.GetResponseAsync("the ", cancellationToken: Cancellation);
        Assert.Equal(s_model.Generate("the ", cancellationToken: Cancellation), response.Text);
        Assert.Equal(SamplingOptions.DefaultLength, response.Text.Length);
        Assert.Equal(ChatFinishReason.Length, response.FinishReason);
        Assert.Same(s_model, client.GetService<TextModel>());
        Assert.Equal("recurrent", client.GetService<ChatClientMetadata>()!.ProviderName);
    }

    [Fact]
    public async Task A_stream_comes_in_pieces()
    {
        List<string> pieces = [];
        await foreach (
            var update in Client.GetStreamingResponseAsync("the ", new() { MaxOutputTokens = 20 }, Cancellation)
        )
        {
            pieces.Add(update.Text);
        }
        Assert.Equal(21, pieces.Count); // and what was used
        Assert.Equal(s_model.Generate("the ", 20, new() { Seed = 3 }, Cancellation), string.Concat(pieces));
    }

    [Fact]
    public async Task Wrong_options_are_told_in_the_librarys_words()
    {
        var options = new ChatOptions { Temperature = -1 };
        var error = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() =>
            Client.GetResponseAsync("the ", options, Cancellation)
        );
        Assert.Contains("Temperature is -1", error.Message);
    }

    [Fact]
    public async Task Vectors_are_those_of_the_model_through_a_cache()
    {
        var generator = s_model.AsIEmbeddingGenerator().AsBuilder().ConfigureOptions(_ => { }).Build();
        string[] texts = ["the tide", "the tides", "sang", ""];
        var vectors = await generator.GenerateAsync(texts, cancellationToken: Cancellation);
        Assert.Equal(s_model.Embed(texts, Cancellation), vectors.Select(vector => vector.Vector.ToArray()));
        Assert.All(vectors, vector => Assert.Equal(12, vector.Dimensions));
        var metadata = generator.GetService<EmbeddingGeneratorMetadata>()!;
        Assert.Equal(("recurrent", 12), (metadata.ProviderName, metadata.DefaultModelDimensions));
        var error = await Assert.ThrowsAsync<ArgumentException>(() =>
            generator.GenerateAsync(texts, new() { Dimensions = 5 }, Cancellation)
        );
        Assert.Contains("5 dimensions were asked for and the model's vectors have 12", error.Message);
    }

    private static (long?, long?, long?) Counts(UsageDetails? usage) =>
        (usage?.InputTokenCount, usage?.OutputTokenCount, usage?.TotalTokenCount);
}
