using System.ClientModel;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Models;
using Recurrent.Server.Tests.Support;

namespace Recurrent.Server.Tests;

/// <summary>The official client of .NET and the abstraction above it, both of which ask for chats alone.</summary>
public sealed class DotNetClientTests() : Serving("gru")
{
    private const string Prompt = "the miller ";

    private protected override ServerOptions Options => new() { ApiKeys = ["secret"], ChatSeparator = "" };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private OpenAIClient Official =>
        new(
            new ApiKeyCredential("secret"),
            new OpenAIClientOptions { Endpoint = new Uri(Server.Client.BaseAddress!, "v1") }
        );

    [Fact]
    public async Task The_official_client_reads_a_chat()
    {
        var client = Official.GetChatClient("gru");
        var (text, tokens) = await ExpectedAsync();
        var options = new ChatCompletionOptions
        {
            MaxOutputTokenCount = 60,
            Temperature = 0,
            FrequencyPenalty = 1,
            IncludeLogProbabilities = true,
            TopLogProbabilityCount = 2,
        };
        OpenAI.Chat.ChatMessage[] messages = [new UserChatMessage(Prompt)];
        ChatCompletion answer = await client.CompleteChatAsync(messages, options, Cancelled);
        Assert.Equal(text, Assert.Single(answer.Content).Text);
        Assert.Equal(OpenAI.Chat.ChatFinishReason.Length, answer.FinishReason);
        Assert.Equal((11, tokens), (answer.Usage.InputTokenCount, answer.Usage.OutputTokenCount));
        Assert.Equal(text, string.Concat(answer.ContentTokenLogProbabilities.Select(token => token.Token)));
        Assert.All(answer.ContentTokenLogProbabilities, token => Assert.Equal(2, token.TopLogProbabilities.Count));
        var (pieces, streamed) = ("", 0);
        await foreach (var update in client.CompleteChatStreamingAsync(messages, options, Cancelled))
        {
            pieces += string.Concat(update.ContentUpdate.Select(part => part.Text));
            streamed = update.Usage?.OutputTokenCount ?? streamed;
        }
        Assert.Equal((text, tokens), (pieces, streamed));
    }

    [Fact]
    public async Task The_official_client_reads_models_and_errors()
    {
        OpenAIModelCollection models = await Official.GetOpenAIModelClient().GetModelsAsync(Cancelled);
        Assert.Equal(["gru"], models.Select(model => model.Id));
        var error = await Assert.ThrowsAsync<ClientResultException>(() =>
            Official.GetChatClient("other").CompleteChatAsync([new UserChatMessage(Prompt)], null, Cancelled)
        );
        Assert.Equal(404, error.Status);
        Assert.Contains("invalid_request_error: model_not_found", error.Message);
        Assert.Contains("There is no model \"other\"", error.Message);
    }

    [Fact]
    public async Task The_abstraction_reads_a_chat()
    {
        using var client = Official.GetChatClient("gru").AsIChatClient();
        var (text, tokens) = await ExpectedAsync();
        var options = new ChatOptions
        {
            MaxOutputTokens = 60,
            Temperature = 0,
            FrequencyPenalty = 1,
        };
        var answer = await client.GetResponseAsync(Prompt, options, Cancelled);
        Assert.Equal((text, tokens), (answer.Text, (int)answer.Usage!.OutputTokenCount!));
        Assert.Equal(Microsoft.Extensions.AI.ChatFinishReason.Length, answer.FinishReason);
        var updates = new List<ChatResponseUpdate>();
        await foreach (var update in client.GetStreamingResponseAsync(Prompt, options, Cancelled))
        {
            updates.Add(update);
        }
        var streamed = updates.ToChatResponse();
        Assert.Equal((text, tokens), (streamed.Text, (int)streamed.Usage!.OutputTokenCount!));
        Assert.Equal(Microsoft.Extensions.AI.ChatFinishReason.Length, streamed.FinishReason);
    }

    /// <summary>What a plain request is answered.</summary>
    private async Task<(string Text, int Tokens)> ExpectedAsync()
    {
        Server.Client.DefaultRequestHeaders.Authorization = new("Bearer", "secret");
        var answer = await Server.CompleteAsync(
            new()
            {
                ["prompt"] = Prompt,
                ["max_tokens"] = 60,
                ["temperature"] = 0,
                ["frequency_penalty"] = 1,
            }
        );
        return ((string)answer["choices"]![0]!["text"]!, (int)answer["usage"]!["completion_tokens"]!);
    }
}
