using static Microsoft.Playwright.Assertions;

namespace Recurrent.Browser.Tests;

/// <summary>The page of a training run, while it goes on.</summary>
public sealed class WatchTests(Chromium chromium) : IClassFixture<Chromium>
{
    [Theory]
    [InlineData(1280, false)]
    [InlineData(360, true)]
    public async Task Moves_with_the_run_and_ends_with_it(int width, bool isDark)
    {
        var path = Path.Combine(Path.GetTempPath(), $"recurrent-watch-{Environment.ProcessId}-{width}.safetensors");
        try
        {
            await using var run = await Running.StartAsync([
                .. "train story --hidden 64 --epochs 100000 --validation 0.1 --threads 1 --no-report".Split(' '),
                .. $"--checkpoint 0 --watch 0 --out {path}".Split(' '),
            ]);
            await using var visit = await chromium.OpenAsync(run.Address, width, isDark: isDark);
            await Expect(visit["h1"]).ToHaveTextAsync("Training on story");
            await Expect(visit["#curves > svg"]).ToHaveCountAsync(4);
            var curve = visit["#curves path.s0"].First;
            for (var i = 0; i < 2; i++)
            {
                var before = await curve.GetAttributeAsync("d");
                await Expect(curve).Not.ToHaveAttributeAsync("d", before!);
            }
            await Expect(visit["#samples td"].First).ToBeVisibleAsync();
            await Expect(visit["#state"]).ToContainTextAsync("Under way");
            // Its style is let through by its hash.
            await Expect(curve).ToHaveCSSAsync("fill", "none"); // asked again where the curve is replaced meanwhile
            await visit.AssertFitsAsync();
            await visit.AssertAccessibleAsync();
            await run.EndAsync();
            await Expect(visit["#state"]).ToHaveTextAsync("The training run has ended.");
        }
        finally
        {
            File.Delete(path);
        }
    }
}
