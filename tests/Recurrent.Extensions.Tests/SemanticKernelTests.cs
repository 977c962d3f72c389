using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.TextGeneration;
using Recurrent.Decoding;
using Recurrent.Extensions.SemanticKernel;

namespace Recurrent.Extensions.Tests;

/// <summary>Text generation through a kernel.</summary>
public sealed class SemanticKernelTests
{
    private static readonly TextModel s_model = Models.Untrained;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_prompt_is_continued_by_the_kernel()
    {
        var kernel = Kernel.CreateBuilder().AddRecurrent(s_model).Build();
        var result = await kernel.InvokePromptAsync("the ", cancellationToken: Cancellation);
        Assert.Equal(s_model.Generate("the ", cancellationToken: Cancellation), result.GetValue<string>());
    }

    [Fact]
    public async Task Settings_of_a_prompt_choose_how_it_is_continued()
    {
        var kernel = Kernel.CreateBuilder().AddRecurrent(s_model, serviceId: "small").Build();
        var free = s_model.Generate("the ", 60, new() { Temperature = 0.5, Seed = 4 }, Cancellation);
        var settings = new PromptExecutionSettings
        {
            ServiceId = "small",
            ExtensionData = new Dictionary<string, object>
            {
                ["temperature"] = 0.5,
                ["seed"] = 4,
                ["max_tokens"] = 60,
                ["stop_sequences"] = new[] { free.Substring(20, 4) },
            },
        };
        var result = await kernel.InvokePromptAsync("the ", new(settings), cancellationToken: Cancellation);
        Assert.Equal(free.Split(free.Substring(20, 4))[0], result.GetValue<string>());
    }

    [Fact]
    public async Task A_stream_comes_in_pieces()
    {
        var service = Kernel.CreateBuilder().AddRecurrent(s_model).Build().GetRequiredService<ITextGenerationService>();
        var settings = new PromptExecutionSettings
        {
            ExtensionData = new Dictionary<string, object>
            {
                ["top_k"] = 5,
                ["top_p"] = 0.9,
                ["presence_penalty"] = 1,
                ["frequency_penalty"] = 0.5,
                ["max_tokens"] = 30,
            },
        };
        List<string?> pieces = [];
        await foreach (
            var piece in service.GetStreamingTextContentsAsync("the ", settings, cancellationToken: Cancellation)
        )
        {
            pieces.Add(piece.Text);
        }
        var sampling = new SamplingOptions
        {
            TopK = 5,
            TopP = 0.9,
            PresencePenalty = 1,
            FrequencyPenalty = 0.5,
        };
        Assert.Equal(30, pieces.Count);
        Assert.Equal(s_model.Generate("the ", 30, sampling, Cancellation), string.Concat(pieces));
    }
}
