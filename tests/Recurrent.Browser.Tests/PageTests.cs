using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Recurrent.Tests;
using static Microsoft.Playwright.Assertions;

namespace Recurrent.Browser.Tests;

/// <summary>The page of a server, used as a person does.</summary>
public sealed class PageTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const string Prompt = "the miller ";

    /// <summary>What a selection of the whole text would give to the clipboard.</summary>
    private const string Copied = """
        () => {
            getSelection().selectAllChildren(document.querySelector(".text"));
            const event = new ClipboardEvent("copy", { clipboardData: new DataTransfer(), bubbles: true });
            document.querySelector(".text").dispatchEvent(event);
            return event.clipboardData.getData("text/plain");
        }
        """;

    private static string Model(string name) =>
        Repository.PathOf($"tests/Recurrent.Cli.Tests/Fixtures/{name}.safetensors");

    private static Task<Running> ServeAsync(params string[] more) =>
        Running.StartAsync(["serve", Model("gru"), "--port", "0", .. more]);

    [Fact]
    public async Task Writes_what_the_server_writes_and_tells_how_surprising_it_was()
    {
        await using var server = await ServeAsync();
        await using var visit = await chromium.OpenAsync(server.Address);
        await Expect(visit["#facts"]).ToHaveTextAsync("gru, 10 hidden units, 57 characters, 1,683 weights");
        await visit["#seed"].FillAsync("9007199254740993"); // of more bits than a number of the page has
        await visit["#temperature"].FillAsync("0.7");
        await WriteAsync(visit, length: 300);
        using var client = new HttpClient { BaseAddress = new Uri(server.Address) };
        using var response = await client.PostAsJsonAsync(
            "v1/completions",
            new
            {
                prompt = Prompt,
                max_tokens = 300,
                temperature = 0.7,
                seed = 9007199254740993,
            },
            TestContext.Current.CancellationToken
        );
        var answer = await response.Content.ReadFromJsonAsync<JsonNode>(TestContext.Current.CancellationToken);
        var text = Prompt + (string)answer!["choices"]![0]!["text"]!;
        Assert.Equal(text, await TextAsync(visit));
        Assert.Equal(text, await visit.Page.EvaluateAsync<string>(Copied));
        await Expect(visit["#status"]).ToContainTextAsync("Wrote 300 characters");
        await Expect(visit["#status"]).ToContainTextAsync("seed 9007199254740993.");
        Assert.Equal(text.Length, await visit[".text span"].CountAsync());
        Assert.Equal(Prompt.Length, await visit[".text .given"].CountAsync());
        Assert.InRange(await visit[".text .s4, .text .s5, .text .s6"].CountAsync(), 1, 150);
        Assert.InRange(await visit[".text .s0"].CountAsync(), 1, 300);
        // Those who listen hear what was written, and no more.
        Assert.Equal(text[Prompt.Length..], await visit["#spoken"].EvaluateAsync<string>("e => e.textContent"));
    }

    [Fact]
    public async Task Stops_when_it_is_told_and_keeps_what_there_is()
    {
        await using var server = await ServeAsync();
        await using var visit = await chromium.OpenAsync(server.Address);
        await visit["#length"].FillAsync("100000");
        await visit["#write"].ClickAsync();
        await Expect(visit[".text span"].Nth(50)).ToBeVisibleAsync();
        await visit["#halt"].ClickAsync();
        await Expect(visit["#status"]).ToContainTextAsync("Stopped after");
        Assert.InRange(await visit[".text span"].CountAsync(), 50, 99_999);
        await Expect(visit["#halt"]).ToBeDisabledAsync();
    }

    [Fact]
    public async Task Shows_what_else_could_have_stood_there()
    {
        await using var server = await ServeAsync();
        await using var visit = await chromium.OpenAsync(server.Address);
        await WriteAsync(visit);
        await visit[".text span"].Nth(20).HoverAsync();
        await Expect(visit["#likely"]).ToBeVisibleAsync();
        await Expect(visit["#likely li"]).ToHaveCountAsync(5);
        var shares = await visit["#likely .share"].AllTextContentsAsync();
        Assert.All(shares, share => Assert.EndsWith("%", share));
        var written = await visit[".text span"].Nth(20).TextContentAsync();
        Assert.NotNull(written);
        // The pointer may go over to it, and takes another.
        await visit["#likely li:not(.written) button"].First.ClickAsync();
        await Expect(visit["#place"]).ToHaveTextAsync("text 2 of 2");
        await WrittenAsync(visit);
        Assert.Equal(21, await visit[".text .given"].CountAsync());
        Assert.NotEqual(written, await visit[".text span"].Nth(20).TextContentAsync());
    }

    [Fact]
    public async Task Forks_by_the_keyboard_alone_and_goes_back()
    {
        await using var server = await ServeAsync();
        await using var visit = await chromium.OpenAsync(server.Address);
        await visit["#prompt"].FocusAsync();
        await visit.Page.Keyboard.TypeAsync(Prompt);
        await visit.Page.Keyboard.PressAsync("Control+Enter");
        await WrittenAsync(visit);
        var text = await TextAsync(visit);
        await visit[".text span"].First.FocusAsync();
        for (var i = 0; i < 15; i++)
        {
            await visit.Page.Keyboard.PressAsync("ArrowRight");
        }
        var focused = visit[".text span:focus"];
        await Expect(focused).ToHaveAttributeAsync("role", "button");
        var label = await focused.GetAttributeAsync("aria-label");
        Assert.Contains("Likeliest: ", label);
        Assert.EndsWith("Enter forks here.", label);
        await Expect(visit["#likely"]).ToBeVisibleAsync();
        await visit.Page.Keyboard.PressAsync("ArrowDown");
        await visit.Page.Keyboard.PressAsync("ArrowUp");
        await visit.Page.Keyboard.PressAsync("Enter");
        await Expect(visit["#place"]).ToHaveTextAsync("text 2 of 2");
        await WrittenAsync(visit);
        var fork = await TextAsync(visit);
        Assert.Equal(text[..15], fork[..15]);
        Assert.NotEqual(text, fork);
        await Expect(visit["#prompt"]).ToHaveValueAsync(text[..15]);
        Assert.Equal(15, await visit[".text .given"].CountAsync());
        // The keyboard goes on in the new text, with the third of the likeliest.
        await Expect(visit[".text span:focus"]).ToHaveCountAsync(1);
        var third = await visit["#likely li:nth-child(3) code"].TextContentAsync();
        await visit.Page.Keyboard.PressAsync("3");
        await Expect(visit["#place"]).ToHaveTextAsync("text 3 of 3");
        await WrittenAsync(visit);
        Assert.Equal(text[..15] + third!.Replace('␣', ' ').Replace('↵', '\n'), (await TextAsync(visit))[..16]);
        await visit["#earlier"].ClickAsync();
        await visit["#earlier"].ClickAsync();
        Assert.Equal(text, await TextAsync(visit));
        await Expect(visit["#prompt"]).ToHaveValueAsync(Prompt);
    }

    [Fact]
    public async Task A_prompt_that_is_being_typed_is_not_lost_to_a_fork()
    {
        await using var server = await ServeAsync();
        await using var visit = await chromium.OpenAsync(server.Address);
        await WriteAsync(visit);
        await visit["#prompt"].FillAsync("something else");
        await visit[".text span"].Nth(20).ClickAsync();
        await Expect(visit["#place"]).ToHaveTextAsync("text 2 of 2");
        await Expect(visit["#prompt"]).ToHaveValueAsync("something else");
        await WrittenAsync(visit);
    }

    [Fact]
    public async Task Shows_the_units_of_the_model()
    {
        await using var server = await ServeAsync();
        await using var visit = await chromium.OpenAsync(server.Address);
        await WriteAsync(visit);
        await ViewAsync(visit, "Units");
        await Expect(visit["#grid button"]).ToHaveCountAsync(10);
        // It begins with the one that follows something most.
        await Expect(visit["#unit-title"]).ToContainTextAsync("follows the");
        var other = await visit["#grid [aria-pressed=false]"].First.TextContentAsync();
        await visit["#grid [aria-pressed=false]"].First.ClickAsync();
        await Expect(visit["#unit-title"]).ToContainTextAsync($"Unit {other}");
        await Expect(visit["#grid [aria-pressed=true]"]).ToHaveTextAsync(other!);
        Assert.Equal(
            await visit[".text span"].CountAsync(),
            await visit[".text span:is([class^='n'], [class*=' n'])"].CountAsync()
        );
        var first = await visit["#curve path:not(.zero)"].GetAttributeAsync("d");
        await visit["#follow button"].First.ClickAsync();
        await Expect(visit["#unit-title"]).ToContainTextAsync("follows the");
        Assert.NotEqual(first, await visit["#curve path:not(.zero)"].GetAttributeAsync("d"));
        await visit[".text span"].Nth(20).HoverAsync();
        await Expect(visit["#likely"]).ToContainTextAsync("unit");
    }

    [Fact]
    public async Task Shows_all_units_as_a_heat_map_that_the_keyboard_reads()
    {
        await using var server = await ServeAsync();
        await using var visit = await chromium.OpenAsync(server.Address);
        await WriteAsync(visit);
        await ViewAsync(visit, "Heat map");
        await Expect(visit["#map"]).ToBeVisibleAsync();
        await visit["#map"].FocusAsync();
        await visit.Page.Keyboard.PressAsync("ArrowRight");
        await visit.Page.Keyboard.PressAsync("ArrowDown");
        await Expect(visit["#read"]).ToContainTextAsync("number 2: ");
        await visit["#whole"].CheckAsync();
        await Expect(visit["#from"]).ToBeDisabledAsync();
        await visit["#map"].PressAsync("Enter");
        await Expect(visit["#unit-title"]).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Everybody_can_read_and_reach_everything(bool isDark)
    {
        await using var server = await ServeAsync(Model("deep"));
        await using var visit = await chromium.OpenAsync(server.Address, isDark: isDark);
        await visit.AssertAccessibleAsync();
        await visit["#samples"].FillAsync("2");
        await WriteAsync(visit);
        var page = await visit.Page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");
        Assert.Equal(isDark ? "rgb(13, 17, 23)" : "rgb(255, 255, 255)", page);
        await visit[".text span"].Nth(20).FocusAsync();
        await visit.AssertAccessibleAsync();
        foreach (var view in new[] { "Units", "Heat map" })
        {
            await ViewAsync(visit, view);
            await Expect(visit["#sample"]).ToBeVisibleAsync();
            await visit.AssertAccessibleAsync();
        }
    }

    [Fact]
    public async Task Fits_a_phone()
    {
        await using var server = await ServeAsync(Model("deep"));
        await using var visit = await chromium.OpenAsync(server.Address, width: 360, height: 740);
        await visit.AssertFitsAsync();
        await visit["#prompt"].FillAsync(new string('x', 200));
        await WriteAsync(visit, prompt: null);
        await visit.AssertFitsAsync();
        await visit[".text span"].Nth(230).HoverAsync();
        await visit.AssertFitsAsync();
        foreach (var view in new[] { "Units", "Heat map" })
        {
            await ViewAsync(visit, view);
            await visit.AssertFitsAsync();
        }
    }

    [Fact]
    public async Task Asks_for_the_key_and_keeps_it_while_it_is_open()
    {
        await using var server = await ServeAsync("--api-key", "secret");
        await using var visit = await chromium.OpenAsync(server.Address);
        visit.Expected = "401";
        await Expect(visit["#key"]).ToBeVisibleAsync();
        await Expect(visit["#alert"]).ToContainTextAsync("The key is missing or wrong");
        await visit["#key"].FillAsync("secret");
        await visit["#key"].PressAsync("Enter");
        await Expect(visit["#facts"]).ToContainTextAsync("10 hidden units");
        await Expect(visit["#alert"]).ToBeHiddenAsync();
        await WriteAsync(visit);
        await visit.Page.ReloadAsync();
        await Expect(visit["#facts"]).ToContainTextAsync("10 hidden units");
        await Expect(visit["#key"]).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Says_what_the_server_refuses_and_keeps_the_text()
    {
        await using var server = await ServeAsync("--max-tokens", "500");
        await using var visit = await chromium.OpenAsync(server.Address);
        visit.Expected = "400";
        await WriteAsync(visit);
        var text = await TextAsync(visit);
        await visit["#length"].FillAsync("501");
        await visit["#write"].ClickAsync();
        await Expect(visit["#alert"]).ToContainTextAsync("max_tokens is 501 and must be");
        Assert.Equal(text, await TextAsync(visit));
        await Expect(visit["#place"]).ToHaveTextAsync("text 1 of 1");
    }

    [Theory]
    [InlineData("gru-words")]
    [InlineData("lstm-bytes")]
    public async Task Tokens_that_are_no_characters_make_up_the_same_text(string name)
    {
        await using var server = await Running.StartAsync("serve", Model(name), "--port", "0");
        await using var visit = await chromium.OpenAsync(server.Address);
        await visit["#seed"].FillAsync("3");
        await visit["#temperature"].FillAsync("1.2");
        await WriteAsync(visit, prompt: "the miller é🙂");
        using var client = new HttpClient { BaseAddress = new Uri(server.Address) };
        using var response = await client.PostAsJsonAsync(
            "v1/completions",
            new
            {
                prompt = "the miller é🙂",
                max_tokens = 200,
                temperature = 1.2,
                seed = 3,
            },
            TestContext.Current.CancellationToken
        );
        var answer = await response.Content.ReadFromJsonAsync<JsonNode>(TestContext.Current.CancellationToken);
        Assert.Equal("the miller é🙂" + (string)answer!["choices"]![0]!["text"]!, await TextAsync(visit));
        await ViewAsync(visit, "Units");
        await Expect(visit["#grid button"].First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Stays_quick_with_a_long_text()
    {
        await using var server = await ServeAsync();
        await using var visit = await chromium.OpenAsync(server.Address);
        await WriteAsync(visit, length: 5000);
        const string Turn = """
            async () => {
                const start = performance.now();
                for (const view of ["units", "heat", "surprise"]) {
                    document.querySelector(`input[value=${view}]`).click();
                    await new Promise(resolve => setTimeout(resolve, 0));
                }
                document.body.getBoundingClientRect();
                return performance.now() - start;
            }
            """;
        Assert.InRange(await visit.Page.EvaluateAsync<double>(Turn), 0, 3000); // milliseconds
        await visit[".text span"].Nth(4990).HoverAsync();
        await Expect(visit["#likely"]).ToBeVisibleAsync();
    }

    private static async Task WriteAsync(Visit visit, string? prompt = Prompt, int length = 200)
    {
        if (prompt is not null)
        {
            await visit["#prompt"].FillAsync(prompt);
        }
        await visit["#length"].FillAsync($"{length}");
        await visit["#write"].ClickAsync();
        await WrittenAsync(visit);
    }

    private static Task ViewAsync(Visit visit, string name) =>
        visit[".choice"].GetByText(name, new() { Exact = true }).ClickAsync();

    private static Task WrittenAsync(Visit visit) => Expect(visit["#status"]).ToContainTextAsync("Wrote");

    private static async Task<string> TextAsync(Visit visit) =>
        string.Concat(await visit[".text >> nth=0 >> span"].AllTextContentsAsync());
}
