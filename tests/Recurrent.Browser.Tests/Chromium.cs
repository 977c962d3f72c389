using System.Diagnostics;
using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Recurrent.Cli.Tests.Support;

namespace Recurrent.Browser.Tests;

/// <summary>The browser of this machine, without a window.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] s_places =
    [
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
    ];
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (Array.Find(s_places, File.Exists) is { } path)
        {
            _playwright = await Playwright.CreateAsync();
            _browser = await _playwright.Chromium.LaunchAsync(
                new() { ExecutablePath = path, Args = ["--no-sandbox", "--disable-gpu"] }
            );
        }
    }

    public async ValueTask DisposeAsync()
    {
        await (_browser?.DisposeAsync() ?? ValueTask.CompletedTask);
        _playwright?.Dispose();
    }

    /// <summary>Opens a page; the test is skipped where there is no browser.</summary>
    internal async Task<Visit> OpenAsync(string address, int width = 1280, int height = 900, bool isDark = false)
    {
        Assert.SkipWhen(_browser is null, $"There is no browser here: none of {string.Join(", ", s_places)}.");
        var context = await _browser.NewContextAsync(
            new()
            {
                ViewportSize = new() { Width = width, Height = height },
                ColorScheme = isDark ? ColorScheme.Dark : ColorScheme.Light,
            }
        );
        var visit = new Visit(context, await context.NewPageAsync());
        await visit.Page.GotoAsync(address);
        return visit;
    }
}

/// <summary>A page that is open. Whatever it complains of fails the test.</summary>
internal sealed class Visit : IAsyncDisposable
{
    private const int Patience = 20_000; // milliseconds

    private readonly IBrowserContext _context;
    private readonly List<string> _complaints = [];

    public Visit(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        context.SetDefaultTimeout(Patience);
        Assertions.SetDefaultExpectTimeout(Patience);
        page.PageError += (_, error) => _complaints.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") // what the policy forbids is an error, too
            {
                _complaints.Add($"{message.Text} ({message.Location})");
            }
        };
    }

    public IPage Page { get; }

    /// <summary>Complaints that a test expects.</summary>
    public string? Expected { get; set; }

    public ILocator this[string selector] => Page.Locator(selector);

    /// <summary>Asserts that nothing is wider than the window.</summary>
    public async Task AssertFitsAsync() =>
        Assert.Equal(
            await Page.EvaluateAsync<int>("document.documentElement.clientWidth"),
            await Page.EvaluateAsync<int>("document.documentElement.scrollWidth")
        );

    /// <summary>Asserts that axe finds nothing that somebody could not read or reach.</summary>
    public async Task AssertAccessibleAsync()
    {
        var found = (await Page.RunAxe()).Violations;
        Assert.True(found.Length == 0, string.Join('\n', found.Select(Words)));

        static string Words(AxeResultItem item) =>
            $"{item.Id}: {item.Help}: {string.Join(", ", item.Nodes.Take(3).Select(node => node.Html))}";
    }

    public async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        Assert.True(_complaints.All(c => Expected is not null && c.Contains(Expected)), string.Join("\n", _complaints));
    }
}

/// <summary>The tool at work, with the address that its first line names.</summary>
internal sealed class Running : IAsyncDisposable
{
    private readonly Process _process;

    private Running(Process process, string address) => (_process, Address) = (process, address);

    public string Address { get; }

    public static async Task<Running> StartAsync(params string[] arguments)
    {
        var process = RecurrentProcess.Start(arguments);
        var from = arguments[0] == "serve" ? process.StandardOutput : process.StandardError;
        var line = await from.ReadLineAsync(TestContext.Current.CancellationToken);
        var address = Regex.Match(line ?? "", "http://[0-9.:]+", RegexOptions.None, TimeSpan.FromSeconds(1)).Value;
        return new(process, address);
    }

    /// <summary>Sends SIGTERM.</summary>
    public Task EndAsync() => RecurrentProcess.SignalAsync(_process, "TERM");

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await EndAsync();
        }
        await RecurrentProcess.FinishAsync(_process);
    }
}
