using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Recurrent.Samples.Tests;

/// <summary>Every sample runs, and prints what docs/recipes.md says that it does.</summary>
public sealed class SampleTests : IDisposable
{
    private const int MaxLines = 60;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("recurrent-samples-");

    private string this[string name] => Path.Combine(_folder.FullName, name);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void There_are_five_and_each_is_short()
    {
        var samples = Directory.GetFiles(Samples.PathOf("samples"), "*.cs");
        Assert.Equal(5, samples.Length);
        Assert.All(samples, sample => Assert.InRange(File.ReadLines(sample).Count(), 1, MaxLines));
    }

    [Fact]
    public void Names_are_new_and_look_like_names()
    {
        var list = Samples.PathOf("samples/names.txt");
        var (exitCode, output) = Samples.Run("names", list, "5");
        var names = output.TrimEnd().Split('\n');
        Assert.Equal((0, 5), (exitCode, names.Length));
        Assert.All(names, name => Assert.Matches("^[A-Z][a-z]{2,}$", name));
        Assert.Empty(names.Intersect(File.ReadLines(list)));
    }

    [Fact]
    public void Odd_lines_are_found_and_usual_ones_are_not()
    {
        string[] usual =
        [
            .. Enumerable.Range(0, 600).Select(i => $"INFO GET /items/{i * 37 % 100} {(i % 7 == 0 ? 304 : 200)}"),
        ];
        File.WriteAllLines(this["usual.log"], usual);
        File.WriteAllLines(this["today.log"], [.. usual.Take(20), "FATAL out of memory: /dev/sda", .. usual.Take(20)]);
        var (exitCode, output) = Samples.Run("odd-lines", this["usual.log"], this["today.log"]);
        Assert.Equal(3, exitCode);
        Assert.Contains("  FATAL out of memory: /dev/sda\n", output);
        Assert.InRange(output.Split('\n').Length, 3, 10);
        Assert.Equal((exitCode, output), Samples.Run("odd-lines", this["usual.log"], this["today.log"])); // now loaded
    }

    [Fact]
    public async Task The_web_api_writes_scores_and_is_healthy()
    {
        Train().Save(this["model.safetensors"]);
        var address = $"http://127.0.0.1:{FreePort()}";
        var server = new Thread(() => Samples.Start("web-api", this["model.safetensors"], "--urls", address))
        {
            IsBackground = true, // it serves until this process ends
        };
        server.Start();
        using var client = new HttpClient { BaseAddress = new Uri(address) };
        var cancelled = TestContext.Current.CancellationToken;
        Assert.Equal("Healthy", await WhenUpAsync(client, "/health", cancelled));
        var text = await client.GetStringAsync(new Uri("/text?prompt=the%20", UriKind.Relative), cancelled);
        Assert.Equal(
            TextModel.Load(this["model.safetensors"]).Generate("the ", length: 100, cancellationToken: cancelled),
            text
        );
        var score = await client.GetStringAsync(new Uri("/score?line=the%20tide", UriKind.Relative), cancelled);
        Assert.InRange(double.Parse(score, CultureInfo.InvariantCulture), 0.1, 10);
        Assert.Equal(
            100,
            (await client.GetStringAsync(new Uri("/chat?message=the%20", UriKind.Relative), cancelled)).Length
        );
    }

    [Fact]
    public void The_tool_continues_a_prompt_and_says_what_is_wrong_in_a_sentence()
    {
        Train().Save(this["model.safetensors"]);
        var (exitCode, output) = Samples.Run("complete", this["model.safetensors"], "the ");
        Assert.Equal((0, 305), (exitCode, output.Length));
        Assert.StartsWith("the ", output);
        Assert.Equal(2, Samples.Run("complete").ExitCode);
        (exitCode, output) = Samples.Run("complete", this["nothing"]);
        Assert.Equal(
            (1, $"Cannot read {this["nothing"]}: there is no file {this["nothing"]}; check the path.\n"),
            (exitCode, output)
        );
    }

    [Fact]
    public void Training_shows_its_progress_and_leaves_a_model()
    {
        var story = Samples.PathOf("data/story.txt");
        var (exitCode, output) = Samples.Run("train-inside", story, this["model.safetensors"], "0.05");
        Assert.Equal(0, exitCode);
        Assert.Matches(@"^epoch 1: perplexity [\d.]+, validation [\d.]+, [\d,]+ tokens/s\n", output);
        Assert.Matches(@"\nvalidation perplexity [\d.]+: .+model\.safetensors\n$", output);
        Assert.NotEmpty(
            TextModel
                .Load(this["model.safetensors"])
                .Generate(length: 3, cancellationToken: TestContext.Current.CancellationToken)
        );
    }

    [Fact]
    public void Every_snippet_of_the_recipes_stands_in_a_sample()
    {
        var samples = Directory
            .GetFiles(Samples.PathOf("samples"), "*.cs")
            .Select(path => File.ReadAllText(path).ReplaceLineEndings("\n"))
            .ToList();
        var snippets = File.ReadAllText(Samples.PathOf("docs/recipes.md")).Split("```csharp\n").Skip(1).ToList();
        Assert.True(snippets.Count >= 5);
        Assert.All(
            snippets.Select(snippet => snippet.Split("```")[0]),
            snippet => Assert.Contains(samples, sample => sample.Contains(snippet, StringComparison.Ordinal))
        );
    }

    private static TextModel Train() =>
        TextModel.Train(
            Samples.PathOf("data/story.txt"),
            new()
            {
                Plan = plan =>
                    plan with
                    {
                        Model = plan.Model with { HiddenSize = 8 },
                        Trainer = plan.Trainer with { Epochs = 1 },
                    },
            }
        );

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<string> WhenUpAsync(HttpClient client, string path, CancellationToken cancelled)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                return await client.GetStringAsync(new Uri(path, UriKind.Relative), cancelled);
            }
            catch (HttpRequestException) when (tries < 600)
            {
                await Task.Delay(50, cancelled);
            }
        }
    }
}
